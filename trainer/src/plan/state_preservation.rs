//! The study of state preservation: none, selective and complete, with pruning and coresets, with either alone (paper,
//! Appendix B and the section on ablations).

use super::grid::{baselines, setting};
use super::method::{MORE_NOISE, Rates};
use super::{Cell, Known, cells_of};
use crate::model::ModelKind::ResNet101;
use crate::settings::Preserve;

const FRACTION: f64 = 0.1;
const RATE: f64 = 0.7;

/// The runs with `seed`. What pruning and selection lose together is measured in them.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let fraction = known.changes.fraction(FRACTION);
    let mut runs = Vec::new();
    for (method, selector) in
        known.methods(seed, MORE_NOISE, &[setting("cifar10", ResNet101, "moderate")])
    {
        for rate in known.changes.rates(&[RATE]).into_iter().map(Rates::backbone) {
            for preserve in [Preserve::None, Preserve::Selective, Preserve::Complete] {
                let runs_of = [
                    method.cut(selector, FRACTION, rate),
                    method.prune_only(rate),
                    method.coreset_only(selector, FRACTION),
                ];
                runs.extend(runs_of.map(|run| method.preserving(&run, preserve, fraction)));
            }
        }
        runs.extend(baselines(&method, selector, FRACTION));
    }
    let cells = cells_of("state-preservation", runs);
    let watched = |cell: Cell| Cell { double_loss: cell.settings.selection.is_some(), ..cell };
    cells.into_iter().map(watched).collect()
}
