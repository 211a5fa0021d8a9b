//! Table 5: cut with other selectors.

use super::grid::{setting, with_cuts};
use super::{Cell, Known, cells_of};
use crate::model::ModelKind::{ResNet18, ResNet101};

const FRACTION: f64 = 0.1;
const SELECTORS: [&str; 3] = ["craig", "glister", "moderate"];

/// The runs with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let rates = known.table_rates();
    let mut runs = Vec::new();
    for selector in SELECTORS {
        let settings = [ResNet18, ResNet101].map(|model| setting("cifar10", model, selector));
        for (method, selector) in known.methods(seed, 0.0, &settings) {
            runs.extend(with_cuts(&method, selector, FRACTION, &rates));
        }
    }
    cells_of("table5", runs)
}
