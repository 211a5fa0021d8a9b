//! Table 4: cut with another pruner, ProbMask.

use super::grid::{Setting, setting};
use super::method::Rates;
use super::table1::baselines;
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
        runs.extend(baselines(&method, selector, FRACTION));
        let cut = |&rate: &f64| method.cut(selector, FRACTION, Rates::backbone(rate));
        runs.extend(rates.iter().map(cut));
    }
    cells_of("table4", runs)
}
