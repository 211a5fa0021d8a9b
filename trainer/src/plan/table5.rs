//! Table 5: cut with other selectors.

use super::grid::setting;
use super::method::Rates;
use super::table1::baselines;
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
            runs.extend(baselines(&method, selector, FRACTION));
            let cut = |&rate: &f64| method.cut(selector, FRACTION, Rates::backbone(rate));
            runs.extend(rates.iter().map(cut));
        }
    }
    cells_of("table5", runs)
}
