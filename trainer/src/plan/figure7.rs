//! Figure 7: prune rate of the backbone against that of the classifier.

use super::grid::baselines;
use super::method::{Method, Rates};
use super::{Cell, Known, Profile, cells_of};

const SELECTOR: &str = "gradmatch";

/// The runs with `seed`: the baselines, then every pair of rates.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let method = Method::new(known, seed, 0.0);
    let (fraction, rates) = (fraction(known.profile), known.changes.rates(rates(known.profile)));
    let mut runs = baselines(&method, SELECTOR, fraction);
    for &backbone in &rates {
        let cut = |&classifier| method.cut(SELECTOR, fraction, Rates { backbone, classifier });
        runs.extend(rates.iter().map(cut));
    }
    cells_of("figure7", runs)
}

fn rates(profile: Profile) -> &'static [f64] {
    match profile {
        Profile::Smoke => &[0.1, 0.9],
        Profile::Quick => &[0.1, 0.5, 0.9],
        Profile::Desk | Profile::Paper => &[0.1, 0.3, 0.5, 0.7, 0.9],
    }
}

/// A hundredth of CIFAR-10; of the smaller sets that would be less than a mini-batch.
fn fraction(profile: Profile) -> f64 {
    if profile == Profile::Paper { 0.01 } else { profile.fraction() }
}
