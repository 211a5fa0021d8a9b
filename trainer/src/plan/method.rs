//! The parts of the method, filled into plain training as a run of a plan has them on.

use swast_selection::Spec;

use super::{Changes, Known, dataset};
use crate::model::ModelKind;
use crate::pruner::Spec as PrunerSpec;
use crate::settings::{
    BackbonePruning, Holdout, Preserve, Pruning, Rhythm, Selection, SelectionStart, Settings,
    Variant,
};

/// Prune rate of the classifier wherever the backbone is pruned, but in Figure 7 (paper, Appendix B).
pub(super) const CLASSIFIER_RATE: f64 = 0.9;
/// Label noise of the studies on mislabelled data.
pub(super) const NOISE: f64 = 0.1;
/// Label noise of the studies of preservation and of noisy data (paper, Appendices B and H).
pub(super) const MORE_NOISE: f64 = 0.2;
/// How weights are pruned.
const PRUNER: &str = "rigl";
/// The baseline of every comparison: a random coreset, drawn again at every selection.
pub(super) const REDRAWN: &str = "random-redrawn";

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
    changes: Changes,
    interval: u32,
    pruner: &'static str,
    pub(super) base: Settings,
}

impl Method {
    pub(super) fn new(known: &Known, seed: u64, label_noise: f64) -> Self {
        let base = Settings { label_noise, ..known.dense(seed) };
        let (changes, interval) = (known.changes.clone(), known.profile.interval());
        Self { changes, interval, pruner: PRUNER, base }
    }

    /// The same on another data set and model, trained as the paper trains on it.
    pub(super) fn on(mut self, name: &str, model: ModelKind) -> Self {
        (self.base.dataset, self.base.model) = (dataset(name), model);
        match name {
            "tinyimagenet" => self.base.batch_size = 256,
            "imagenet" => {
                (self.base.batch_size, self.base.epochs, self.interval) = (512, 90, 5);
            }
            _ => {}
        }
        self
    }

    /// The same with another model.
    pub(super) fn of_model(mut self, model: ModelKind) -> Self {
        self.base.model = model;
        self
    }

    /// The same in the paper's batches, but in so few steps that it takes a minute where there is no GPU: how times of runs
    /// relate to each other, not how well they learn.
    pub(super) fn shortened(mut self) -> Self {
        (self.base.limit_train, self.base.limit_test) = (Some(1280), Some(500));
        (self.base.batch_size, self.base.epochs, self.base.eval_every) = (128, 10, 10);
        self.interval = 3;
        self
    }

    /// The same with another pruner.
    pub(super) fn with_pruner(self, pruner: &'static str) -> Self {
        Self { pruner, ..self }
    }

    /// Training on all data without pruning.
    pub(super) fn dense(&self) -> Settings {
        self.base.clone()
    }

    pub(super) fn coreset_only(&self, selector: &str, fraction: f64) -> Settings {
        let planned: Spec = selector.parse().expect("a plan names selectors that there are");
        // All data are no coreset, and the baseline stays one: they are what others are compared with.
        let is_baseline = planned.takes_all() || selector == REDRAWN;
        let changed = self.changes.selector.filter(|_| !is_baseline);
        let fraction = if planned.takes_all() { fraction } else { self.changes.fraction(fraction) };
        let selection = Selection { selector: changed.unwrap_or(planned), fraction };
        Settings {
            variant: Variant::CoresetOnly,
            selection: Some(selection),
            rhythm: Some(self.rhythm(fraction)),
            ..self.base.clone()
        }
    }

    pub(super) fn prune_only(&self, rates: Rates) -> Settings {
        let pruner = self.pruner();
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

    /// Only the classifier is pruned, at `rate`.
    pub(super) fn trim(&self, selector: &str, fraction: f64, rate: f64) -> Settings {
        Settings {
            variant: Variant::Trim,
            pruning: Some(Pruning { pruner: self.pruner(), prune_rate: rate, backbone: None }),
            ..self.coreset_only(selector, fraction)
        }
    }

    /// `run` with the states that `preserve` says preserved; where nothing is selected, in the rhythm in which coresets
    /// of `fraction` would be.
    pub(super) fn preserving(&self, run: &Settings, preserve: Preserve, fraction: f64) -> Settings {
        let rhythm = run.rhythm.or((preserve != Preserve::None).then(|| self.rhythm(fraction)));
        Settings { preserve, rhythm, ..run.clone() }
    }

    fn rhythm(&self, fraction: f64) -> Rhythm {
        let warmup = Rhythm::default_warmup(self.base.epochs, fraction);
        Rhythm { warmup, interval: self.interval, start: SelectionStart::AfterWarmup }
    }

    fn pruner(&self) -> PrunerSpec {
        let planned = || self.pruner.parse().expect("a plan names pruners that there are");
        self.changes.pruner.unwrap_or_else(planned)
    }
}

/// The run on all data that takes as many steps as `run`, on a schedule compressed to as many epochs as these are, pruned
/// as `run` is: what coresets must beat, and what is left out where they are only compared with full schedules. `None`
/// where the number of images is known only when they are read.
pub(super) fn compressed(run: &Settings) -> Option<Settings> {
    let images = run.limit_train.or(run.dataset.training_images())?;
    let count = Holdout::trained_on(images);
    let full = count.div_ceil(run.batch_size);
    let epochs = (run.planned_steps(count) as f64 / full as f64).round().max(1.0) as u32;
    Some(Settings {
        variant: if run.pruning.is_some() { Variant::PruneOnly } else { Variant::Dense },
        selection: None,
        rhythm: None,
        preserve: Preserve::None,
        epochs,
        ..run.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libtorch::arithmetic::Precision;
    use crate::plan::Profile;

    #[test]
    fn a_compressed_schedule_takes_as_many_steps() {
        let dataset = dataset("cifar10");
        let (precision, changes) = (Precision::Fp32, Changes::default());
        let profile = Profile::Paper;
        let known = Known { profile, dataset, resolution: None, precision, changes };
        let method = Method::new(&known, 0, 0.0);
        let run = method.cut("gradmatch", 0.1, Rates::backbone(0.5));
        // 45,000 images in batches of 128: 352 steps an epoch; 15 epochs of them, then 285 of 36 on 4,500.
        assert_eq!(run.planned_steps(45_000), 15 * 352 + 285 * 36);
        let short = compressed(&run).unwrap();
        assert_eq!((short.variant, short.epochs), (Variant::PruneOnly, 44));
        assert_eq!(compressed(&method.coreset_only("gradmatch", 0.1)).unwrap().epochs, 44);
        assert_eq!(short.clone().checked().unwrap(), short);
    }
}
