//! Figure 5: noise in coresets, overfitting, loss on mislabelled samples.

use super::grid::setting;
use super::method::{Method, NOISE, Rates};
use super::{Cell, Known, Profile, cells_of};
use crate::model::ModelKind::ResNet101;
use crate::settings::Settings;

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
    let rates: &[f64] = match known.profile {
        Profile::Smoke | Profile::Quick => &[0.5, 0.9],
        Profile::Desk | Profile::Paper => &[0.3, 0.5, 0.7, 0.9],
    };
    cells_of("figure5b", with_cuts(known, &method, selector, rates))
}

/// The paper's panel uses CIFAR-100 and ResNet-101; the smaller profiles keep their data set and model.
fn losses(known: &Known, seed: u64) -> Vec<Cell> {
    let methods = known.methods(seed, NOISE, &[setting("cifar100", ResNet101, "gradmatch")]);
    let cells = |(method, selector): &(Method, &str)| with_cuts(known, method, selector, &[0.7]);
    cells_of("figure5c", methods.iter().flat_map(cells))
}

/// The run without pruning, then one at each of the `planned` rates.
fn with_cuts(known: &Known, method: &Method, selector: &str, planned: &[f64]) -> Vec<Settings> {
    let fraction = known.profile.fraction();
    let cut = |rate| method.cut(selector, fraction, Rates::backbone(rate));
    let cuts = known.changes.rates(planned).into_iter().map(cut);
    std::iter::once(method.coreset_only(selector, fraction)).chain(cuts).collect()
}
