//! `swast-trainer bench`: how fast a model trains and is evaluated here.

use std::io::{self, Write};

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use crate::libtorch::arithmetic::{Precision, prepare_arithmetic};
use crate::libtorch::{DeviceChoice, prepare_cpu};
use crate::model::ModelKind;
use crate::run::bench::{Bench, Found, Shape, bench};
use swast_tables::usage::UsageError;

/// Measure how fast a model trains and is evaluated on this machine
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer bench --model resnet8
  swast-trainer bench --model resnet18 --dataset cifar10-shape --device cuda --batch-size 128
  swast-trainer bench --model resnet20 --threads 1 --csv >> throughput.csv

What is told, with the columns of --csv:
  training    --batch-size over the median time of a whole step, and over the shortest (train_samples_s,
              train_samples_s_best)
  evaluation  loss and accuracy over as many images, batch norm folded into the convolutions (evaluate_samples_s)
  step        median time of a whole step (step_ms); its parts are timed on their own, the device waited for after
              each: gathering and augmenting (input_ms), forward pass and loss (forward_ms), backward pass
              (backward_ms), optimizer (update_ms)
  host        share of a step until the host has handed all of it to the device; on CUDA alone (host_share)
  memory      largest resident set of the process, its images included; on a CPU alone (memory_mib)
  operations  2 x multiply-adds of three dense forward passes for every sample trained on, a second
              (train_gflops), against the product of two 2048 x 2048 matrices in the same precision (matrix_gflops)")]
pub struct Args {
    /// Network
    #[arg(long, value_enum, default_value = "resnet18")]
    pub model: ModelKind,
    /// Shape of the images, which are random
    #[arg(long, value_enum, default_value = "cifar10-shape")]
    pub dataset: DataShape,
    /// Samples in a step
    #[arg(long, default_value_t = 128)]
    pub batch_size: usize,
    /// Timed steps on a CPU, groups of 20 on a GPU; the median counts
    #[arg(long, default_value_t = 20)]
    pub repetitions: usize,
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
    /// Print a row of CSV with its header instead of a table
    #[arg(long)]
    pub csv: bool,
}

/// Shapes that can be named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DataShape {
    /// 32x32, 10 classes.
    #[value(name = "cifar10-shape")]
    Cifar10,
    /// 32x32, 100 classes.
    #[value(name = "cifar100-shape")]
    Cifar100,
    /// 64x64, 200 classes.
    #[value(name = "tinyimagenet-shape")]
    TinyImageNet,
    /// 224x224, 1,000 classes.
    #[value(name = "imagenet-shape")]
    ImageNet,
}

impl DataShape {
    fn shape(self, batch_size: usize) -> Shape {
        let (side, classes, images) = match self {
            Self::Cifar10 => (32, 10, 2000),
            Self::Cifar100 => (32, 100, 2000),
            Self::TinyImageNet => (64, 200, 2000),
            Self::ImageNet => (224, 1000, 1000),
        };
        // A tenth is held out; at least two full mini-batches must be left.
        Shape { side, classes, images: images.max(3 * batch_size) }
    }
}

/// Prints a table or CSV on stdout.
pub fn execute(args: &Args) -> Result<()> {
    if args.batch_size < 2 || args.batch_size > 65_536 || args.repetitions == 0 {
        let message = "give --batch-size from 2 to 65536 and --repetitions of at least 1";
        return Err(UsageError(message.to_owned()).into());
    }
    let threads = prepare_cpu(args.threads);
    let device = args.device.open()?;
    let precision = Precision::resolve(args.precision, device)?;
    prepare_arithmetic(precision, args.deterministic);
    let what = Bench {
        model: args.model,
        shape: args.dataset.shape(args.batch_size),
        batch_size: args.batch_size,
        repetitions: args.repetitions,
        device,
        precision,
        threads,
    };
    let found = bench(&what);
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
    let Found { model, batch_size, device, threads, precision, side, .. } = found;
    writeln!(
        out,
        "{model}, {side}x{side}, batches of {batch_size}, {precision}, {device}, {threads} threads"
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
    writeln!(
        out,
        "operations  {:>10.1} GFLOP/s, {:.0} % of the {:.1} GFLOP/s of a matrix product",
        found.train_gflops,
        100.0 * found.train_gflops / found.matrix_gflops,
        found.matrix_gflops
    )
}
