//! The choices of a run that are not specs: one type each, named as on the command line.

use clap::ValueEnum;
use serde::Serialize;
use swast_datasets::share;
use swast_tables::names;

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
pub enum ValidationLabels {
    /// Validation labels are flipped as often as training labels.
    Noisy,
    /// Validation labels are right.
    Clean,
}

/// How the selector's weights enter the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Weighting {
    /// `sum(w l) / sum(w)` over each mini-batch, as GradMatch's code does.
    Batch,
    /// Weights scaled once to mean 1 over the coreset, then the plain mean of `w l`.
    Coreset,
}

/// The training loss (paper, Eq. 3).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Objective {
    /// Weight of the preservation loss.
    pub lambda: f64,
    /// How the selector's weights enter the loss.
    #[serde(with = "names")]
    pub weighting: Weighting,
}

impl Objective {
    /// What runs use by default.
    pub const DEFAULT: Self = Self { lambda: 0.1, weighting: Weighting::Batch };
}

/// The optimizer apart from the learning rate: masked stochastic gradient descent with Nesterov momentum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sgd {
    /// Momentum.
    pub momentum: f64,
    /// L2 penalty, applied to every parameter, batch norm and biases included, as `torch.optim.SGD` does.
    pub weight_decay: f64,
}

/// How the training images are split and mislabelled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holdout {
    /// Seed of the split and of the flips.
    pub seed: u64,
    /// Fraction of the labels that are flipped.
    pub noise: f64,
    /// Whether validation labels are flipped as well.
    pub validation: ValidationLabels,
}

impl Holdout {
    /// Share of the training images held out for validation.
    pub const SHARE: f64 = 0.1;

    /// Number of images that are trained on, of `images` in the training set.
    pub fn trained_on(images: usize) -> usize {
        images - share(images, Self::SHARE)
    }
}
