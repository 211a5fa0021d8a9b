//! Table 4: cut with another pruner, ProbMask.

use super::grid::{Setting, setting, with_cuts};
use super::{Cell, Known, cells_of};
use crate::model::ModelKind::{ResNet18, ResNet101};

const FRACTION: f64 = 0.1;
const SETTINGS: [Setting; 4] = [
    setting("cifar10", ResNet18, "gradmatch"),
    setting("cifar100", ResNet18, "gradmatch"),
    setting("cifar10", ResNet101, "gradmatch"),
    setting("cifar100", ResNet101, "gradmatch"),
];

/// The runs with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let rates = known.table_rates();
    let mut runs = Vec::new();
    for (method, selector) in known.methods(seed, 0.0, &SETTINGS) {
        let method = method.with_pruner("probmask");
        runs.extend(with_cuts(&method, selector, FRACTION, &rates));
    }
    cells_of("table4", runs)
}
