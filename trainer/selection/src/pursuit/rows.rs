//! Candidates of a pursuit given as explicit rows, such as gradients read from a file.

use crate::kernel::dot::dot;
use crate::kernel::matrix::Matrix;
use crate::pursuit::atoms::{Atoms, Target};

/// Rows, and the sum of them all as the target.
#[derive(Debug)]
pub struct Rows<M> {
    matrix: M,
    /// The sum of the rows, D entries.
    sum: Vec<f64>,
    target: Target,
    held: Vec<usize>,
}

impl<M: Matrix> Rows<M> {
    /// The rows of `matrix`.
    pub fn new(matrix: M) -> Self {
        let sum = matrix.sum();
        let target = Target { correlations: matrix.products(&sum), norm: dot(&sum, &sum).sqrt() };
        Self { matrix, sum, target, held: Vec::new() }
    }
}

impl<M: Matrix> Atoms for Rows<M> {
    fn target(&self) -> &Target {
        &self.target
    }

    fn norms(&self) -> Vec<f64> {
        self.matrix.squares().into_iter().map(f64::sqrt).collect()
    }

    fn hold(&mut self, candidate: usize) -> (Vec<f64>, f64) {
        let row = self.matrix.row(candidate);
        let beside = self.matrix.products_of(&self.held, &row);
        self.held.push(candidate);
        (beside, dot(&row, &row))
    }

    fn release(&mut self, place: usize) {
        self.held.remove(place);
    }

    /// The residual itself, D entries.
    fn residual(&self, weights: &[f64]) -> Vec<f64> {
        self.matrix.less(&self.sum, &self.held, weights)
    }

    fn held(&self) -> &[usize] {
        &self.held
    }

    fn held_correlations(&self, residual: &[f64]) -> Vec<f64> {
        self.matrix.products_of(&self.held, residual)
    }

    fn correlations(&self, residual: &[f64]) -> Vec<f64> {
        self.matrix.products(residual)
    }

    fn best(
        &self,
        residual: &[f64],
        least: &(dyn Fn(usize) -> Option<f64> + Sync),
    ) -> Option<usize> {
        self.matrix.best(residual, least)
    }
}
