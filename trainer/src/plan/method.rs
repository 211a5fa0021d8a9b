//! The parts of the method, filled into plain training as a run of a plan has them on.

use swast_selection::Spec;

use super::{Changes, Known, Profile};
use crate::settings::{
    BackbonePruning, Preserve, Pruning, Rhythm, Selection, SelectionStart, Settings, Variant,
};

/// Prune rate of the classifier wherever the backbone is pruned, but in Figure 7 (paper, Appendix B).
pub(super) const CLASSIFIER_RATE: f64 = 0.9;
/// Label noise of the studies on mislabelled data.
pub(super) const NOISE: f64 = 0.1;
/// How weights are pruned.
const PRUNER: &str = "rigl";

/// Prune rates of backbone and classifier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) backbone: f64,
    pub(super) classifier: f64,
}

impl Rates {
    /// A rate of the backbone with the usual one of the classifier.
    pub(super) fn backbone(backbone: f64) -> Self {
        Self { backbone, classifier: CLASSIFIER_RATE }
    }
}

/// Fills in the parts of the method that are on.
#[derive(Clone)]
pub(super) struct Method {
    profile: Profile,
    changes: Changes,
    pub(super) base: Settings,
}

impl Method {
    pub(super) fn new(known: &Known, seed: u64, label_noise: f64) -> Self {
        let base = Settings { label_noise, ..known.dense(seed) };
        Self { profile: known.profile, changes: known.changes.clone(), base }
    }

    pub(super) fn coreset_only(&self, selector: &str, fraction: f64) -> Settings {
        let planned: Spec = selector.parse().expect("a plan names selectors that there are");
        // All data are no coreset: they stay what others are compared with.
        let (selector, fraction) = if planned.takes_all() {
            (planned, fraction)
        } else {
            let selector = self.changes.selector.unwrap_or(planned);
            (selector, self.changes.fraction(fraction))
        };
        let warmup = Rhythm::default_warmup(self.base.epochs, fraction);
        let start = SelectionStart::AfterWarmup;
        Settings {
            variant: Variant::CoresetOnly,
            selection: Some(Selection { selector, fraction }),
            rhythm: Some(Rhythm { warmup, interval: self.profile.interval(), start }),
            ..self.base.clone()
        }
    }

    pub(super) fn prune_only(&self, rates: Rates) -> Settings {
        let planned = || PRUNER.parse().expect("a plan names pruners that there are");
        let pruner = self.changes.pruner.unwrap_or_else(planned);
        let backbone = BackbonePruning {
            distribution: pruner.distribution(),
            first_layer: None,
            fc_prune_rate: rates.classifier,
        };
        Settings {
            variant: Variant::PruneOnly,
            pruning: Some(Pruning { pruner, prune_rate: rates.backbone, backbone: Some(backbone) }),
            ..self.base.clone()
        }
    }

    pub(super) fn cut(&self, selector: &str, fraction: f64, rates: Rates) -> Settings {
        Settings {
            variant: Variant::Cut,
            pruning: self.prune_only(rates).pruning,
            preserve: Preserve::Complete,
            ..self.coreset_only(selector, fraction)
        }
    }
}
