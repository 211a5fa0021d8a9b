//! A pursuit's candidates on the device: their products stay there, and what is left of the target comes back as one number
//! for each candidate.

use swast_selection::kernel::matrix::first_best;
use swast_selection::pursuit::atoms::{Atoms, Target};
use tch::{Device, Kind, Tensor};

use super::gradients::Gradients;
use super::numbers;

/// Gradients, some of which are held, and the sum of them all as the target.
pub(super) struct Held {
    gradients: Gradients,
    target: Target,
    /// The target's inner products with all candidates, `[n]`.
    correlations: Tensor,
    /// Products of a candidate with all, one in a row, `[budget, n]`; only rows below `used` have been written.
    columns: Tensor,
    used: usize,
    /// The candidates held, and the rows of their products.
    held: Vec<(usize, usize)>,
    /// Rows whose candidates have left.
    free: Vec<usize>,
}

impl Held {
    /// None of the `gradients` yet, and room for `budget` of them.
    pub(super) fn new(gradients: Gradients, budget: usize) -> Self {
        let (correlations, norm) = gradients.summed();
        let target = Target { correlations: numbers(&correlations), norm };
        let size = [budget as i64, gradients.len()];
        let columns = Tensor::empty(size, (Kind::Double, correlations.device()));
        let (held, free) = (Vec::new(), Vec::new());
        Self { gradients, target, correlations, columns, used: 0, held, free }
    }

    fn on_device<T: tch::kind::Element>(&self, values: &[T]) -> Tensor {
        Tensor::from_slice(values).to_device(self.device())
    }

    fn device(&self) -> Device {
        self.columns.device()
    }
}

impl Atoms for Held {
    fn target(&self) -> &Target {
        &self.target
    }

    fn norms(&self) -> Vec<f64> {
        let [errors, inputs] = self.gradients.squares();
        numbers(&(errors * inputs).sqrt())
    }

    fn hold(&mut self, candidate: usize) -> (Vec<f64>, f64) {
        let row = self.free.pop().unwrap_or(self.used);
        self.used = self.used.max(row + 1);
        self.held.push((candidate, row));
        let column = self.gradients.products(candidate as i64);
        self.columns.get(row as i64).copy_(&column);
        let held: Vec<i64> = self.held.iter().map(|&(candidate, _)| candidate as i64).collect();
        let mut beside = numbers(&column.index_select(0, &self.on_device(&held)));
        let itself = beside.pop().unwrap_or(f64::NAN);
        (beside, itself)
    }

    fn release(&mut self, place: usize) {
        let (_, row) = self.held.remove(place);
        self.free.push(row);
    }

    /// The inner product of each candidate with the residual.
    fn residual(&self, weights: &[f64]) -> Vec<f64> {
        let mut by_row = vec![0.0; self.used];
        self.held.iter().zip(weights).for_each(|(&(_, row), &weight)| by_row[row] = weight);
        let columns = self.columns.narrow(0, 0, self.used as i64);
        let gained = columns * self.on_device(&by_row).unsqueeze(1);
        numbers(&(&self.correlations - gained.sum_dim_intlist(0_i64, false, Kind::Double)))
    }

    fn held_correlations(&self, residual: &[f64]) -> Vec<f64> {
        self.held.iter().map(|&(candidate, _)| residual[candidate]).collect()
    }

    fn correlations(&self, residual: &[f64]) -> Vec<f64> {
        residual.to_vec()
    }

    fn best(
        &self,
        residual: &[f64],
        least: &(dyn Fn(usize) -> Option<f64> + Sync),
    ) -> Option<usize> {
        first_best(residual.iter().copied().enumerate(), least)
    }
}
