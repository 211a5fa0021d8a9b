//! Table 2: accuracy and time of a larger coreset without pruning and a smaller one with it.

use super::grid::{baselines, setting, with_cuts};
use super::{Cell, Known, cells_of};
use crate::model::ModelKind::ResNet101;

/// The runs with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let methods = known.methods(seed, 0.0, &[setting("cifar10", ResNet101, "gradmatch")]);
    let rates = known.changes.rates(&[0.3]);
    let runs = methods.iter().flat_map(|(method, selector)| {
        [with_cuts(method, selector, 0.1, &rates), baselines(method, selector, 0.15)].concat()
    });
    cells_of("table2", runs)
}
