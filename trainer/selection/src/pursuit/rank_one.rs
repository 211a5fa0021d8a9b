//! Candidates of a pursuit that are last-layer gradients, kept in the factors they are products of.
//!
//! For cross-entropy the gradient of sample i is `g_i = r_i (x) [1; h_i]` with the error
//! `r_i = p_i - y_i` and `h_i` the penultimate features. So `<g_i, g_j> = (r_i . r_j)(1 + h_i . h_j)`, and neither the
//! N x C (E + 1) matrix of gradients nor the N x N matrix of products is ever needed.

use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::kernel::dot::{Element, TASK_ROWS, products, square, subtract_weighted, widened};
use crate::pursuit::atoms::{Atoms, Target, first_best};

/// Samples whose features are widened together for a matrix product.
const BLOCK: usize = 512;

/// The gradients of some samples, and the sum of them all as the target.
#[derive(Debug)]
pub struct RankOne<'a, E> {
    /// The features' storage, N x E.
    features: &'a [E],
    width: usize,
    /// Which samples are candidates.
    candidates: &'a [u32],
    /// Errors r of the candidates, n x C.
    errors: Array2<f64>,
    target: Target,
    /// For each candidate held, its products with all candidates.
    columns: Vec<Vec<f64>>,
    held: Vec<usize>,
}

impl<'a, E: Element> RankOne<'a, E> {
    /// The gradients of the samples `candidates`, given the `features` (N x E) of all samples and the
    /// `errors` of the candidates (n x C; a column of it for the gradient by one class's weights).
    ///
    /// # Panics
    /// When a matrix is not stored row after row.
    pub fn new(
        features: &'a ArrayView2<'a, E>,
        errors: Array2<f64>,
        candidates: &'a [u32],
    ) -> Self {
        let width = features.ncols();
        let features = features.as_slice().expect("features are stored row after row");
        let target = Target { correlations: Vec::new(), norm: 0.0 };
        let (columns, held) = (Vec::new(), Vec::new());
        let mut gradients = Self { features, width, candidates, errors, target, columns, held };
        gradients.target = gradients.summed();
        gradients
    }

    fn feature(&self, candidate: usize) -> &'a [E] {
        let start = self.candidates[candidate] as usize * self.width;
        &self.features[start..start + self.width]
    }

    fn error(&self, candidate: usize) -> &[f64] {
        let classes = self.errors.ncols();
        let errors = self.errors.as_slice().expect("errors were made row after row");
        &errors[candidate * classes..(candidate + 1) * classes]
    }

    /// The features of up to [`BLOCK`] candidates from `start` on, widened.
    fn feature_block(&self, start: usize) -> Array2<f64> {
        let end = self.candidates.len().min(start + BLOCK);
        let values: Vec<f64> = (start..end).flat_map(|c| widened(self.feature(c))).collect();
        Array2::from_shape_vec((end - start, self.width), values).expect("a row per candidate")
    }

    /// The sum of the gradients: over the candidates, the sum of r (C) and of `r h^T` (C x E).
    fn summed(&self) -> Target {
        let bias = self.errors.sum_axis(Axis(0));
        let mut products = Array2::zeros((self.errors.ncols(), self.width));
        for start in (0..self.candidates.len()).step_by(BLOCK) {
            let features = self.feature_block(start);
            let errors = self.errors.slice(s![start..start + features.nrows(), ..]);
            products += &errors.t().dot(&features);
        }
        let mut correlations = Vec::with_capacity(self.candidates.len());
        for start in (0..self.candidates.len()).step_by(BLOCK) {
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

impl<E: Element> Atoms for RankOne<'_, E> {
    /// The inner product of each candidate with the residual, from those with the rows held.
    type Residual = Vec<f64>;

    fn target(&self) -> &Target {
        &self.target
    }

    fn norms(&self) -> Vec<f64> {
        let squared = |candidate| {
            let (error, feature) = (self.error(candidate), self.feature(candidate));
            square(error) * (1.0 + square(feature))
        };
        (0..self.candidates.len()).map(|candidate| squared(candidate).sqrt()).collect()
    }

    fn hold(&mut self, candidate: usize) -> (Vec<f64>, f64) {
        let (error, feature) = (self.error(candidate), widened(self.feature(candidate)));
        let count = self.candidates.len();
        let mut column = products(count, |other| self.feature(other), &feature);
        let errors = products(count, |other| self.error(other), error);
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

    fn residual(&self, weights: &[f64]) -> Vec<f64> {
        let mut correlations = self.target.correlations.clone();
        correlations.par_chunks_mut(TASK_ROWS).enumerate().for_each(|(task, correlations)| {
            let start = task * TASK_ROWS;
            subtract_weighted(correlations, weights, |place| &self.columns[place][start..]);
        });
        correlations
    }

    fn held_correlations(&self, residual: &Vec<f64>) -> Vec<f64> {
        self.held.iter().map(|&candidate| residual[candidate]).collect()
    }

    fn correlations(&self, residual: &Vec<f64>) -> Vec<f64> {
        residual.clone()
    }

    fn best(&self, residual: &Vec<f64>, least: impl Fn(usize) -> Option<f64>) -> Option<usize> {
        first_best(residual.iter().copied().enumerate(), least)
    }
}
