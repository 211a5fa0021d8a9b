//! What a pursuit must know of the rows it chooses from: products, never the rows themselves.

use crate::kernel::matrix::first_best;

/// The target of a pursuit, as far as the rows can tell.
#[derive(Debug)]
pub struct Target {
    /// Its inner product with each candidate.
    pub correlations: Vec<f64>,
    /// Its Euclidean norm.
    pub norm: f64,
}

/// Candidate rows, some of them held, with the sum of all as the target. What is left of it, the residual, is passed as they
/// keep it: as its inner product with each candidate, unless they say otherwise in all that reads it.
pub trait Atoms {
    /// The target.
    fn target(&self) -> &Target;

    /// Euclidean norm of each candidate.
    fn norms(&self) -> Vec<f64>;

    /// Holds `candidate` as the last; returns its inner products with those held before, in the order
    /// they are held in, and with itself.
    fn hold(&mut self, candidate: usize) -> (Vec<f64>, f64);

    /// Lets go the candidate at `place` of those held.
    fn release(&mut self, place: usize);

    /// The residual: the target less the sum of the rows held, times `weights`.
    fn residual(&self, weights: &[f64]) -> Vec<f64>;

    /// The candidates held, in order.
    fn held(&self) -> &[usize];

    /// Inner product of each candidate held with the `residual`, in the order they are held in.
    fn held_correlations(&self, residual: &[f64]) -> Vec<f64> {
        self.held().iter().map(|&candidate| residual[candidate]).collect()
    }

    /// Inner product of each candidate with the `residual`.
    fn correlations(&self, residual: &[f64]) -> Vec<f64> {
        residual.to_vec()
    }

    /// The candidate of the largest inner product with the `residual` among those whose product exceeds what `least`
    /// asks of them, which is nothing of those that are out of the question; the lower index among equals.
    fn best(
        &self,
        residual: &[f64],
        least: &(dyn Fn(usize) -> Option<f64> + Sync),
    ) -> Option<usize> {
        first_best(residual.iter().copied().enumerate(), least)
    }
}
