//! Time of training against prune rate and coreset size: how near what pruning and coresets save comes, in seconds, to
//! what it is in FLOPs.

use super::method::{Method, Rates};
use super::{Cell, Known, Profile, cells_of};
use crate::model::ModelKind;

const SELECTOR: &str = "moderate";

/// The runs with `seed`, for each model: all data without pruning, then each prune rate and each coreset size alone, then
/// both.
pub(super) fn cells(known: &Known, seed: u64) -> Vec<Cell> {
    let own = Method::new(known, seed, 0.0);
    let methods: Vec<Method> = match known.profile {
        Profile::Smoke => vec![own],
        Profile::Paper => models().map(|model| own.clone().of_model(model)).collect(),
        Profile::Quick | Profile::Desk => {
            models().map(|model| own.clone().of_model(model).shortened()).collect()
        }
    };
    let rates: Vec<Rates> =
        known.changes.rates(rates(known.profile)).into_iter().map(Rates::backbone).collect();
    let fractions = fractions(known.profile);
    let of_model = |method: Method| {
        let pruned = rates.iter().map(|&rates| method.prune_only(rates));
        let selected = fractions.iter().map(|&f| method.coreset_only(SELECTOR, f));
        let both = rates.iter().flat_map(|&r| fractions.iter().map(move |&f| (f, r)));
        let both = both.map(|(f, r)| method.cut(SELECTOR, f, r));
        let runs = std::iter::once(method.dense()).chain(pruned).chain(selected).chain(both);
        runs.collect::<Vec<_>>()
    };
    cells_of("speed", methods.into_iter().flat_map(of_model))
}

fn models() -> impl Iterator<Item = ModelKind> {
    [ModelKind::ResNet20, ModelKind::ResNet18].into_iter()
}

fn rates(profile: Profile) -> &'static [f64] {
    if profile == Profile::Smoke { &[0.9] } else { &[0.5, 0.9, 0.95, 0.98] }
}

fn fractions(profile: Profile) -> &'static [f64] {
    if profile == Profile::Smoke { &[0.3] } else { &[0.3, 0.1] }
}
