//! The mean gradient of the validation samples after a step along the gradients chosen so far.
//!
//! With G the sum of the gradients, by bias `G_b` (C) and by weights `G_W` (C x E), the step moves the logits of a
//! validation sample with features h from z to `z - rate (G_b + G_W h)`; v is the mean of the last-layer
//! gradients there.
//!
//! Neither step needs all of G. A sample joins as `r_j (x) [1; h_j]`, so the logits of validation sample m move by
//! `- rate r_j (1 + h_m . h_j)`. And by the bias alone all samples move alike: their probabilities are
//! `p_mc u_c / sum_c p_mc u_c` with `u = exp(-rate G_b)`, so a step takes C exponentials instead of M x C.
//! Gradients that are given row by row have no logits to move: there v stays.

use ndarray::{Array1, Array2, Axis};

use crate::Pool;
use crate::gradients::Gradients;
use crate::kernel::dot::{Element, add_scaled, dot, row, widened};

/// Validation samples that are summed together, whatever the number of threads.
const BLOCK: usize = 1024;

/// What a step changes.
#[derive(Debug)]
enum Model {
    /// Nothing.
    Fixed,
    /// The biases.
    Bias(Biases),
    /// Biases and weights.
    Full(Logits),
}

/// The samples under a change of the biases.
#[derive(Debug)]
struct Biases {
    /// Probabilities before any step, class after class, C x M.
    probabilities: Array2<f64>,
    /// Mean of the one-hot labels, C.
    labels: Vec<f64>,
    /// `G_b`, C.
    sum: Vec<f64>,
}

/// The samples under a change of biases and weights.
#[derive(Debug)]
struct Logits {
    /// Features, M x E.
    features: Array2<f64>,
    /// Logits, M x C.
    logits: Array2<f64>,
    labels: Vec<u16>,
}

/// A direction, and how it changes.
#[derive(Debug)]
pub(super) struct LookAhead {
    model: Model,
    rate: f64,
    /// v, laid out as for [`Gradients::product`].
    direction: Vec<f64>,
}

impl LookAhead {
    /// The mean gradient of the `rows` (not empty) of `validation`, whose pool is `held_out`, before any step of
    /// this `rate`; `None` when it is not finite.
    pub(super) fn new<E: Element>(
        validation: &Gradients<E>,
        held_out: &Pool<E>,
        rows: &[u32],
        rate: f64,
    ) -> Option<Self> {
        let labels: Vec<u16> = rows.iter().map(|&row| held_out.labels[row as usize]).collect();
        // Not from the errors: the small probabilities of a sample's own class are lost in them.
        let probabilities = held_out.evidence.probabilities.map(|all| {
            let shape = (rows.len(), all.ncols());
            Array2::from_shape_fn(shape, |(m, class)| all[[rows[m] as usize, class]].into())
        });
        let probabilities = probabilities.unwrap_or_default();
        let model = match validation {
            Gradients::Rows(_) => Model::Fixed,
            Gradients::Bias(_) => Model::Bias(Biases::new(&probabilities, &labels)),
            Gradients::Full(_, features) => {
                let chosen: Vec<f64> =
                    rows.iter().flat_map(|&m| widened(row(&features.view(), m as usize))).collect();
                let shape = (rows.len(), features.ncols());
                let features = Array2::from_shape_vec(shape, chosen).expect("a row per sample");
                let logits = probabilities.mapv(|p: f64| p.max(f64::MIN_POSITIVE).ln());
                Model::Full(Logits { features, logits, labels })
            }
        };
        let mut ahead = Self { model, rate, direction: vec![0.0; validation.width()] };
        if let Gradients::Rows(gradients) = validation {
            for &sample in rows {
                add_scaled(&mut ahead.direction, 1.0, row(&gradients.view(), sample as usize));
            }
            ahead.direction.iter_mut().for_each(|sum| *sum /= rows.len() as f64);
        }
        ahead.look();
        ahead.direction.iter().all(|entry| entry.is_finite()).then_some(ahead)
    }

    /// From now on no step changes the direction.
    pub(super) fn stay(&mut self) {
        self.model = Model::Fixed;
    }

    /// v.
    pub(super) fn direction(&self) -> &[f64] {
        &self.direction
    }

    /// Adds the gradient of `sample` to the step.
    pub(super) fn step<E: Element>(&mut self, gradients: &Gradients<E>, sample: usize) {
        match (&mut self.model, gradients) {
            (Model::Bias(biases), Gradients::Bias(errors)) => {
                add_scaled(&mut biases.sum, 1.0, row(&errors.view(), sample));
            }
            (Model::Full(validation), Gradients::Full(errors, features)) => {
                let error = widened(row(&errors.view(), sample));
                let feature = Array1::from(widened(row(&features.view(), sample)));
                let reach = validation.features.dot(&feature);
                for (mut logits, reach) in validation.logits.rows_mut().into_iter().zip(reach) {
                    let step = -self.rate * (1.0 + reach);
                    logits.iter_mut().zip(&error).for_each(|(logit, r)| *logit += step * r);
                }
            }
            _ => return,
        }
        self.look();
    }

    /// Computes the direction again.
    fn look(&mut self) {
        match &self.model {
            Model::Fixed => {}
            Model::Bias(biases) => self.direction = biases.mean_error(self.rate),
            Model::Full(validation) => self.direction = validation.mean_gradient(),
        }
    }
}

impl Biases {
    /// Of samples with these `probabilities` (M x C) and `labels`.
    fn new(probabilities: &Array2<f64>, labels: &[u16]) -> Self {
        let classes = probabilities.ncols();
        let mut share = vec![0.0; classes];
        labels.iter().for_each(|&label| share[usize::from(label)] += 1.0 / labels.len() as f64);
        Self {
            probabilities: probabilities.t().as_standard_layout().into_owned(),
            labels: share,
            sum: vec![0.0; classes],
        }
    }

    /// The mean of p' - y.
    fn mean_error(&self, rate: f64) -> Vec<f64> {
        let lowest = self.sum.iter().copied().fold(f64::INFINITY, f64::min);
        let factors: Vec<f64> = self.sum.iter().map(|g| (rate * (lowest - g)).exp()).collect();
        let count = self.probabilities.ncols();
        let mut shares = vec![0.0; count];
        let by_class =
            || self.probabilities.rows().into_iter().map(|row| row.to_slice().unwrap_or(&[]));
        for (probabilities, &factor) in by_class().zip(&factors) {
            add_scaled(&mut shares, factor, probabilities);
        }
        // A sample all of whose probabilities the step takes away keeps what rounding leaves of them.
        shares.iter_mut().for_each(|share| *share = 1.0 / share.max(f64::MIN_POSITIVE));
        let sums = by_class().zip(&factors).map(|(row, factor)| factor * dot(row, &shares));
        sums.zip(&self.labels).map(|(sum, label)| sum / count as f64 - label).collect()
    }
}

impl Logits {
    /// The means of p' - y and of `(p' - y) h^T`, class after class.
    fn mean_gradient(&self) -> Vec<f64> {
        let (count, classes) = self.logits.dim();
        let mut errors = self.logits.clone();
        for (mut error, &label) in errors.rows_mut().into_iter().zip(&self.labels) {
            let highest = error.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            error.mapv_inplace(|logit| (logit - highest).exp());
            error /= error.sum() * count as f64;
            error[usize::from(label)] -= 1.0 / count as f64;
        }
        let bias = errors.sum_axis(Axis(0));
        let mut weights = Array2::zeros((classes, self.features.ncols()));
        let blocks = errors.axis_chunks_iter(Axis(0), BLOCK);
        for (errors, features) in blocks.zip(self.features.axis_chunks_iter(Axis(0), BLOCK)) {
            weights += &errors.t().dot(&features);
        }
        bias.into_iter().chain(weights).collect()
    }
}
