//! The resolved settings of a run: everything that changes its numbers, checked once, and the identity
//! derived from it.
//!
//! A field's name in JSON is its flag without the dashes, so flags, `settings.json` and the identity are one list.
//! Selectors and pruners are specs: nothing here knows an option of theirs.

pub mod choices;
pub mod rhythm;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use swast_datasets::{DatasetKind, Request};
use swast_selection::{Selector, Spec as SelectorSpec};
use swast_tables::names;
use swast_tables::spec::{self, SpecError};
use thiserror::Error;

pub use choices::{
    Holdout, Objective, Preserve, SelectionStart, Sgd, ValidationLabels, Variant, Weighting,
};
pub use rhythm::Rhythm;

use crate::libtorch::arithmetic::Precision;
use crate::model::ModelKind;
use crate::pruner::Spec as PrunerSpec;
use crate::sparsity::budget::{Budget, Spread};
use crate::sparsity::distribution::{Distribution, FirstLayer};

/// Raised by hand whenever equal settings give other numbers than before, or their identity is derived otherwise, so
/// that finished runs of the old method are not taken for new ones.
pub const METHOD_VERSION: u32 = 7;

/// Beyond it a rate is a slip, and not far beyond it no number of single precision.
const HIGHEST_RATE: f64 = 1e30;
/// More epochs than any network is trained for.
const MOST_EPOCHS: u32 = 1_000_000;

/// How coresets are selected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Selection {
    /// The selector and its options.
    pub selector: SelectorSpec,
    /// Coreset size as a fraction of the training set.
    pub fraction: f64,
}

/// How weights are pruned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pruning {
    /// The pruner and its options.
    pub pruner: PrunerSpec,
    /// Prune rate of the backbone; of the classifier where only that is pruned.
    pub prune_rate: f64,
    /// Where the backbone is pruned as well.
    #[serde(flatten)]
    pub backbone: Option<BackbonePruning>,
}

/// What pruning of the backbone adds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BackbonePruning {
    /// How the backbone's rate is spread over its layers.
    pub distribution: Distribution,
    /// Whether the first layer is pruned; absent for what the distribution's authors do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_layer: Option<FirstLayer>,
    /// Prune rate of the classifier.
    pub fc_prune_rate: f64,
}

impl Pruning {
    /// Prune rate of the classifier.
    pub fn classifier(&self) -> f64 {
        self.backbone.map_or(self.prune_rate, |backbone| backbone.fc_prune_rate)
    }

    /// Which layers are pruned and at which rates.
    pub fn budget(&self) -> Budget {
        let classifier = self.classifier();
        let Some(BackbonePruning { distribution, first_layer, .. }) = self.backbone else {
            return Budget::Classifier(classifier);
        };
        let usual = Spread::usual(distribution);
        let spread = Spread { first_layer: first_layer.unwrap_or(usual.first_layer), ..usual };
        Budget::Split { spread, backbone: self.prune_rate, classifier }
    }
}

/// Everything that changes the numbers of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// The data set.
    #[serde(with = "names")]
    pub dataset: DatasetKind,
    /// Number of training images read; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_train: Option<usize>,
    /// Number of test images read; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_test: Option<usize>,
    /// Side of the images in pixels, where it is free to choose; absent for data sets whose images have a size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<usize>,
    /// Number of broken images that are left out at most.
    #[serde(skip_serializing_if = "is_zero")]
    pub skip_broken: usize,
    /// The model.
    #[serde(with = "names")]
    pub model: ModelKind,
    /// SHA-256 of the file of weights that the network starts from; absent where they are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Which parts of the method are on.
    #[serde(with = "names")]
    pub variant: Variant,
    /// Coreset selection; absent where it is off.
    #[serde(flatten)]
    pub selection: Option<Selection>,
    /// When selections or recordings happen; absent where neither is on.
    #[serde(flatten)]
    pub rhythm: Option<Rhythm>,
    /// Pruning; absent where it is off.
    #[serde(flatten)]
    pub pruning: Option<Pruning>,
    /// Whose states are preserved.
    #[serde(with = "names")]
    pub preserve: Preserve,
    /// The loss.
    #[serde(flatten)]
    pub objective: Objective,
    /// Fraction of the training labels flipped.
    pub label_noise: f64,
    /// How validation labels are treated.
    #[serde(with = "names")]
    pub validation: ValidationLabels,
    /// Epochs (T).
    pub epochs: u32,
    /// Mini-batch size.
    pub batch_size: usize,
    /// Epochs between two measurements of test and validation, besides those before each selection.
    pub eval_every: u32,
    /// Learning rate of the first epoch.
    pub learning_rate: f64,
    /// The optimizer.
    #[serde(flatten)]
    pub sgd: Sgd,
    /// Seed of everything random but the synthetic data, which are the same for all seeds.
    pub seed: u64,
    /// Precision of the network's arithmetic.
    #[serde(with = "names")]
    pub precision: Precision,
}

/// A setting that makes no sense.
#[derive(Debug, Error, PartialEq)]
#[error("--{flag} {value}: {cure}")]
pub struct SettingsError {
    flag: &'static str,
    value: String,
    cure: String,
}

/// Ok where a setting is `fine`, else an error with its cure.
fn check(
    fine: bool,
    flag: &'static str,
    value: &dyn ToString,
    cure: &'static str,
) -> Result<(), SettingsError> {
    if fine {
        Ok(())
    } else {
        Err(SettingsError { flag, value: value.to_string(), cure: cure.to_owned() })
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn check_rate(flag: &'static str, rate: f64) -> Result<(), SettingsError> {
    check((0.0..1.0).contains(&rate), flag, &rate, "give a rate of at least 0 and under 1")
}

fn check_positive(flag: &'static str, number: u64) -> Result<(), SettingsError> {
    check(number > 0, flag, &number, "give at least 1")
}

impl Settings {
    /// These settings with every number checked against its range, and what the run does not use at its default, so
    /// that equal runs have equal settings.
    ///
    /// # Errors
    /// When a number is out of range or two settings contradict each other.
    pub fn checked(self) -> Result<Self, SettingsError> {
        self.check_method()?;
        check_rate("label-noise", self.label_noise)?;
        check_rate("momentum", self.sgd.momentum)?;
        let fine = (0.0..1.0).contains(&self.sgd.weight_decay);
        check(fine, "weight-decay", &self.sgd.weight_decay, "give 0 or more and under 1")?;
        let lambda = self.objective.lambda;
        let fine = lambda >= 0.0 && lambda.is_finite();
        check(fine, "lambda", &lambda, "give a weight of 0 or more")?;
        let fine = self.learning_rate > 0.0 && self.learning_rate <= HIGHEST_RATE;
        let cure = "give a rate above 0 and up to 1e30, such as 0.05";
        check(fine, "learning-rate", &self.learning_rate, cure)?;
        check_positive("epochs", u64::from(self.epochs))?;
        check(self.epochs <= MOST_EPOCHS, "epochs", &self.epochs, "give at most 1000000")?;
        check_positive("batch-size", self.batch_size as u64)?;
        check_positive("eval-every", u64::from(self.eval_every))?;
        self.with_unused_at_defaults().settled()
    }

    /// The same with options of the selector that others settle as those settle them.
    fn settled(mut self) -> Result<Self, SettingsError> {
        if let Some(selection) = &mut self.selection {
            let (flag, value) = ("selector", selection.selector.to_string());
            let settled = selection.selector.settled();
            let error = |error: SpecError| SettingsError { flag, value, cure: error.to_string() };
            selection.selector = settled.map_err(error)?;
        }
        Ok(self)
    }

    /// Checks selection, pruning and their rhythm.
    fn check_method(&self) -> Result<(), SettingsError> {
        if let Some(Selection { fraction, .. }) = self.selection {
            let fine = fraction > 0.0 && fraction <= 1.0;
            check(fine, "fraction", &fraction, "give a fraction above 0 and up to 1, such as 0.1")?;
        }
        if let Some(pruning) = &self.pruning {
            check_rate("prune-rate", pruning.prune_rate)?;
            check_rate("fc-prune-rate", pruning.classifier())?;
            let global = pruning.backbone.is_some_and(|b| b.distribution == Distribution::Global);
            let cure =
                "this pruner keeps the number of weights of every layer; give erk, er or uniform";
            check(!global || pruning.pruner.starts_dense(), "distribution", &"global", cure)?;
        }
        if let Some(rhythm) = &self.rhythm {
            check_positive("interval", u64::from(rhythm.interval))?;
        }
        if let (Some(rhythm), Some(_)) = (&self.rhythm, &self.selection) {
            let selects = (1..=self.epochs).any(|epoch| rhythm.is_due(epoch));
            let cure = "selects no coreset within --epochs; give more epochs or a smaller --warmup";
            check(selects || self.epochs == 0, "warmup", &rhythm.warmup, cure)?;
        }
        Ok(())
    }

    fn with_unused_at_defaults(mut self) -> Self {
        if self.preserve == Preserve::None {
            self.objective.lambda = Objective::DEFAULT.lambda;
        }
        if self.selection.is_none() {
            self.objective.weighting = Objective::DEFAULT.weighting;
        }
        if let Some(selection) = &mut self.selection
            && selection.selector.takes_all()
        {
            selection.fraction = 1.0;
        }
        if self.label_noise == 0.0 {
            self.validation = ValidationLabels::Noisy;
        }
        self
    }

    /// All settings by their flags, in order.
    fn fields(&self) -> serde_json::Map<String, Value> {
        match serde_json::to_value(self).expect("settings are plain data") {
            Value::Object(fields) => fields,
            other => unreachable!("a struct becomes an object, not {other}"),
        }
    }

    /// Names and values of all settings, in order.
    pub fn columns(&self) -> Vec<(String, String)> {
        self.fields().into_iter().map(|(key, value)| (key, spec::shown(&value))).collect()
    }

    /// The flags of `swast-trainer train` that describe these settings; where weights are read from is not among them.
    pub fn flags(&self) -> Vec<String> {
        let flag = |(key, value): (String, String)| [format!("--{key}"), value];
        let named = |(key, _): &(String, String)| key != "weights";
        self.columns().into_iter().filter(named).flat_map(flag).collect()
    }

    /// Identity of the run: a short hash of all settings and of [`METHOD_VERSION`].
    pub fn id(&self) -> String {
        let text = serde_json::to_string(&self.fields()).expect("settings are plain data");
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
        Some(self.selection?.selector.selector())
    }

    /// What is read of the data set.
    pub fn request(&self) -> Request {
        let Self { limit_train, limit_test, resolution, skip_broken, .. } = *self;
        Request { limit_train, limit_test, resolution, skip_broken }
    }

    /// How the data are set aside and mislabelled.
    pub fn holdout(&self) -> Holdout {
        let Self { seed, label_noise, validation, .. } = *self;
        Holdout { seed, noise: label_noise, validation }
    }

    /// Whether a selection or recording is due before the first step of `epoch`.
    pub fn is_due(&self, epoch: u32) -> bool {
        epoch <= self.epochs && self.rhythm.is_some_and(|rhythm| rhythm.is_due(epoch))
    }

    /// Whether test and validation are measured after `epoch`.
    pub fn is_measured(&self, epoch: u32) -> bool {
        epoch == self.epochs || epoch.is_multiple_of(self.eval_every) || self.is_due(epoch + 1)
    }

    /// Number of mini-batches of a run on a training set of `count`, known beforehand: coresets have a fixed size.
    pub fn planned_steps(&self, count: usize) -> u64 {
        let coreset = self.budget(count).unwrap_or(count);
        let first = (1..=self.epochs).find(|t| self.is_due(*t)).unwrap_or(self.epochs + 1);
        let batches = |samples: usize| samples.div_ceil(self.batch_size) as u64;
        u64::from(first - 1) * batches(count)
            + u64::from(self.epochs + 1 - first) * batches(coreset)
    }
}
