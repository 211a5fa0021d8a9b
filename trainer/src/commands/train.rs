//! `swast-trainer train`: one run from flags to a finished folder.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args as ClapArgs;
use swast_tables::rows::RunRow;
use swast_tables::usage::note;

use crate::libtorch::arithmetic::{Precision, prepare_arithmetic};
use crate::libtorch::{DeviceChoice, device_name, prepare_cpu};
use crate::model::ModelKind;
use crate::pruner::PrunerKind;
use crate::run::record::finished;
use crate::run::{RunContext, run};
use crate::settings::{
    Departure, Preserve, Pruning, Rhythm, Selection, SelectionStart, Settings, SettingsError,
    Validation, Variant,
};
use crate::sparsity::distribution::{Distribution, FirstLayer};
use crate::train::loss::Weighting;
use crate::train::sgd::Sgd;
use swast_datasets::{self as dataset, load};
use swast_selection as selector;
use swast_tables::names::name_of;

/// Train one network with SWaST or one of its baselines
#[derive(Debug, Clone, ClapArgs)]
#[command(
    allow_negative_numbers = true,
    after_long_help = "\
Examples:
  swast-trainer train                                        # the synthetic data set, ResNet-8, SWaST-cut
  swast-trainer train --variant dense --epochs 20            # plain training, for comparison
  swast-trainer train --dataset cifar10 --data cifar-10-binary.tar.gz --model resnet18 \\
      --variant cut --selector gradmatch --fraction 0.1 --prune-rate 0.7
  swast-trainer train --dataset cifar10 --data cifar-10-binary.tar.gz --limit-train 10000 \\
      --variant coreset-only --selector el2n --label-noise 0.1

Settings of parts that the variant switches off are ignored."
)]
pub struct Args {
    /// Data set
    #[arg(long, value_enum, default_value = "synthetic")]
    pub dataset: dataset::Kind,
    /// Archive or folder of the data set (official binary version); not needed for synthetic
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Use only the first N training images
    #[arg(long, value_name = "N")]
    pub limit_train: Option<usize>,
    /// Use only the first N test images
    #[arg(long, value_name = "N")]
    pub limit_test: Option<usize>,
    /// Network [default: resnet8 for synthetic, resnet18 otherwise]
    #[arg(long, value_enum)]
    pub model: Option<ModelKind>,
    /// Which parts of the method are on
    #[arg(long, value_enum, default_value = "cut")]
    pub variant: Variant,
    /// How coresets are selected
    #[arg(long, value_enum, default_value = "gradmatch")]
    pub selector: selector::Kind,
    /// Coreset size as a fraction of the training set
    #[arg(long, default_value_t = 0.1)]
    pub fraction: f64,
    /// Ridge of GradMatch's least squares
    #[arg(long, default_value_t = selector::Options::TRAINING.ridge)]
    pub ridge: f64,
    /// Centre that Moderate measures distances from
    #[arg(long, value_enum, default_value = "median")]
    pub moderate_centre: selector::method::moderate::Centre,
    /// Whether Moderate keeps one band of distances over all samples, or one in each class
    #[arg(long, value_enum, default_value = "global")]
    pub moderate_scope: selector::quota::Scope,
    /// Whose sum of gradients GradMatch matches, by what [default: per-class]
    #[arg(long, value_enum)]
    pub matching: Option<selector::method::gradmatch::Matching>,
    /// Which gradients of the last layer CRAIG and GLISTER compare [default: bias]
    #[arg(long, value_enum)]
    pub gradient: Option<selector::gradients::LastLayer>,
    /// Which candidates GLISTER looks at in each step [default: stochastic]
    #[arg(long, value_enum)]
    pub greedy: Option<selector::method::glister::Greedy>,
    /// Whose published code GradMatch, CRAIG and GLISTER follow where that is a matter of choice
    #[arg(long, value_enum)]
    pub compat: Option<selector::Compat>,
    /// How weights are pruned
    #[arg(long, value_enum, default_value = "rigl")]
    pub pruner: PrunerKind,
    /// How the prune rate is spread over the layers of the backbone [default: global for probmask, erk
    /// otherwise]
    #[arg(long, value_enum)]
    pub distribution: Option<Distribution>,
    /// Whether the first layer is pruned [default: dense for uniform, pruned otherwise]
    #[arg(long, value_enum)]
    pub first_layer: Option<FirstLayer>,
    /// Prune rate of the backbone (of the classifier for trim)
    #[arg(long, default_value_t = 0.7)]
    pub prune_rate: f64,
    /// Prune rate of the classifier (cut, prune-only)
    #[arg(long, default_value_t = 0.9)]
    pub fc_prune_rate: f64,
    /// Optimizer steps between two mask updates [default: a hundredth of the planned steps, 100 at most]
    #[arg(long, value_name = "STEPS")]
    pub update_every: Option<u64>,
    /// Mini-batches whose mean gradient RigL grows by, at most those since its last update [default: 1]
    #[arg(long, value_name = "BATCHES")]
    pub average_gradients: Option<u64>,
    /// Whose recorded states are preserved [default: complete for cut, none otherwise]
    #[arg(long, value_enum)]
    pub preserve: Option<Preserve>,
    /// Weight of the preservation loss
    #[arg(long, default_value_t = 0.1)]
    pub lambda: f64,
    /// How the selector's weights enter the loss
    #[arg(long, value_enum, default_value = "batch")]
    pub weighting: Weighting,
    /// When the first selection happens
    #[arg(long, value_enum, default_value = "after-warmup")]
    pub selection_start: SelectionStart,
    /// Epochs on all data before the first selection [default: half of epochs times fraction, rounded up]
    #[arg(long, value_name = "EPOCHS")]
    pub warmup: Option<u32>,
    /// Hold the validation part out before labels are flipped (clean) or after it (noisy)
    #[arg(long, value_enum, default_value = "noisy")]
    pub validation: Validation,
    /// Fraction of the training labels replaced by another class
    #[arg(long, default_value_t = 0.0)]
    pub label_noise: f64,
    /// Epochs [default: 30 for synthetic, 300 otherwise]
    #[arg(long)]
    pub epochs: Option<u32>,
    /// Mini-batch size
    #[arg(long, default_value_t = 128)]
    pub batch_size: usize,
    /// Epochs between two selections [default: 3 for synthetic, 20 otherwise]
    #[arg(long, value_name = "EPOCHS")]
    pub interval: Option<u32>,
    /// Epochs between two measurements of test and validation [default: 5 for synthetic, 10 otherwise]
    #[arg(long, value_name = "EPOCHS")]
    pub eval_every: Option<u32>,
    /// Learning rate of the first epoch (then a cosine to 0)
    #[arg(long, default_value_t = 0.05)]
    pub learning_rate: f64,
    /// Nesterov momentum
    #[arg(long, default_value_t = 0.9)]
    pub momentum: f64,
    /// Weight decay
    #[arg(long, default_value_t = 5e-4)]
    pub weight_decay: f64,
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// CPU threads; 0 takes all cores
    #[arg(long, default_value = "0", value_parser = crate::libtorch::threads)]
    pub threads: usize,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Precision of the network's arithmetic [default: bf16 on CUDA, fp32 on a CPU]
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    /// Let CUDA give the same numbers every time, by slower operations; a CPU always does
    #[arg(long)]
    pub deterministic: bool,
    /// Folder for what the run leaves [default: data/results/custom/runs/RUN]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// What the run is made for, as recorded in its row
    #[arg(long, hide = true, default_value = "train")]
    pub artifact: String,
    /// End when standard input closes: whoever started this run has ended
    #[arg(long, hide = true)]
    pub with_parent: bool,
    /// The profile the run belongs to, as recorded in its row
    #[arg(long, hide = true, default_value = "custom")]
    pub profile: String,
}

impl Args {
    /// The settings that the flags describe, parts that the variant switches off left out; f32 where no precision is
    /// given.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        let small = self.dataset == dataset::Kind::Synthetic;
        let or = |given: Option<u32>, synthetic, other| {
            given.unwrap_or(if small { synthetic } else { other })
        };
        let variant = self.variant;
        let epochs = or(self.epochs, 30, 300);
        let model = if small { ModelKind::ResNet8 } else { ModelKind::ResNet18 };
        let default = if variant == Variant::Cut { Preserve::Complete } else { Preserve::None };
        let preserve = self.preserve.unwrap_or(default);
        let selection = variant.selects().then_some(Selection {
            selector: self.selector,
            fraction: self.fraction,
            ridge: self.ridge,
            moderate_centre: self.moderate_centre,
            moderate_scope: self.moderate_scope,
            departure: Departure {
                compat: self.compat,
                matching: self.matching,
                gradient: self.gradient,
                greedy: self.greedy,
            },
        });
        let rhythm = (variant.selects() || preserve != Preserve::None).then(|| Rhythm {
            warmup: self.warmup.unwrap_or_else(|| Rhythm::default_warmup(epochs, self.fraction)),
            interval: or(self.interval, 3, 20),
            start: self.selection_start,
        });
        let backbone = variant != Variant::Trim;
        let usual = match self.pruner {
            PrunerKind::ProbMask => Distribution::Global,
            _ => Distribution::Erk,
        };
        let distribution = self.distribution.unwrap_or(usual);
        let pruning = variant.prunes().then_some(Pruning {
            pruner: self.pruner,
            distribution: backbone.then_some(distribution),
            backbone: backbone.then_some(self.prune_rate),
            classifier: if backbone { self.fc_prune_rate } else { self.prune_rate },
            update_every: self.update_every,
            first_layer: self
                .first_layer
                .filter(|given| backbone && *given != distribution.first_layer()),
            average_gradients: self
                .average_gradients
                .filter(|&batches| self.pruner == PrunerKind::Rigl && batches != 1),
        });
        let settings = Settings {
            seed: self.seed,
            dataset: self.dataset,
            limit_train: self.limit_train,
            limit_test: self.limit_test,
            model: self.model.unwrap_or(model),
            variant,
            selection,
            rhythm,
            pruning,
            preserve,
            lambda: self.lambda,
            weighting: self.weighting,
            label_noise: self.label_noise,
            validation: self.validation,
            epochs,
            batch_size: self.batch_size,
            eval_every: or(self.eval_every, 5, 10),
            learning_rate: self.learning_rate,
            sgd: Sgd { momentum: self.momentum, weight_decay: self.weight_decay },
            precision: self.precision.unwrap_or_default(),
        };
        settings.checked()
    }
}

/// The flags that describe `settings`, for `swast-trainer train`.
pub fn flags(settings: &Settings) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    let mut add = |flag: &str, value: String| flags.extend([format!("--{flag}"), value]);
    add("dataset", name_of(settings.dataset));
    for (flag, limit) in
        [("limit-train", settings.limit_train), ("limit-test", settings.limit_test)]
    {
        if let Some(limit) = limit {
            add(flag, limit.to_string());
        }
    }
    add("model", name_of(settings.model));
    add("variant", name_of(settings.variant));
    if let Some(selection) = settings.selection {
        add("selector", name_of(selection.selector));
        add("fraction", selection.fraction.to_string());
        add("ridge", selection.ridge.to_string());
        add("moderate-centre", name_of(selection.moderate_centre));
        add("moderate-scope", name_of(selection.moderate_scope));
        let Departure { compat, matching, gradient, greedy } = selection.departure;
        let chosen = [
            ("compat", compat.map(name_of)),
            ("matching", matching.map(name_of)),
            ("gradient", gradient.map(name_of)),
            ("greedy", greedy.map(name_of)),
        ];
        chosen.into_iter().for_each(|(flag, name)| name.into_iter().for_each(|n| add(flag, n)));
    }
    if let Some(pruning) = settings.pruning {
        add("pruner", name_of(pruning.pruner));
        if let Some(distribution) = pruning.distribution {
            add("distribution", name_of(distribution));
        }
        add("prune-rate", pruning.backbone.unwrap_or(pruning.classifier).to_string());
        add("fc-prune-rate", pruning.classifier.to_string());
        if let Some(first_layer) = pruning.first_layer {
            add("first-layer", name_of(first_layer));
        }
        for (flag, number) in [
            ("update-every", pruning.update_every),
            ("average-gradients", pruning.average_gradients),
        ] {
            if let Some(number) = number {
                add(flag, number.to_string());
            }
        }
    }
    add("preserve", name_of(settings.preserve));
    add("lambda", settings.lambda.to_string());
    add("weighting", name_of(settings.weighting));
    if let Some(rhythm) = settings.rhythm {
        add("warmup", rhythm.warmup.to_string());
        add("interval", rhythm.interval.to_string());
        add("selection-start", name_of(rhythm.start));
    }
    add("validation", name_of(settings.validation));
    add("label-noise", settings.label_noise.to_string());
    add("epochs", settings.epochs.to_string());
    add("batch-size", settings.batch_size.to_string());
    add("eval-every", settings.eval_every.to_string());
    add("learning-rate", settings.learning_rate.to_string());
    add("momentum", settings.sgd.momentum.to_string());
    add("weight-decay", settings.sgd.weight_decay.to_string());
    add("seed", settings.seed.to_string());
    add("precision", name_of(settings.precision));
    flags
}

/// Trains as `args` say and prints where the results are.
pub fn execute(args: &Args) -> Result<()> {
    let settings = args.settings()?;
    if args.with_parent {
        end_with_parent();
    }
    let device = args.device.open()?;
    let precision = Precision::resolve(args.precision, device)?;
    let settings = Settings { precision, ..settings };
    let name = settings.run();
    let folder =
        args.out.clone().unwrap_or_else(|| Path::new("data/results/custom/runs").join(&name));
    if let Some(row) = finished(&folder)? {
        if row.run != name {
            bail!("{}: holds run {}, not {name}; choose another --out", folder.display(), row.run);
        }
        return Ok(writeln!(
            io::stdout(),
            "{} (finished before) in {}",
            summary(&row),
            folder.display()
        )?);
    }
    let threads = prepare_cpu(args.threads);
    prepare_arithmetic(precision, args.deterministic);
    if args.device == DeviceChoice::Auto {
        note(format!("using {}", device_name(device)));
    }
    let dataset =
        load(settings.dataset, args.data.as_deref(), settings.limit_train, settings.limit_test)?;
    let mut command = vec!["swast-trainer train".to_owned()];
    command.extend(flags(&settings));
    if let Some(file) = args.data.as_deref().and_then(Path::file_name) {
        command.extend(["--data".to_owned(), file.to_string_lossy().into_owned()]);
    }
    // They change rounding, and with it the numbers of a run.
    command.extend(["--threads".to_owned(), threads.to_string()]);
    command.extend(["--device".to_owned(), device_name(device)]);
    command.extend(args.deterministic.then(|| "--deterministic".to_owned()));
    let (artifact, profile) = (args.artifact.as_str(), args.profile.as_str());
    let context = RunContext { device, threads, artifact, profile, command: command.join(" ") };
    let row = run(&settings, dataset, &context, &folder)?;
    Ok(writeln!(io::stdout(), "{} in {}", summary(&row), folder.display())?)
}

/// Ends the program when its standard input does.
fn end_with_parent() {
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(130);
    });
}

fn summary(row: &RunRow) -> String {
    format!(
        "run {}: test accuracy {:.2} % ({} epochs, {:.1} % of the parameters, {:.1} % of the FLOPs, {:.0} s)",
        row.run,
        100.0 * row.test_accuracy,
        row.epochs,
        100.0 * row.params_active as f64 / row.params_total as f64,
        100.0 * row.relative_flops,
        row.time_s + row.time_eval_s,
    )
}
