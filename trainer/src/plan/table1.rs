//! Table 1: trim and cut against coreset-only, by data set, model, coreset size and prune rate.

use super::grid::{Setting, baselines, setting, with_cuts};
use super::method::{Method, Rates};
use super::{Cell, Known, cells_of};
use crate::model::ModelKind::{ResNet18, ResNet101};
use crate::settings::Settings;

const CIFAR: [Setting; 4] = [
    setting("cifar10", ResNet18, "gradmatch"),
    setting("cifar100", ResNet18, "gradmatch"),
    setting("cifar10", ResNet101, "gradmatch"),
    setting("cifar100", ResNet101, "gradmatch"),
];
/// Of these the paper shows cut alone, and not the smallest coreset.
const LARGER: [Setting; 2] =
    [setting("tinyimagenet", ResNet101, "moderate"), setting("imagenet", ResNet101, "el2n")];

/// The runs with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let larger = if known.is_papers() { known.methods(seed, 0.0, &LARGER) } else { Vec::new() };
    let larger = larger.iter().flat_map(|(method, selector)| {
        let rates = known.table_rates();
        let of_size = |fraction| with_cuts(method, selector, fraction, &rates);
        [of_size(0.1), of_size(0.05), vec![method.dense()]].concat()
    });
    let cifar = known.methods(seed, 0.0, &CIFAR);
    let cifar = cifar.iter().flat_map(|(method, selector)| both(known, method, selector));
    cells_of("table1", cifar.chain(larger))
}

/// Trim and cut on coresets of every size, with their baselines, and training on all data.
pub(super) fn both(known: &Known, method: &Method, selector: &str) -> Vec<Settings> {
    let fractions = known.either(&[0.1, 0.05, 0.01], &[0.1, 0.05]);
    let rates = known.table_rates();
    let of_size = |&fraction: &f64| {
        let pruned = rates.iter().flat_map(|&rate| {
            let cut = method.cut(selector, fraction, Rates::backbone(rate));
            [cut, method.trim(selector, fraction, rate)]
        });
        baselines(method, selector, fraction).into_iter().chain(pruned).collect::<Vec<_>>()
    };
    fractions.iter().flat_map(of_size).chain([method.dense()]).collect()
}
