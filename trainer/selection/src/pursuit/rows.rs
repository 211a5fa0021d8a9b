//! Candidates of a pursuit given as explicit rows, such as gradients read from a file.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::kernel::dot::{Element, add_scaled, dot, products, square, subtract_weighted, widened};
use crate::pursuit::atoms::{Atoms, Target, first_best};
use crate::pursuit::screen::Screen;

/// Entries of a residual that are worth a task.
const TASK_ENTRIES: usize = 264;

/// Some rows of a matrix, and the sum of them all as the target.
#[derive(Debug)]
pub struct Rows<'a, E> {
    /// The rows' storage, N x D.
    matrix: &'a [E],
    width: usize,
    /// Which rows of the matrix are candidates.
    candidates: &'a [u32],
    /// The sum of the candidates, D entries.
    sum: Vec<f64>,
    target: Target,
    screen: Screen,
    held: Vec<usize>,
}

impl<'a, E: Element> Rows<'a, E> {
    /// The rows `candidates` of `matrix`.
    ///
    /// # Panics
    /// When the matrix is not stored row after row.
    pub fn new(matrix: &'a ArrayView2<'a, E>, candidates: &'a [u32]) -> Self {
        let width = matrix.ncols();
        let matrix = matrix.as_slice().expect("rows are stored one after another");
        let mut sum = vec![0.0; width];
        for &row in candidates {
            add_scaled(&mut sum, 1.0, &matrix[row as usize * width..][..width]);
        }
        let target = Target { correlations: Vec::new(), norm: dot(&sum, &sum).sqrt() };
        let row = |candidate: usize| &matrix[candidates[candidate] as usize * width..][..width];
        let screen = Screen::new(candidates.len(), width, row);
        let mut rows = Self { matrix, width, candidates, sum, target, screen, held: Vec::new() };
        rows.target.correlations = rows.products(&rows.sum);
        rows
    }

    fn row(&self, candidate: usize) -> &'a [E] {
        let start = self.candidates[candidate] as usize * self.width;
        &self.matrix[start..start + self.width]
    }

    /// Inner products of all candidates with `vector`.
    fn products(&self, vector: &[f64]) -> Vec<f64> {
        products(self.candidates.len(), |candidate| self.row(candidate), vector)
    }

    /// Inner products of the candidates held with `vector`.
    fn held_products(&self, vector: &[f64]) -> Vec<f64> {
        products(self.held.len(), |place| self.row(self.held[place]), vector)
    }
}

impl<E: Element> Atoms for Rows<'_, E> {
    /// The residual itself, D entries.
    type Residual = Vec<f64>;

    fn target(&self) -> &Target {
        &self.target
    }

    fn norms(&self) -> Vec<f64> {
        (0..self.candidates.len()).map(|candidate| square(self.row(candidate)).sqrt()).collect()
    }

    fn hold(&mut self, candidate: usize) -> (Vec<f64>, f64) {
        let row = widened(self.row(candidate));
        let beside = self.held_products(&row);
        self.held.push(candidate);
        (beside, dot(&row, &row))
    }

    fn release(&mut self, place: usize) {
        self.held.remove(place);
    }

    fn residual(&self, weights: &[f64]) -> Vec<f64> {
        let mut residual = self.sum.clone();
        residual.par_chunks_mut(TASK_ENTRIES).enumerate().for_each(|(task, residual)| {
            let start = task * TASK_ENTRIES;
            subtract_weighted(residual, weights, |place| &self.row(self.held[place])[start..]);
        });
        residual
    }

    fn held_correlations(&self, residual: &Vec<f64>) -> Vec<f64> {
        self.held_products(residual)
    }

    fn correlations(&self, residual: &Vec<f64>) -> Vec<f64> {
        self.products(residual)
    }

    fn best(
        &self,
        residual: &Vec<f64>,
        least: impl Fn(usize) -> Option<f64> + Sync,
    ) -> Option<usize> {
        let leaders = self.screen.leaders(residual, &least);
        let exact = products(leaders.len(), |place| self.row(leaders[place]), residual);
        first_best(leaders.iter().copied().zip(exact), least)
    }
}
