//! `swast-trainer bench`: how fast a model trains and is evaluated here.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args as ClapArgs;
use swast_datasets::DatasetKind;
use swast_selection::Spec as SelectorSpec;
use swast_tables::usage::UsageError;

use super::machine::{Machine, Prepared, Stepping};
use crate::model::ModelKind;
use crate::pruner::Spec as PrunerSpec;
use crate::run::bench::{Bench, Found, Shape, bench};
use crate::settings::{
    BackbonePruning, Objective, Preserve, Pruning, Selection, Settings, Sgd, ValidationLabels,
    Variant,
};

/// Learning rate: small, so that random labels lead nowhere.
const RATE: f64 = 1e-3;
/// Epochs of the run that the steps belong to: so many that masks change as rarely as in a long one.
const EPOCHS: u32 = 100_000;

/// Measure how fast a model trains and is evaluated on this machine
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer bench --model resnet8
  swast-trainer bench --model resnet18 --dataset cifar10-shape --device cuda --batch-size 128
  swast-trainer bench --model resnet18 --variant cut --prune-rate 0.9
  swast-trainer bench --model resnet20 --threads 1 --csv >> throughput.csv
  swast-trainer bench --model resnet8 --selector gradmatch --images 20000

Reported quantities, with the columns of --csv:
  training    --batch-size over the median time of a whole step, and over the shortest (train_samples_s,
              train_samples_s_best)
  evaluation  loss and accuracy over as many images, batch norm folded into the convolutions (evaluate_samples_s)
  step        median time of a whole step (step_ms); its parts are timed on their own, the device waited for after
              each: gathering and augmenting (input_ms), forward pass and loss (forward_ms), backward pass
              (backward_ms), optimizer (update_ms); with --graph these are of steps that are not replayed
  host        share of a step until the host has handed all of it to the device; on CUDA alone (host_share)
  memory      largest resident set of the process, its images included; on a CPU alone (memory_mib)
  selection   with --selector: the time of a selection over that of evaluating the same images, in turns
              (select_over_evaluate)
  operations  2 x multiply-adds of three dense forward passes for every sample trained on, a second
              (train_gflops), against the product of two 2048 x 2048 matrices in the same precision (matrix_gflops)")]
pub struct Args {
    /// Network
    #[arg(long, value_enum, default_value = "resnet18")]
    pub model: ModelKind,
    /// Shape of the images, which are random: NAME-shape, for a data set of that name
    #[arg(long, value_parser = shape, default_value = "cifar10-shape")]
    pub dataset: swast_datasets::Shape,
    /// Which parts of the method are on: what a step then does besides plain training
    #[arg(long, value_enum, default_value = "dense")]
    pub variant: Variant,
    /// How weights are pruned: NAME or NAME:KEY=VALUE,...
    #[arg(long, value_name = "SPEC", default_value = "rigl")]
    pub pruner: PrunerSpec,
    /// Prune rate of the backbone and of the classifier
    #[arg(long, default_value_t = 0.9)]
    pub prune_rate: f64,
    /// Also time selections of a tenth with this selector: NAME or NAME:KEY=VALUE,...
    #[arg(long, value_name = "SPEC")]
    pub selector: Option<SelectorSpec>,
    /// Random images to train on or to select from, of which a tenth is held out, and as many to evaluate [default: 2000,
    /// or 1000 of more than 64 pixels a side, or as many as make three batches]
    #[arg(long)]
    pub images: Option<usize>,
    /// Samples in a step
    #[arg(long, default_value_t = 128)]
    pub batch_size: usize,
    /// Timed steps on a CPU, groups of 20 on a GPU; the median counts
    #[arg(long, default_value_t = 20)]
    pub repetitions: usize,
    /// Where and how to compute.
    #[command(flatten)]
    pub machine: Machine,
    /// How steps are taken.
    #[command(flatten)]
    pub stepping: Stepping,
    /// Print a row of CSV with its header instead of a table
    #[arg(long)]
    pub csv: bool,
}

/// Reads `NAME-shape` as the shape of the data set called `NAME`.
fn shape(text: &str) -> Result<swast_datasets::Shape, String> {
    let kind = text.strip_suffix("-shape").and_then(|name| name.parse::<DatasetKind>().ok());
    kind.and_then(DatasetKind::shape).ok_or_else(|| {
        "give NAME-shape with the name of a data set, such as cifar10-shape".to_owned()
    })
}

impl Args {
    fn settings(&self, prepared: Prepared) -> Settings {
        let backbone = BackbonePruning {
            distribution: self.pruner.distribution(),
            first_layer: None,
            fc_prune_rate: self.prune_rate,
        };
        let pruning = Pruning {
            pruner: self.pruner,
            prune_rate: self.prune_rate,
            backbone: (self.variant != Variant::Trim).then_some(backbone),
        };
        let cut = self.variant == Variant::Cut;
        Settings {
            seed: 0,
            dataset: DatasetKind::default(),
            limit_train: None,
            limit_test: None,
            resolution: None,
            skip_broken: 0,
            weights: None,
            model: self.model,
            variant: self.variant,
            selection: self.selector.map(|selector| Selection { selector, fraction: 0.1 }),
            rhythm: None,
            pruning: self.variant.prunes().then_some(pruning),
            preserve: if cut { Preserve::Complete } else { Preserve::None },
            objective: Objective::DEFAULT,
            label_noise: 0.0,
            validation: ValidationLabels::Noisy,
            epochs: EPOCHS,
            batch_size: self.batch_size,
            eval_every: 1,
            learning_rate: RATE,
            sgd: Sgd { momentum: 0.9, weight_decay: 5e-4 },
            precision: prepared.precision,
        }
    }
}

/// Prints a table or CSV on stdout.
pub fn execute(args: &Args) -> Result<()> {
    if args.batch_size < 2 || args.batch_size > 65_536 || args.repetitions == 0 {
        let message = "give --batch-size from 2 to 65536 and --repetitions of at least 1";
        return Err(UsageError(message.to_owned()).into());
    }
    let prepared = args.machine.prepare(None)?;
    let Prepared { device, threads, .. } = prepared;
    args.stepping.prepare(device)?;
    let settings = args.settings(prepared).checked()?;
    let swast_datasets::Shape { side, classes } = args.dataset;
    // A tenth is held out; at least two full mini-batches must be left.
    let least = 3 * args.batch_size;
    let images = args.images.unwrap_or(if side > 64 { 1000 } else { 2000 }.max(least));
    if !(least..=1_000_000).contains(&images) {
        let message = format!("give --images from {least}, three batches, to 1000000");
        return Err(UsageError(message).into());
    }
    let shape = Shape { side, classes, images };
    let (repetitions, Stepping { kernels, graph }) = (args.repetitions, args.stepping);
    let what = Bench { settings, shape, repetitions, device, threads, kernels, graph };
    let found = bench(&what)?;
    if args.csv {
        let mut writer = csv::Writer::from_writer(io::stdout());
        writer.serialize(&found)?;
        writer.flush()?;
    } else {
        print(&found, &mut io::stdout().lock())?;
    }
    Ok(())
}

fn print(found: &Found, out: &mut impl Write) -> io::Result<()> {
    let Found { model, variant, batch_size, device, threads, precision, side, kernels, .. } = found;
    let pruned = match (&found.pruner, found.prune_rate) {
        (Some(pruner), Some(rate)) => format!(" with {pruner} at {:.0} %", 100.0 * rate),
        _ => String::new(),
    };
    writeln!(
        out,
        "{model}, {variant}{pruned}, {side}x{side}, batches of {batch_size}, {precision}, {device}, {threads} threads, {kernels} kernels"
    )?;
    writeln!(
        out,
        "training    {:>10.0} samples/s (best step {:.0})",
        found.train_samples_s, found.train_samples_s_best
    )?;
    writeln!(out, "evaluation  {:>10.0} samples/s", found.evaluate_samples_s)?;
    writeln!(out, "step        {:>10.2} ms", found.step_ms)?;
    for (part, ms) in [
        ("input", found.input_ms),
        ("forward", found.forward_ms),
        ("backward", found.backward_ms),
        ("update", found.update_ms),
    ] {
        writeln!(out, "  {part:9} {ms:>10.2} ms")?;
    }
    if let Some(share) = found.host_share {
        writeln!(out, "host        {:>10.1} % of a step", 100.0 * share)?;
    }
    if let Some(mib) = found.memory_mib {
        writeln!(out, "memory      {mib:>10.0} MiB at most")?;
    }
    if let (Some(selector), Some(ratio)) = (&found.selector, found.select_over_evaluate) {
        writeln!(
            out,
            "selection   {ratio:>10.3} x the evaluation of the same images ({selector})"
        )?;
    }
    writeln!(
        out,
        "operations  {:>10.1} GFLOP/s, {:.0} % of the {:.1} GFLOP/s of a matrix product",
        found.train_gflops,
        100.0 * found.train_gflops / found.matrix_gflops,
        found.matrix_gflops
    )
}
