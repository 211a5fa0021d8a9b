//! The resolved settings of a run: everything that changes its numbers, checked once, and the identity
//! derived from it.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::libtorch::arithmetic::Precision;
use crate::model::ModelKind;
use crate::pruner::PrunerKind;
use crate::sparsity::budget::{Budget, Spread};
use crate::sparsity::distribution::{Distribution, FirstLayer};
use crate::train::loss::Weighting;
use crate::train::sgd::Sgd;
use swast_datasets as dataset;
use swast_selection::{self as selector, Selector};
use swast_tables::names;

/// Raised by hand whenever equal settings give other numbers than before, so that finished runs of the old
/// method are not taken for new ones.
pub const METHOD_VERSION: u32 = 5;

/// Which parts of the method are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Variant {
    /// Coreset selection; the backbone and the classifier are pruned (SWaST-cut).
    Cut,
    /// Coreset selection; only the classifier is pruned (SWaST-trim).
    Trim,
    /// Coreset selection without pruning.
    CoresetOnly,
    /// Pruning on all data.
    PruneOnly,
    /// Plain training on all data.
    Dense,
}

/// Whose recorded states are preserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Preserve {
    /// None.
    None,
    /// Of the samples that the recorded model classified correctly.
    Selective,
    /// Of all samples trained on.
    Complete,
}

/// When the first selection happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SelectionStart {
    /// Right after the warm-up, then every interval.
    AfterWarmup,
    /// At the first multiple of the interval after the warm-up, as Algorithm 1 is printed.
    Aligned,
}

/// Whether the validation part is held out before or after labels are flipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Validation {
    /// Validation labels are flipped as often as training labels.
    Noisy,
    /// Validation labels are right.
    Clean,
}

impl Variant {
    /// Whether coresets are selected.
    pub fn selects(self) -> bool {
        matches!(self, Self::Cut | Self::Trim | Self::CoresetOnly)
    }

    /// Whether weights are pruned.
    pub fn prunes(self) -> bool {
        matches!(self, Self::Cut | Self::Trim | Self::PruneOnly)
    }
}

/// When the coreset is selected anew, or states are recorded anew.
///
/// Every epoch before the first selection is one on all data, and the learning rate follows the epochs that are
/// trained. In CORDS a random subset is trained on until the first selection, which no warm-up can bring forward to
/// epoch 1; a warm start trains on all data for a share of its epochs, then for one epoch on that subset (an off-by-one),
/// and for the rest on nothing, while the learning rate goes down as if it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Epochs on all data before the first selection (K).
    pub warmup: u32,
    /// Epochs between two selections (R).
    pub interval: u32,
    /// When the first one happens.
    #[serde(with = "names")]
    pub start: SelectionStart,
}

impl Rhythm {
    /// Warm-up epochs where none are given: `ceil(T a / 2)` (paper, Appendix B), the product taken to
    /// 1e-9 so that rounding adds no epoch.
    pub fn default_warmup(epochs: u32, fraction: f64) -> u32 {
        (f64::from(epochs) * fraction / 2.0 - 1e-9).ceil().max(0.0) as u32
    }

    /// Whether a selection is due before the first step of `epoch` (from 1).
    pub fn is_due(&self, epoch: u32) -> bool {
        match self.start {
            SelectionStart::AfterWarmup => {
                epoch > self.warmup && (epoch - self.warmup - 1).is_multiple_of(self.interval)
            }
            SelectionStart::Aligned => epoch > self.warmup && epoch.is_multiple_of(self.interval),
        }
    }
}

/// How coresets are selected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// The selector.
    #[serde(with = "names")]
    pub selector: selector::Kind,
    /// Coreset size as a fraction of the training set.
    pub fraction: f64,
    /// Ridge of GradMatch's least squares.
    pub ridge: f64,
    /// The centre that Moderate measures distances from.
    #[serde(with = "names")]
    pub moderate_centre: selector::method::moderate::Centre,
    /// Whether Moderate keeps one band of distances over all samples, or one in each class.
    #[serde(with = "names")]
    pub moderate_scope: selector::quota::Scope,
    /// What departs from the selector's defaults; absent where nothing does.
    #[serde(flatten)]
    pub departure: Departure,
}

/// How a selector is set up otherwise than by default. Absent means the default, and is left out of the
/// settings, so that runs from before a choice was offered keep their identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Departure {
    /// Whose published code is followed.
    #[serde(with = "names::option", default, skip_serializing_if = "Option::is_none")]
    pub compat: Option<selector::Compat>,
    /// Whose sum of gradients GradMatch matches, by what.
    #[serde(with = "names::option", default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<selector::method::gradmatch::Matching>,
    /// Which gradients CRAIG and GLISTER compare.
    #[serde(with = "names::option", default, skip_serializing_if = "Option::is_none")]
    pub gradient: Option<selector::gradients::LastLayer>,
    /// Which candidates GLISTER looks at in each step.
    #[serde(with = "names::option", default, skip_serializing_if = "Option::is_none")]
    pub greedy: Option<selector::method::glister::Greedy>,
}

impl Selection {
    /// What the selector is told in a run of this `batch_size` and initial learning `rate`.
    pub fn options(&self, batch_size: usize, rate: f64) -> selector::Options {
        let base = selector::Options::TRAINING;
        let Departure { compat, matching, gradient, greedy } = self.departure;
        selector::Options {
            compat,
            ridge: self.ridge,
            matching: matching.unwrap_or(base.matching),
            batch_size,
            gradient: gradient.unwrap_or(base.gradient),
            greedy: greedy.unwrap_or(base.greedy),
            rate,
            moderate_centre: self.moderate_centre,
            moderate_scope: self.moderate_scope,
            ..base
        }
    }
}

/// How weights are pruned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// The pruner.
    #[serde(with = "names")]
    pub pruner: PrunerKind,
    /// How the backbone's rate is spread over its layers; absent where only the classifier is pruned.
    pub distribution: Option<Distribution>,
    /// Prune rate of the backbone; absent where only the classifier is pruned.
    pub backbone: Option<f64>,
    /// Prune rate of the classifier.
    pub classifier: f64,
    /// Optimizer steps between two mask updates; absent for the planned number.
    pub update_every: Option<u64>,
    /// Whether the first layer is pruned; absent for what the distribution's authors do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_layer: Option<FirstLayer>,
    /// Mini-batches whose mean gradient RigL grows by; absent for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_gradients: Option<u64>,
}

impl Pruning {
    /// Which layers are pruned and at which rates.
    pub fn budget(&self) -> Budget {
        match (self.backbone, self.distribution) {
            (Some(backbone), Some(distribution)) => {
                let usual = Spread::usual(distribution);
                let first_layer = self.first_layer.unwrap_or(usual.first_layer);
                let spread = Spread { first_layer, ..usual };
                Budget::Split { spread, backbone, classifier: self.classifier }
            }
            _ => Budget::Classifier(self.classifier),
        }
    }
}

/// Everything that changes the numbers of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Seed of everything random but the synthetic data, which are the same for all seeds.
    pub seed: u64,
    /// The data set.
    #[serde(with = "names")]
    pub dataset: dataset::Kind,
    /// Number of training images read; absent for all.
    pub limit_train: Option<usize>,
    /// Number of test images read; absent for all.
    pub limit_test: Option<usize>,
    /// The model.
    #[serde(with = "names")]
    pub model: ModelKind,
    /// Which parts of the method are on.
    #[serde(with = "names")]
    pub variant: Variant,
    /// Coreset selection; absent where it is off.
    pub selection: Option<Selection>,
    /// When selections or recordings happen; absent where neither is on.
    pub rhythm: Option<Rhythm>,
    /// Pruning; absent where it is off.
    pub pruning: Option<Pruning>,
    /// Whose states are preserved.
    #[serde(with = "names")]
    pub preserve: Preserve,
    /// Weight of the preservation loss.
    pub lambda: f64,
    /// How the selector's weights enter the loss.
    #[serde(with = "names")]
    pub weighting: Weighting,
    /// Fraction of the training labels flipped.
    pub label_noise: f64,
    /// How validation labels are treated.
    #[serde(with = "names")]
    pub validation: Validation,
    /// Epochs (T).
    pub epochs: u32,
    /// Mini-batch size.
    pub batch_size: usize,
    /// Epochs between two measurements of test and validation, besides those before each selection.
    pub eval_every: u32,
    /// Learning rate of the first epoch.
    pub learning_rate: f64,
    /// The optimizer.
    pub sgd: Sgd,
    /// Precision of the network's arithmetic; left out where it is f32, so that runs from before it could be chosen
    /// keep their identity.
    #[serde(with = "names", default, skip_serializing_if = "Precision::is_fp32")]
    pub precision: Precision,
}

/// A setting that makes no sense.
#[derive(Debug, Error, PartialEq)]
#[error("--{flag} {value}: {cure}")]
pub struct SettingsError {
    flag: &'static str,
    value: String,
    cure: &'static str,
}

impl Settings {
    /// Checks every number against its range.
    pub fn checked(self) -> Result<Self, SettingsError> {
        let check = |fine: bool, flag, value: &dyn ToString, cure| {
            if fine { Ok(()) } else { Err(SettingsError { flag, value: value.to_string(), cure }) }
        };
        let rate = |flag, rate: f64| {
            check((0.0..1.0).contains(&rate), flag, &rate, "give a rate of at least 0 and under 1")
        };
        let positive = |flag, number: u64| check(number > 0, flag, &number, "give at least 1");
        if let Some(selection) = &self.selection {
            let fraction = selection.fraction;
            let fine = fraction > 0.0 && fraction <= 1.0;
            check(fine, "fraction", &fraction, "give a fraction above 0 and up to 1, such as 0.1")?;
            let ridge = selection.ridge;
            check(ridge >= 0.0 && ridge.is_finite(), "ridge", &ridge, "give 0 or more")?;
            let compat = selection.departure.compat;
            let has = compat.is_none_or(|compat| compat.has(selection.selector));
            let name = compat.map(names::name_of).unwrap_or_default();
            check(has, "compat", &name, "it has no such selector; leave it out")?;
        }
        if let Some(pruning) = &self.pruning {
            rate("prune-rate", pruning.backbone.unwrap_or(pruning.classifier))?;
            rate("fc-prune-rate", pruning.classifier)?;
            positive("update-every", pruning.update_every.unwrap_or(1))?;
            positive("average-gradients", pruning.average_gradients.unwrap_or(1))?;
            let global = pruning.distribution == Some(Distribution::Global);
            let fine = !global || pruning.pruner.starts_dense();
            let cure =
                "this pruner keeps the number of weights of every layer; give erk, er or uniform";
            check(fine, "distribution", &"global", cure)?;
        }
        if let Some(rhythm) = &self.rhythm {
            positive("interval", u64::from(rhythm.interval))?;
        }
        if let (Some(rhythm), Some(_)) = (&self.rhythm, &self.selection) {
            let selects = (1..=self.epochs).any(|epoch| rhythm.is_due(epoch));
            let cure = "selects no coreset within --epochs; give more epochs or a smaller --warmup";
            check(selects || self.epochs == 0, "warmup", &rhythm.warmup, cure)?;
        }
        rate("label-noise", self.label_noise)?;
        rate("momentum", self.sgd.momentum)?;
        let fine = (0.0..1.0).contains(&self.sgd.weight_decay);
        check(fine, "weight-decay", &self.sgd.weight_decay, "give 0 or more and under 1")?;
        let fine = self.lambda >= 0.0 && self.lambda.is_finite();
        check(fine, "lambda", &self.lambda, "give a weight of 0 or more")?;
        let fine = self.learning_rate > 0.0 && self.learning_rate.is_finite();
        check(fine, "learning-rate", &self.learning_rate, "give a rate above 0, such as 0.05")?;
        positive("epochs", u64::from(self.epochs))?;
        positive("batch-size", self.batch_size as u64)?;
        positive("eval-every", u64::from(self.eval_every))?;
        Ok(self)
    }

    /// Identity of the run: a short hash of all settings and of [`METHOD_VERSION`].
    pub fn run(&self) -> String {
        let text = serde_json::to_string(self).expect("settings are plain data");
        let digest = Sha256::digest(format!("{METHOD_VERSION} {text}"));
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Number of samples in a coreset of a training set of `count`: `floor(fraction * count)`, the product
    /// taken to 1e-9 so that 0.1 of 45,000 is 4,500; `None` where nothing is selected.
    pub fn budget(&self, count: usize) -> Option<usize> {
        let fraction = self.selection?.fraction;
        Some((fraction * count as f64 + 1e-9).floor() as usize)
    }

    /// The selector of the run; `None` where nothing is selected.
    pub fn selector(&self) -> Option<Box<dyn Selector>> {
        let selection = self.selection?;
        let options = selection.options(self.batch_size, self.learning_rate);
        Some(selector::build(selection.selector, options))
    }

    /// Whether a selection or recording is due before the first step of `epoch`.
    pub fn is_due(&self, epoch: u32) -> bool {
        epoch <= self.epochs && self.rhythm.is_some_and(|rhythm| rhythm.is_due(epoch))
    }

    /// Whether test and validation are measured after `epoch`.
    pub fn is_measured(&self, epoch: u32) -> bool {
        epoch == self.epochs || epoch.is_multiple_of(self.eval_every) || self.is_due(epoch + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(rhythm: Rhythm, epochs: u32) -> Vec<u32> {
        (1..=epochs).filter(|t| rhythm.is_due(*t)).collect()
    }

    #[test]
    fn selections_start_after_the_warmup_or_at_a_multiple_of_the_interval() {
        let rhythm = |start| Rhythm { warmup: 2, interval: 20, start };
        assert_eq!(due(rhythm(SelectionStart::AfterWarmup), 50), [3, 23, 43]);
        assert_eq!(due(rhythm(SelectionStart::Aligned), 50), [20, 40]);
    }
}
