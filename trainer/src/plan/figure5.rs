//! Figure 5: noise in coresets, overfitting, loss on mislabelled samples.

use super::method::{Method, NOISE, Rates};
use super::{Cell, Known, Profile, cells_of};
use crate::model::ModelKind;
use crate::settings::Settings;

const FRACTION: f64 = 0.1;

/// The runs of the three panels with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    [noise(known, seed), overfitting(known, seed), losses(known, seed)].concat()
}

fn noise(known: &Known, seed: u64) -> Vec<Cell> {
    let (method, selector) = (Method::new(known, seed, NOISE), "el2n");
    cells_of("figure5a", with_cuts(known, &method, selector, &[0.9]))
}

fn overfitting(known: &Known, seed: u64) -> Vec<Cell> {
    let (method, selector) = (Method::new(known, seed, 0.0), "gradmatch");
    cells_of("figure5b", with_cuts(known, &method, selector, &[0.3, 0.5, 0.7, 0.9]))
}

/// The paper's panel uses CIFAR-100 and ResNet-101; the smaller profiles keep their data set and model.
fn losses(known: &Known, seed: u64) -> Vec<Cell> {
    let (mut method, selector) = (Method::new(known, seed, NOISE), "gradmatch");
    if known.profile == Profile::Paper && known.dataset.to_string() == "cifar10" {
        method.base.dataset = "cifar100".parse().expect("a plan names data sets that there are");
        method.base.model = ModelKind::ResNet101;
    }
    cells_of("figure5c", with_cuts(known, &method, selector, &[0.7]))
}

/// The run without pruning, then one at each of the `planned` rates.
fn with_cuts(known: &Known, method: &Method, selector: &str, planned: &[f64]) -> Vec<Settings> {
    let cut = |rate| method.cut(selector, FRACTION, Rates::backbone(rate));
    let cuts = known.changes.rates(planned).into_iter().map(cut);
    std::iter::once(method.coreset_only(selector, FRACTION)).chain(cuts).collect()
}
