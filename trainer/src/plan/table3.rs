//! Table 3: pruning, coresets and both on noisy data. The paper names neither model nor selector: these are those of its
//! other comparison on noisy data, Figure 6.

use super::grid::{setting, with_cuts};
use super::method::{MORE_NOISE, Rates};
use super::{Cell, Known, cells_of};
use crate::model::ModelKind::ResNet18;

/// The runs with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let methods = known.methods(seed, MORE_NOISE, &[setting("cifar10", ResNet18, "moderate")]);
    let fractions = known.either(&[0.2, 0.1, 0.05], &[0.1, 0.05]);
    let rates = known.table_rates();
    let mut runs = Vec::new();
    for (method, selector) in &methods {
        for &fraction in &fractions {
            runs.extend(with_cuts(method, selector, fraction, &rates));
        }
        runs.extend(rates.iter().map(|&rate| method.prune_only(Rates::backbone(rate))));
        runs.push(method.dense());
    }
    cells_of("table3", runs)
}
