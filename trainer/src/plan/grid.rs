//! What the plans of tables are made of: data sets, models, coreset sizes and prune rates of the paper, what is taken at
//! smaller profiles, and the baselines.

use super::method::{Method, REDRAWN, Rates, compressed};
use super::{Known, Profile, dataset};
use crate::model::ModelKind;
use crate::settings::Settings;

/// A data set and model of the paper's tables, with the selector that the paper uses there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) dataset: &'static str,
    pub(super) model: ModelKind,
    pub(super) selector: &'static str,
}

/// A setting of the paper.
pub(super) const fn setting(
    dataset: &'static str,
    model: ModelKind,
    selector: &'static str,
) -> Setting {
    Setting { dataset, model, selector }
}

impl Known {
    /// Whether the plan is the paper's own, with its data sets and models: its first data set is the one given.
    pub(super) fn is_papers(&self) -> bool {
        self.profile == Profile::Paper && self.dataset == dataset("cifar10")
    }

    /// The method with each of the paper's `settings`; on another data set or at a smaller profile on what that trains,
    /// with the selector of the first.
    pub(super) fn methods(
        &self,
        seed: u64,
        noise: f64,
        settings: &[Setting],
    ) -> Vec<(Method, &'static str)> {
        let own = || Method::new(self, seed, noise);
        if self.is_papers() {
            let on = |s: &Setting| (own().on(s.dataset, s.model), s.selector);
            return settings.iter().map(on).collect();
        }
        settings.first().map(|first| (own(), first.selector)).into_iter().collect()
    }

    /// The paper's values, or those of the smaller profiles.
    pub(super) fn either<T: Copy>(&self, papers: &[T], smaller: &[T]) -> Vec<T> {
        let values = if self.profile == Profile::Paper { papers } else { smaller };
        values.to_vec()
    }

    /// Prune rates of the tables.
    pub(super) fn table_rates(&self) -> Vec<f64> {
        let planned = match self.profile {
            Profile::Smoke => vec![0.5],
            _ => self.either(&[0.9, 0.7, 0.5, 0.3, 0.1], &[0.5, 0.9]),
        };
        self.changes.rates(&planned)
    }
}

/// What pruned runs on coresets of `fraction` are compared with: the same without pruning, on random coresets, and on
/// all data in as many steps.
pub(super) fn baselines(method: &Method, selector: &str, fraction: f64) -> Vec<Settings> {
    let own = method.coreset_only(selector, fraction);
    let compressed = compressed(&own);
    [own, method.coreset_only(REDRAWN, fraction)].into_iter().chain(compressed).collect()
}

/// The baselines of coresets of `fraction`, and cut at each of the `rates`.
pub(super) fn with_cuts(
    method: &Method,
    selector: &str,
    fraction: f64,
    rates: &[f64],
) -> Vec<Settings> {
    let cut = |&rate: &f64| method.cut(selector, fraction, Rates::backbone(rate));
    baselines(method, selector, fraction).into_iter().chain(rates.iter().map(cut)).collect()
}
