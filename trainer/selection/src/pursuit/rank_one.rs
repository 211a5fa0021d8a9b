//! Candidates of a pursuit that are last-layer gradients, kept in the factors they are products of.
//!
//! For cross-entropy the gradient of sample i is `g_i = r_i (x) [1; h_i]` with the error
//! `r_i = p_i - y_i` and `h_i` the penultimate features. So `<g_i, g_j> = (r_i . r_j)(1 + h_i . h_j)`, and neither the
//! N x C (E + 1) matrix of gradients nor the N x N matrix of products is ever needed.

use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::kernel::dot::{Element, TASK_ROWS, products, row, square, subtract_weighted};
use crate::kernel::matrix::Matrix;
use crate::pursuit::atoms::{Atoms, Target};

/// Samples whose features are widened together for a matrix product.
const BLOCK: usize = 512;

/// The gradients of some samples, and the sum of them all as the target.
#[derive(Debug)]
pub struct RankOne<M> {
    /// Features h of the candidates, n x E.
    features: M,
    /// Errors r of the candidates, n x C.
    errors: Array2<f64>,
    target: Target,
    /// For each candidate held, its products with all candidates.
    columns: Vec<Vec<f64>>,
    held: Vec<usize>,
}

impl<M: Matrix> RankOne<M> {
    /// The gradients of some samples, given their `features` (n x E) and `errors` (n x C; a column of them for the
    /// gradient by one class's weights).
    pub fn new(features: M, errors: Array2<f64>) -> Self {
        let target = Target { correlations: Vec::new(), norm: 0.0 };
        let mut gradients =
            Self { features, errors, target, columns: Vec::new(), held: Vec::new() };
        gradients.target = gradients.summed();
        gradients
    }

    /// The features of up to [`BLOCK`] candidates from `start` on, widened.
    fn feature_block(&self, start: usize) -> Array2<f64> {
        let end = self.features.len().min(start + BLOCK);
        let values: Vec<f64> = (start..end).flat_map(|c| self.features.row(c)).collect();
        let shape = (end - start, self.features.width());
        Array2::from_shape_vec(shape, values).expect("a row per candidate")
    }

    /// The sum of the gradients: over the candidates, the sum of r (C) and of `r h^T` (C x E).
    fn summed(&self) -> Target {
        let bias = self.errors.sum_axis(Axis(0));
        let mut products = Array2::zeros((self.errors.ncols(), self.features.width()));
        for start in (0..self.features.len()).step_by(BLOCK) {
            let features = self.feature_block(start);
            let errors = self.errors.slice(s![start..start + features.nrows(), ..]);
            products += &errors.t().dot(&features);
        }
        let mut correlations = Vec::with_capacity(self.features.len());
        for start in (0..self.features.len()).step_by(BLOCK) {
            let projected = self.feature_block(start).dot(&products.t()) + &bias;
            let errors = self.errors.slice(s![start..start + projected.nrows(), ..]);
            correlations.extend((&projected * &errors).sum_axis(Axis(1)));
        }
        let norm = (bias.dot(&bias) + products.iter().map(|x| x * x).sum::<f64>()).sqrt();
        Target { correlations, norm }
    }
}

/// The errors `p - y` of the samples `candidates`, given the `probabilities` (N x C) and `labels` of all.
///
/// # Panics
/// When a label is not below C.
pub fn candidate_errors<E: Element>(
    probabilities: &ArrayView2<E>,
    labels: &[u16],
    candidates: &[u32],
) -> Array2<f64> {
    let shape = (candidates.len(), probabilities.ncols());
    let mut errors = Array2::from_shape_fn(shape, |(candidate, class)| {
        probabilities[[candidates[candidate] as usize, class]].into()
    });
    for (mut error, &sample) in errors.rows_mut().into_iter().zip(candidates) {
        error[usize::from(labels[sample as usize])] -= 1.0;
    }
    errors
}

impl<M: Matrix> Atoms for RankOne<M> {
    fn target(&self) -> &Target {
        &self.target
    }

    fn norms(&self) -> Vec<f64> {
        let errors = self.errors.view();
        let squared = |(candidate, feature)| square(row(&errors, candidate)) * (1.0 + feature);
        self.features
            .squares()
            .into_iter()
            .enumerate()
            .map(|pair| f64::sqrt(squared(pair)))
            .collect()
    }

    fn hold(&mut self, candidate: usize) -> (Vec<f64>, f64) {
        let mut column = self.features.products(&self.features.row(candidate));
        let errors = self.errors.view();
        let errors = products(errors.nrows(), |other| row(&errors, other), row(&errors, candidate));
        for (product, error) in column.iter_mut().zip(errors) {
            *product = error * (1.0 + *product);
        }
        let beside = self.held.iter().map(|&other| column[other]).collect();
        let itself = column[candidate];
        self.columns.push(column);
        self.held.push(candidate);
        (beside, itself)
    }

    fn release(&mut self, place: usize) {
        self.columns.remove(place);
        self.held.remove(place);
    }

    /// The inner product of each candidate with the residual, from those with the rows held.
    fn residual(&self, weights: &[f64]) -> Vec<f64> {
        let mut correlations = self.target.correlations.clone();
        correlations.par_chunks_mut(TASK_ROWS).enumerate().for_each(|(task, correlations)| {
            let start = task * TASK_ROWS;
            subtract_weighted(correlations, weights, |place| &self.columns[place][start..]);
        });
        correlations
    }

    fn held(&self) -> &[usize] {
        &self.held
    }
}
