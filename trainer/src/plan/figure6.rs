//! Figure 6: accuracy against prune rate and FLOPs, with and without coresets.

use super::method::{Method, NOISE, REDRAWN, Rates, compressed};
use super::{Cell, Known, Profile, cells_of};

/// The runs with `seed`: at each rate one on coresets and one on all data; then what the paper leaves out, random
/// coresets and as few steps on all data, and training without pruning.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let method = Method::new(known, seed, NOISE);
    let fraction = known.profile.fraction();
    let rates: Vec<Rates> =
        known.changes.rates(rates(known.profile)).into_iter().map(Rates::backbone).collect();
    let pair = |&rates: &Rates| [method.cut("moderate", fraction, rates), method.prune_only(rates)];
    let beside = |&rates: &Rates| {
        let run = method.cut(REDRAWN, fraction, rates);
        [compressed(&run), Some(run)]
    };
    let unpruned = [compressed(&method.coreset_only("moderate", fraction)), Some(method.dense())];
    let beside = rates.iter().flat_map(beside).chain(unpruned).flatten();
    cells_of("figure6", rates.iter().flat_map(pair).chain(beside))
}

fn rates(profile: Profile) -> &'static [f64] {
    match profile {
        Profile::Smoke | Profile::Quick => &[0.5, 0.9],
        Profile::Desk => &[0.5, 0.7, 0.9, 0.95, 0.99],
        Profile::Paper => &[0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99],
    }
}
