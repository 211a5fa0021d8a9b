//! `swast-trainer train`: one run from flags to a finished folder.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use swast_datasets::{DatasetKind, Source, resolution};
use swast_selection::Spec as SelectorSpec;
use swast_tables::names::name_of;
use swast_tables::rows::RunRow;
use swast_tables::usage::note;
use swast_tables::{folder, shell};

use super::machine::{Machine, Prepared, Stepping};
use super::methods;
use crate::libtorch::{DeviceChoice, device_name};
use crate::model::ModelKind;
use crate::model::weights::Weights;
use crate::pruner::Spec as PrunerSpec;
use crate::run::lease::EXPIRY;
use crate::run::record::{RecordError, finished_as};
use crate::run::stop::Stop;
use crate::run::sweep::BUSY;
use crate::run::{Keeping, RunContext, run};
use crate::settings::{
    BackbonePruning, Objective, Preserve, Pruning, Rhythm, Selection, SelectionStart, Settings,
    SettingsError, Sgd, ValidationLabels, Variant, Weighting,
};
use crate::sparsity::distribution::{Distribution, FirstLayer};

/// Train one network with SWaST or one of its baselines
#[derive(Debug, Clone, ClapArgs)]
#[command(
    allow_negative_numbers = true,
    after_long_help = "\
Examples:
  swast-trainer train                              # synthetic data, ResNet-8, SWaST-cut
  swast-trainer train --variant dense --epochs 20  # plain training, for comparison
  swast-trainer train --dataset cifar10 --data cifar-10-binary.tar.gz --model resnet18 \\
      --variant cut --selector gradmatch --fraction 0.1 --prune-rate 0.7
  swast-trainer train --dataset cifar10 --data cifar-10-binary.tar.gz --limit-train 10000 \\
      --variant coreset-only --selector moderate:centre=mean --label-noise 0.1
  swast-trainer help-method moderate               # the options of a selector or pruner

Settings of parts that the variant switches off are ignored. A run that was killed goes on from its
last checkpoint when the command is repeated; TERM and USR1 make it keep one and stop."
)]
pub struct Args {
    /// Data set
    #[arg(long, value_enum, default_value = "synthetic")]
    pub dataset: DatasetKind,
    /// Archive or folder of the data set (as published; for folder, any images in `train/CLASS/`); not needed for
    /// synthetic
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Use only the first N training images
    #[arg(long, value_name = "N")]
    pub limit_train: Option<usize>,
    /// Use only the first N test images
    #[arg(long, value_name = "N")]
    pub limit_test: Option<usize>,
    /// Side of the images, in pixels, for folder and imagenet: the short side is scaled to it, then the centre is taken [default: the
    /// largest of 224, 128, 64 and 32 that at least half of the training images reach]
    #[arg(long, value_name = "PIXELS")]
    pub resolution: Option<usize>,
    /// Leave out up to N broken images, named on stderr; one more is an error
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub skip_broken: usize,
    /// Network [default: resnet8 for synthetic, resnet18 otherwise]
    #[arg(long, value_enum)]
    pub model: Option<ModelKind>,
    /// Start from the weights in this safetensors file, under torchvision's names (as torchvision's own models); a
    /// classifier for another number of classes is drawn
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Which parts of the method are on
    #[arg(long, value_enum, default_value = "cut")]
    pub variant: Variant,
    /// How coresets are selected: NAME or NAME:KEY=VALUE,...
    #[arg(long, value_name = "SPEC", default_value = "gradmatch", long_help = methods::selectors())]
    pub selector: SelectorSpec,
    /// Coreset size as a fraction of the training set
    #[arg(long, default_value_t = 0.1)]
    pub fraction: f64,
    /// How weights are pruned: NAME or NAME:KEY=VALUE,...
    #[arg(long, value_name = "SPEC", default_value = "rigl", long_help = methods::pruners())]
    pub pruner: PrunerSpec,
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
    /// Whose recorded states are preserved [default: complete for cut, none otherwise]
    #[arg(long, value_enum)]
    pub preserve: Option<Preserve>,
    /// Weight of the preservation loss
    #[arg(long, default_value_t = Objective::DEFAULT.lambda)]
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
    pub validation: ValidationLabels,
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
    /// Folder for what the run leaves [default: one in --runs, named by the run's identity]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Folder of runs, each in a folder of its own
    #[arg(long, value_name = "DIR", default_value = "data/results/custom/runs")]
    pub runs: PathBuf,
    /// Measure at each selection what pruning and selection have lost together since the last one; changes no other
    /// number
    #[arg(long)]
    pub double_loss: bool,
    /// Write a checkpoint at least this often; a killed run goes on from the last one
    #[arg(long, value_name = "MINUTES", default_value_t = 10.0, value_parser = positive)]
    pub checkpoint_every: f64,
    /// Write the scalars of each epoch for TensorBoard, in a folder of the run's own below this one
    #[arg(long, value_name = "DIR")]
    pub tensorboard: Option<PathBuf>,
    /// Seconds of silence after which another process may take the run over
    #[arg(long, hide = true, default_value_t = EXPIRY.as_secs_f64(), value_parser = positive)]
    pub lease_expiry: f64,
    /// What the run is made for, as recorded in its row
    #[arg(long, value_name = "NAME", default_value = "train")]
    pub artifact: String,
    /// Stop when standard input closes: the process that started this run has ended, or asks for it
    #[arg(long, hide = true)]
    pub with_parent: bool,
    /// The profile the run belongs to, as recorded in its row
    #[arg(long, value_name = "NAME", default_value = "custom")]
    pub profile: String,
    /// Where and how to compute.
    #[command(flatten)]
    pub machine: Machine,
    /// How steps are taken.
    #[command(flatten)]
    pub stepping: Stepping,
}

impl Args {
    /// The settings that the flags describe, parts that the variant switches off left out; f32 where no precision is
    /// given, and without weights, which are known only once their file is read.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        let small = self.dataset.is_small();
        let or = |given: Option<u32>, small_set, other| {
            given.unwrap_or(if small { small_set } else { other })
        };
        let variant = self.variant;
        let epochs = or(self.epochs, 30, 300);
        let model = if small { ModelKind::ResNet8 } else { ModelKind::ResNet18 };
        let default = if variant == Variant::Cut { Preserve::Complete } else { Preserve::None };
        let preserve = self.preserve.unwrap_or(default);
        // All data are all data, whatever the fraction.
        let fraction = if self.selector.takes_all() { 1.0 } else { self.fraction };
        let rhythm = (variant.selects() || preserve != Preserve::None).then(|| Rhythm {
            warmup: self.warmup.unwrap_or_else(|| Rhythm::default_warmup(epochs, fraction)),
            interval: or(self.interval, 3, 20),
            start: self.selection_start,
        });
        let settings = Settings {
            seed: self.seed,
            dataset: self.dataset,
            limit_train: self.limit_train,
            limit_test: self.limit_test,
            resolution: self.resolution,
            skip_broken: self.skip_broken,
            model: self.model.unwrap_or(model),
            weights: None,
            variant,
            selection: variant
                .selects()
                .then_some(Selection { selector: self.selector, fraction: self.fraction }),
            rhythm,
            pruning: variant.prunes().then(|| self.pruning()),
            preserve,
            objective: Objective { lambda: self.lambda, weighting: self.weighting },
            label_noise: self.label_noise,
            validation: self.validation,
            epochs,
            batch_size: self.batch_size,
            eval_every: or(self.eval_every, 5, 10),
            learning_rate: self.learning_rate,
            sgd: Sgd { momentum: self.momentum, weight_decay: self.weight_decay },
            precision: self.machine.precision.unwrap_or_default(),
        };
        settings.checked()
    }

    fn pruning(&self) -> Pruning {
        let distribution = self.distribution.unwrap_or_else(|| self.pruner.distribution());
        let first_layer = self.first_layer.filter(|given| *given != distribution.first_layer());
        let backbone =
            BackbonePruning { distribution, first_layer, fc_prune_rate: self.fc_prune_rate };
        Pruning {
            pruner: self.pruner,
            prune_rate: self.prune_rate,
            backbone: (self.variant != Variant::Trim).then_some(backbone),
        }
    }

    /// A command that repeats the run of `settings`, on a machine like `prepared`, wherever it is given.
    fn command(&self, settings: &Settings, prepared: Prepared) -> String {
        let mut words: Vec<OsString> = vec!["swast-trainer".into(), "train".into()];
        words.extend(settings.flags().into_iter().map(OsString::from));
        for (flag, path) in [("--data", &self.data), ("--weights", &self.weights)] {
            if let Some(path) = path {
                let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                words.extend([flag.into(), absolute.into()]);
            }
        }
        // They change rounding, and with it the numbers of a run.
        words.extend(["--threads".into(), prepared.threads.to_string().into()]);
        words.extend(["--device".into(), device_name(prepared.device).into()]);
        words.extend(["--kernels".into(), name_of(self.stepping.kernels).into()]);
        words.extend(self.machine.deterministic.then(|| "--deterministic".into()));
        words.extend(self.stepping.graph.then(|| "--graph".into()));
        words.extend(self.double_loss.then(|| "--double-loss".into()));
        shell::line(words)
    }
}

/// Trains as `args` say and prints where the results are.
pub fn execute(args: &Args) -> Result<()> {
    let settings = args.settings()?;
    let stop = Stop::on_signals()?;
    if args.with_parent {
        stop.at_end_of_input();
    }
    let prepared = args.machine.prepare(None)?;
    args.stepping.prepare(prepared.device)?;
    let resolution = resolution(settings.dataset, args.data.as_deref(), settings.resolution)?;
    let weights = args.weights.as_deref().map(Weights::read).transpose()?;
    let digest = weights.as_ref().map(|weights| weights.digest().to_owned());
    let settings =
        Settings { precision: prepared.precision, resolution, weights: digest, ..settings };
    let id = settings.id();
    let folder = args.out.clone().unwrap_or_else(|| args.runs.join(&id));
    folder::check(&folder)?;
    // The data are read first: a finished run is one only if it was made on them.
    let source = Source::open(settings.dataset, args.data.as_deref(), settings.request())?;
    let data = source.digests(None, None);
    if let Some(row) = finished_as(&folder, &id, Some(&data))? {
        let (summary, folder) = (summary(&row), folder.display());
        let threads = if row.threads == 1 { "thread" } else { "threads" };
        let made = format!("finished before, on {} with {} {threads}", row.device, row.threads);
        return Ok(writeln!(io::stdout(), "{summary} ({made}) in {folder}")?);
    }
    if args.machine.device == DeviceChoice::Auto {
        note(format!("using {}", device_name(prepared.device)));
    }
    if let Some(board) = &args.tensorboard {
        let cure = || format!("--tensorboard: {}: choose another folder", board.display());
        std::fs::create_dir_all(board).with_context(cure)?;
    }
    let context = RunContext {
        device: prepared.device,
        threads: prepared.threads,
        kernels: args.stepping.kernels,
        graph: args.stepping.graph,
        artifact: &args.artifact,
        profile: &args.profile,
        command: args.command(&settings, prepared),
        data,
        weights,
        keeping: Keeping {
            every: minutes(args.checkpoint_every),
            expiry: Duration::from_secs_f64(args.lease_expiry),
            stop,
            tensorboard: args.tensorboard.clone(),
            double_loss: args.double_loss,
        },
    };
    let row = match run(&settings, source, &context, &folder) {
        // The sweep that started this run waits for the one that is at it.
        Err(error) if args.with_parent && is_busy(&error) => std::process::exit(BUSY.into()),
        outcome => outcome?,
    };
    Ok(writeln!(io::stdout(), "{} in {}", summary(&row), folder.display())?)
}

/// Whether the run is in the hands of another process.
fn is_busy(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(RecordError::is_busy)
}

/// A number of minutes, bounded by what a duration can hold.
fn minutes(number: f64) -> Duration {
    Duration::try_from_secs_f64(60.0 * number).unwrap_or(Duration::MAX)
}

/// A finite number that is not negative.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("give a number, 0 or more".to_owned()),
    }
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
