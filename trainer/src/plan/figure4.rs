//! Figure 4: accuracy against training FLOPs and time: the grid of Table 1 and pruning on all data.

use super::grid::setting;
use super::method::Rates;
use super::{Cell, Known, cells_of, table1};
use crate::model::ModelKind::ResNet101;

/// The runs with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let rates = known.table_rates();
    let methods = known.methods(seed, 0.0, &[setting("cifar10", ResNet101, "gradmatch")]);
    let runs = methods.iter().flat_map(|(method, selector)| {
        let pruned = rates.iter().map(|&rate| method.prune_only(Rates::backbone(rate)));
        table1::both(known, method, selector).into_iter().chain(pruned).collect::<Vec<_>>()
    });
    cells_of("figure4", runs)
}
