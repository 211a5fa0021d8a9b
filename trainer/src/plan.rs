//! The experiments behind the figures, as typed values: which runs an artifact needs at a profile.

use clap::ValueEnum;

use crate::libtorch::arithmetic::Precision;
use crate::model::ModelKind;
use crate::pruner::PrunerKind;
use crate::settings::{
    Departure, Preserve, Pruning, Rhythm, Selection, SelectionStart, Settings, Validation, Variant,
};
use crate::sparsity::distribution::Distribution;
use crate::train::loss::Weighting;
use crate::train::sgd::Sgd;
use swast_datasets as dataset;
use swast_selection::{self as selector, Options};

/// Prune rate of the classifier wherever the backbone is pruned, but in Figure 7 (paper, Appendix B).
const CLASSIFIER_RATE: f64 = 0.9;
/// Label noise of the studies on mislabelled data.
const NOISE: f64 = 0.1;

/// How large the experiments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Seconds: the whole pipeline on a handful of images, to check that it works.
    #[value(hide = true)]
    Smoke,
    /// Minutes on two cores, on synthetic data.
    Quick,
    /// Hours on two cores, on 10,000 images of CIFAR-10.
    Desk,
    /// The paper's settings, for a GPU.
    Paper,
}

/// What can be swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sweep {
    /// Noise in coresets, overfitting, loss on mislabelled samples.
    Figure5,
    /// Accuracy against prune rate and FLOPs, with and without coresets.
    Figure6,
    /// Backbone rate against classifier rate.
    Figure7,
    /// Every selector, with and without pruning, at several coreset sizes.
    Selectors,
}

/// A run and what it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The figure's panel, or the figure where its panels share the runs.
    pub artifact: &'static str,
    /// The settings of the run.
    pub settings: Settings,
}

impl Profile {
    /// Seeds of `sweep` unless told otherwise.
    pub fn seeds(self, sweep: Sweep) -> u64 {
        match (self, sweep) {
            (Self::Desk, Sweep::Selectors) => 2,
            (Self::Smoke | Self::Desk, _) | (Self::Quick, Sweep::Figure7) => 1,
            (Self::Quick, _) => 2,
            (Self::Paper, _) => 5,
        }
    }

    /// Plain training on all data with this profile's sizes, from which every run departs.
    fn base(self, dataset: dataset::Kind, seed: u64) -> Settings {
        let (model, epochs, batch_size, eval_every) = match self {
            Self::Smoke => (ModelKind::ResNet8, 3, 32, 3),
            // Measured before each selection and at the end; more would cost as much as the training.
            Self::Quick => (ModelKind::ResNet8, 12, 64, 12),
            Self::Desk => (ModelKind::ResNet8, 30, 128, 5),
            Self::Paper => (ModelKind::ResNet18, 300, 128, 10),
        };
        let (limit_train, limit_test) = match self {
            Self::Smoke => (Some(100), Some(50)),
            Self::Quick => (Some(2000), Some(1000)),
            Self::Desk => (Some(10_000), None),
            Self::Paper => (None, None),
        };
        Settings {
            seed,
            dataset,
            limit_train,
            limit_test,
            model,
            variant: Variant::Dense,
            selection: None,
            rhythm: None,
            pruning: None,
            preserve: Preserve::None,
            lambda: 0.1,
            weighting: Weighting::Batch,
            label_noise: 0.0,
            validation: Validation::Noisy,
            epochs,
            batch_size,
            eval_every,
            learning_rate: 0.05,
            sgd: Sgd { momentum: 0.9, weight_decay: 5e-4 },
            precision: Precision::Fp32,
        }
    }

    fn interval(self) -> u32 {
        match self {
            Self::Smoke => 1,
            Self::Quick => 2,
            Self::Desk => 3,
            Self::Paper => 20,
        }
    }

    fn figure6_rates(self) -> &'static [f64] {
        match self {
            Self::Smoke => &[0.5, 0.9],
            Self::Quick => &[0.5, 0.9, 0.98],
            Self::Desk => &[0.5, 0.7, 0.9, 0.95, 0.99],
            Self::Paper => &[0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99],
        }
    }

    fn figure7_rates(self) -> &'static [f64] {
        match self {
            Self::Smoke => &[0.1, 0.9],
            Self::Quick => &[0.1, 0.5, 0.9],
            Self::Desk | Self::Paper => &[0.1, 0.3, 0.5, 0.7, 0.9],
        }
    }

    /// At the desk a hundredth is left out for time; of the smallest set it would be no image.
    fn selectors_fractions(self) -> &'static [f64] {
        match self {
            Self::Smoke => &[0.1],
            Self::Desk => &[0.05, 0.1],
            Self::Quick | Self::Paper => &[0.01, 0.05, 0.1],
        }
    }

    /// Whether the comparison of selectors goes beyond the paper's and the baselines; at this profile one more is
    /// hours of two cores.
    fn all_selectors(self) -> bool {
        self != Self::Desk
    }

    /// Figure 7 uses a hundredth of CIFAR-10; of the smaller sets that would be less than a mini-batch.
    fn figure7_fraction(self) -> f64 {
        if self == Self::Paper { 0.01 } else { 0.1 }
    }
}

/// Fills in the parts of the method that are on.
#[derive(Clone)]
struct Method {
    profile: Profile,
    base: Settings,
}

impl Method {
    fn new(profile: Profile, dataset: dataset::Kind, seed: u64, label_noise: f64) -> Self {
        Self { profile, base: Settings { label_noise, ..profile.base(dataset, seed) } }
    }

    fn coreset_only(&self, selector: selector::Kind, fraction: f64) -> Settings {
        let Options { ridge, moderate_centre, moderate_scope, .. } = Options::TRAINING;
        let warmup = Rhythm::default_warmup(self.base.epochs, fraction);
        let start = SelectionStart::AfterWarmup;
        Settings {
            variant: Variant::CoresetOnly,
            selection: Some(Selection {
                selector,
                fraction,
                ridge,
                moderate_centre,
                moderate_scope,
                departure: Departure::default(),
            }),
            rhythm: Some(Rhythm { warmup, interval: self.profile.interval(), start }),
            ..self.base.clone()
        }
    }

    fn prune_only(&self, backbone: f64, classifier: f64) -> Settings {
        Settings {
            variant: Variant::PruneOnly,
            pruning: Some(Pruning {
                pruner: PrunerKind::Rigl,
                distribution: Some(Distribution::Erk),
                backbone: Some(backbone),
                classifier,
                update_every: None,
                first_layer: None,
                average_gradients: None,
            }),
            ..self.base.clone()
        }
    }

    fn cut(
        &self,
        selector: selector::Kind,
        fraction: f64,
        backbone: f64,
        classifier: f64,
    ) -> Settings {
        Settings {
            variant: Variant::Cut,
            pruning: self.prune_only(backbone, classifier).pruning,
            preserve: Preserve::Complete,
            ..self.coreset_only(selector, fraction)
        }
    }
}

/// What is the same in all runs of a sweep, and of others whose runs it shares.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// How large the experiments are.
    pub profile: Profile,
    /// The data set.
    pub dataset: dataset::Kind,
    /// Precision of the networks' arithmetic.
    pub precision: Precision,
}

impl Known {
    /// The runs of `sweep` with `seed`; see [`cells`].
    pub fn cells(self, sweep: Sweep, seed: u64) -> Vec<Cell> {
        let mut cells = cells(sweep, self.profile, self.dataset, seed);
        cells.iter_mut().for_each(|cell| cell.settings.precision = self.precision);
        cells
    }
}

/// The runs of `sweep` at `profile` on `dataset` with `seed`, in f32, the most telling ones first.
pub fn cells(sweep: Sweep, profile: Profile, dataset: dataset::Kind, seed: u64) -> Vec<Cell> {
    let cell = |artifact| move |settings| Cell { artifact, settings };
    match sweep {
        Sweep::Figure5 => {
            let panels = [
                figure5a(profile, dataset, seed).map(cell("figure5a")).to_vec(),
                figure5b(profile, dataset, seed).into_iter().map(cell("figure5b")).collect(),
                figure5c(profile, dataset, seed).map(cell("figure5c")).to_vec(),
            ];
            panels.concat()
        }
        Sweep::Figure6 => {
            figure6(profile, dataset, seed).into_iter().map(cell("figure6")).collect()
        }
        Sweep::Figure7 => {
            figure7(profile, dataset, seed).into_iter().map(cell("figure7")).collect()
        }
        Sweep::Selectors => {
            selectors(profile, dataset, seed).into_iter().map(cell("selectors")).collect()
        }
    }
}

fn figure5a(profile: Profile, dataset: dataset::Kind, seed: u64) -> [Settings; 2] {
    let method = Method::new(profile, dataset, seed, NOISE);
    let selector = selector::Kind::El2n;
    [method.coreset_only(selector, 0.1), method.cut(selector, 0.1, 0.9, CLASSIFIER_RATE)]
}

fn figure5b(profile: Profile, dataset: dataset::Kind, seed: u64) -> Vec<Settings> {
    let method = Method::new(profile, dataset, seed, 0.0);
    let selector = selector::Kind::GradMatch;
    let mut runs = vec![method.coreset_only(selector, 0.1)];
    let rates = [0.3, 0.5, 0.7, 0.9];
    runs.extend(rates.map(|rate| method.cut(selector, 0.1, rate, CLASSIFIER_RATE)));
    runs
}

/// The paper's panel uses CIFAR-100 and ResNet-101; the smaller profiles keep their data set and model.
fn figure5c(profile: Profile, dataset: dataset::Kind, seed: u64) -> [Settings; 2] {
    let mut method = Method::new(profile, dataset, seed, NOISE);
    if profile == Profile::Paper && dataset == dataset::Kind::Cifar10 {
        method.base.dataset = dataset::Kind::Cifar100;
        method.base.model = ModelKind::ResNet101;
    }
    let selector = selector::Kind::GradMatch;
    [method.coreset_only(selector, 0.1), method.cut(selector, 0.1, 0.7, CLASSIFIER_RATE)]
}

fn figure6(profile: Profile, dataset: dataset::Kind, seed: u64) -> Vec<Settings> {
    let method = Method::new(profile, dataset, seed, NOISE);
    let pair = |&rate: &f64| {
        let cut = method.cut(selector::Kind::Moderate, 0.1, rate, CLASSIFIER_RATE);
        [cut, method.prune_only(rate, CLASSIFIER_RATE)]
    };
    profile.figure6_rates().iter().flat_map(pair).collect()
}

fn figure7(profile: Profile, dataset: dataset::Kind, seed: u64) -> Vec<Settings> {
    let method = Method::new(profile, dataset, seed, 0.0);
    let (selector, fraction) = (selector::Kind::GradMatch, profile.figure7_fraction());
    let rates = profile.figure7_rates();
    let mut runs = vec![method.coreset_only(selector, fraction)];
    for &backbone in rates {
        runs.extend(rates.iter().map(|&fc| method.cut(selector, fraction, backbone, fc)));
    }
    runs
}

/// Every selector, the baselines and the paper's first. All data are no coreset: one run per variant.
fn selectors(profile: Profile, dataset: dataset::Kind, seed: u64) -> Vec<Settings> {
    use selector::Kind::{Craig, El2n, Full, Glister, GradMatch, Moderate, Random, RandomRedrawn};
    let method = Method::new(profile, dataset, seed, 0.0);
    let pair = |selector, fraction| {
        let cut = method.cut(selector, fraction, 0.7, CLASSIFIER_RATE);
        [method.coreset_only(selector, fraction), cut]
    };
    let mut kinds = vec![RandomRedrawn, GradMatch, Craig, Glister, Moderate, El2n, Random];
    if profile.all_selectors() {
        let known = |kind: &&selector::Kind| !kinds.contains(kind) && **kind != Full;
        let others: Vec<selector::Kind> =
            selector::Kind::value_variants().iter().filter(known).copied().collect();
        kinds.extend(others);
    }
    let sizes = profile.selectors_fractions().iter();
    let runs =
        sizes.flat_map(|&size| kinds.iter().flat_map(|&kind| pair(kind, size)).collect::<Vec<_>>());
    runs.chain(pair(Full, 1.0)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_figure_has_the_runs_the_paper_shows() {
        let count = |sweep, profile| cells(sweep, profile, dataset::Kind::Cifar10, 0).len();
        assert_eq!(count(Sweep::Figure5, Profile::Paper), 9);
        assert_eq!(count(Sweep::Figure6, Profile::Paper), 16);
        assert_eq!(count(Sweep::Figure7, Profile::Paper), 26);
        assert_eq!(count(Sweep::Figure7, Profile::Quick), 10);
        // 14 selectors and two variants at each size, and all data with both variants.
        assert_eq!(count(Sweep::Selectors, Profile::Paper), 14 * 2 * 3 + 2);
        assert_eq!(count(Sweep::Selectors, Profile::Quick), 14 * 2 * 3 + 2);
        assert_eq!(count(Sweep::Selectors, Profile::Desk), 7 * 2 * 2 + 2);
    }

    #[test]
    fn every_run_is_valid_and_has_an_identity_of_its_own() {
        for profile in [Profile::Smoke, Profile::Quick, Profile::Desk, Profile::Paper] {
            for &sweep in Sweep::value_variants() {
                let cells = cells(sweep, profile, dataset::Kind::Cifar10, 3);
                let runs: BTreeSet<_> =
                    cells.iter().map(|c| c.settings.clone().checked().unwrap().run()).collect();
                assert_eq!(runs.len(), cells.len());
            }
        }
    }
}
