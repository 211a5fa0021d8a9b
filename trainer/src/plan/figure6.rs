//! Figure 6: accuracy against prune rate and FLOPs, with and without coresets.

use super::method::{Method, NOISE, Rates};
use super::{Cell, Known, Profile, cells_of};

/// The runs with `seed`: at each rate one on coresets and one on all data.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let method = Method::new(known, seed, NOISE);
    let pair = |rate: f64| {
        let rates = Rates::backbone(rate);
        [method.cut("moderate", 0.1, rates), method.prune_only(rates)]
    };
    cells_of("figure6", known.changes.rates(rates(known.profile)).into_iter().flat_map(pair))
}

fn rates(profile: Profile) -> &'static [f64] {
    match profile {
        Profile::Smoke => &[0.5, 0.9],
        Profile::Quick => &[0.5, 0.9, 0.98],
        Profile::Desk => &[0.5, 0.7, 0.9, 0.95, 0.99],
        Profile::Paper => &[0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99],
    }
}
