//! Figure 5: noise in coresets, overfitting, loss on mislabelled samples.

use super::method::{Method, NOISE, Rates};
use super::{Cell, Known, Profile, cells_of};
use crate::model::ModelKind;

const FRACTION: f64 = 0.1;

/// The runs of the three panels with `seed`.
pub(super) fn cells(known: Known, seed: u64) -> Vec<Cell> {
    [noise(known, seed), overfitting(known, seed), losses(known, seed)].concat()
}

fn noise(known: Known, seed: u64) -> Vec<Cell> {
    let (method, selector) = (Method::new(known, seed, NOISE), "el2n");
    let cut = method.cut(selector, FRACTION, Rates::backbone(0.9));
    cells_of("figure5a", [method.coreset_only(selector, FRACTION), cut])
}

fn overfitting(known: Known, seed: u64) -> Vec<Cell> {
    let (method, selector) = (Method::new(known, seed, 0.0), "gradmatch");
    let mut runs = vec![method.coreset_only(selector, FRACTION)];
    let rates = [0.3, 0.5, 0.7, 0.9];
    runs.extend(rates.map(|rate| method.cut(selector, FRACTION, Rates::backbone(rate))));
    cells_of("figure5b", runs)
}

/// The paper's panel uses CIFAR-100 and ResNet-101; the smaller profiles keep their data set and model.
fn losses(known: Known, seed: u64) -> Vec<Cell> {
    let (mut method, selector) = (Method::new(known, seed, NOISE), "gradmatch");
    if known.profile == Profile::Paper && known.dataset.to_string() == "cifar10" {
        method.base.dataset = "cifar100".parse().expect("a plan names data sets that there are");
        method.base.model = ModelKind::ResNet101;
    }
    let cut = method.cut(selector, FRACTION, Rates::backbone(0.7));
    cells_of("figure5c", [method.coreset_only(selector, FRACTION), cut])
}
