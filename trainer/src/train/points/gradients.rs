//! Last-layer gradients on the device, in the factors they are products of.

use ndarray::Array2;
use tch::{Kind, Tensor};

use super::products;

/// Gradients `r (x) x` of n samples, with `x = [1; h]`: by the bias alone, where the features h have no coordinates.
pub(super) struct Gradients {
    /// The errors r, f64 `[n, C]`.
    pub(super) errors: Tensor,
    /// The inputs x of the last layer, f64 `[n, 1 + E]`.
    pub(super) inputs: Tensor,
}

impl Gradients {
    /// Those of samples with these `features`, f32 `[n, E]`, and `errors`, n x C.
    pub(super) fn new(features: &Tensor, errors: &Array2<f64>) -> Self {
        let values: Vec<f64> = errors.iter().copied().collect();
        let errors = Tensor::from_slice(&values)
            .reshape([errors.nrows() as i64, errors.ncols() as i64])
            .to_device(features.device());
        let ones = Tensor::ones([features.size()[0], 1], (Kind::Double, features.device()));
        let inputs = Tensor::cat(&[ones, features.to_kind(Kind::Double)], 1);
        Self { errors, inputs }
    }

    /// Number of samples.
    pub(super) fn len(&self) -> i64 {
        self.errors.size()[0]
    }

    /// Squared norms of the errors and of the inputs, `[n]` each.
    pub(super) fn squares(&self) -> [Tensor; 2] {
        [&self.errors, &self.inputs].map(|factor| products(factor, factor))
    }

    /// Inner products of all gradients with that of sample `number`, `[n]`.
    pub(super) fn products(&self, number: i64) -> Tensor {
        let with_own = |factor: &Tensor| products(factor, &factor.narrow(0, number, 1));
        with_own(&self.errors) * with_own(&self.inputs)
    }

    /// Inner products of all gradients with the sum of them, `[n]`, and the norm of the sum.
    pub(super) fn summed(&self) -> (Tensor, f64) {
        let sum = self.errors.tr().matmul(&self.inputs);
        let mut correlations = Tensor::zeros([self.len()], (Kind::Double, self.errors.device()));
        for class in 0..self.errors.size()[1] {
            let projected = products(&self.inputs, &sum.narrow(0, class, 1));
            correlations += projected * self.errors.select(1, class);
        }
        (correlations, sum.square().sum(Kind::Double).sqrt().double_value(&[]))
    }
}
