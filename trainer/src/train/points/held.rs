//! A pursuit's candidates on the device: their products stay there, and what is left of the target comes back as one number
//! for each candidate.

use swast_selection::pursuit::atoms::{Atoms, Target};
use tch::{Kind, Tensor};

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
    held: Vec<usize>,
    /// The row of the products of each that is held.
    rows: Vec<usize>,
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
        let (held, rows, free) = (Vec::new(), Vec::new(), Vec::new());
        Self { gradients, target, correlations, columns, used: 0, held, rows, free }
    }

    fn on_device<T: tch::kind::Element>(&self, values: &[T]) -> Tensor {
        Tensor::from_slice(values).to_device(self.columns.device())
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
        self.held.push(candidate);
        self.rows.push(row);
        let column = self.gradients.products(candidate as i64);
        self.columns.get(row as i64).copy_(&column);
        let held: Vec<i64> = self.held.iter().map(|&candidate| candidate as i64).collect();
        let mut beside = numbers(&column.index_select(0, &self.on_device(&held)));
        let itself = beside.pop().unwrap_or(f64::NAN);
        (beside, itself)
    }

    fn release(&mut self, place: usize) {
        self.held.remove(place);
        self.free.push(self.rows.remove(place));
    }

    /// The inner product of each candidate with the residual.
    fn residual(&self, weights: &[f64]) -> Vec<f64> {
        let mut by_row = vec![0.0; self.used];
        self.rows.iter().zip(weights).for_each(|(&row, &weight)| by_row[row] = weight);
        let columns = self.columns.narrow(0, 0, self.used as i64);
        let gained = columns * self.on_device(&by_row).unsqueeze(1);
        numbers(&(&self.correlations - gained.sum_dim_intlist(0_i64, false, Kind::Double)))
    }

    fn held(&self) -> &[usize] {
        &self.held
    }
}
