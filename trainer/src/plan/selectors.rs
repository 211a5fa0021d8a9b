//! Every selector beside the baselines, with and without pruning, at several coreset sizes.

use swast_selection::Spec;

use super::method::{Method, Rates, compressed};
use super::{Cell, Known, Profile, cells_of};

/// The paper's and the baselines, which every profile compares.
const FIRST: [&str; 7] =
    ["random-redrawn", "gradmatch", "craig", "glister", "moderate", "el2n", "random"];
/// All data, which is no coreset: one run per variant.
const ALL_DATA: &str = "full";

/// The runs with `seed`.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let method = Method::new(known, seed, 0.0);
    let rates = known.changes.rates(&[0.7]);
    let both = |selector: &str, fraction| {
        let cuts = rates.iter().map(|&rate| method.cut(selector, fraction, Rates::backbone(rate)));
        std::iter::once(method.coreset_only(selector, fraction)).chain(cuts).collect::<Vec<_>>()
    };
    let mut names = FIRST.to_vec();
    if compares_all(known.profile) {
        let other = |name: &&&str| !FIRST.contains(*name) && **name != ALL_DATA;
        names.extend(Spec::NAMES.iter().filter(other));
    }
    let sizes = fractions(known.profile).iter();
    let runs = sizes
        .clone()
        .flat_map(|&size| names.iter().flat_map(|name| both(name, size)).collect::<Vec<_>>());
    // Runs of equal size take equally many steps, whatever the selector.
    let short =
        sizes.clone().flat_map(|&size| both(FIRST[0], size)).filter_map(|run| compressed(&run));
    cells_of("selectors", runs.chain(both(ALL_DATA, 1.0)).chain(short))
}

/// At the desk a hundredth is left out for time; of the smaller sets it would be too few images to learn from.
fn fractions(profile: Profile) -> &'static [f64] {
    match profile {
        Profile::Smoke => &[0.1],
        Profile::Quick => &[0.1, 0.3],
        Profile::Desk => &[0.05, 0.1],
        Profile::Paper => &[0.01, 0.05, 0.1],
    }
}

/// Whether the comparison goes beyond [`FIRST`]; at the desk one more selector is hours of two cores.
fn compares_all(profile: Profile) -> bool {
    profile != Profile::Desk
}
