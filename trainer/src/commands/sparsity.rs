//! `swast-trainer sparsity`: what a prune rate leaves of every layer, before anything is trained.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args as ClapArgs;
use swast_tables::usage::note;

use crate::model::{Architecture, ModelKind};
use crate::sparsity::budget::{Budget, Spread, active_counts};
use crate::sparsity::distribution::{Distribution, FirstLayer};
use crate::sparsity::flops;
use swast_tables::usage::UsageError;

/// Show how a prune rate is spread over the layers of a model, and what it saves
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer sparsity --model resnet18 --prune-rate 0.9               # one ERK budget over all layers
  swast-trainer sparsity --model resnet18 --prune-rate 0.9 --fc-prune-rate 0.9   # as SWaST-cut does it
  swast-trainer sparsity --model resnet50 --classes 1000 --resolution 224 --csv > resnet50.csv")]
pub struct Args {
    /// Network
    #[arg(long, value_enum, default_value = "resnet18")]
    pub model: ModelKind,
    /// Number of classes
    #[arg(long, default_value_t = 10)]
    pub classes: usize,
    /// Side of the square images
    #[arg(long, default_value_t = 32)]
    pub resolution: usize,
    /// How the rate is spread over the layers
    #[arg(long, value_enum, default_value = "erk")]
    pub distribution: Distribution,
    /// Whether the first layer is pruned [default: dense for uniform, pruned for erk and er]
    #[arg(long, value_enum)]
    pub first_layer: Option<FirstLayer>,
    /// Prune rate
    #[arg(long, default_value_t = 0.9)]
    pub prune_rate: f64,
    /// A prune rate of its own for the classifier; without it one budget covers all layers
    #[arg(long)]
    pub fc_prune_rate: Option<f64>,
    /// Print CSV with full precision instead of a table
    #[arg(long)]
    pub csv: bool,
}

/// Prints a row per layer on stdout, and totals on stderr.
pub fn execute(args: &Args) -> Result<()> {
    for (flag, rate) in
        [("prune-rate", Some(args.prune_rate)), ("fc-prune-rate", args.fc_prune_rate)]
    {
        if rate.is_some_and(|r| !(0.0..1.0).contains(&r)) {
            let rate = rate.unwrap_or_default();
            let message = format!("--{flag} {rate}: give a rate of at least 0 and under 1");
            return Err(UsageError(message).into());
        }
    }
    if args.classes == 0 || !(8..=4096).contains(&args.resolution) {
        let message = "give --classes of at least 1 and --resolution from 8 to 4096";
        return Err(UsageError(message.to_owned()).into());
    }
    let layers = Architecture::new(args.model, args.classes, args.resolution).layers();
    let rate = args.prune_rate;
    let mut spread = Spread::usual(args.distribution);
    spread.first_layer = args.first_layer.unwrap_or(spread.first_layer);
    let budget = match args.fc_prune_rate {
        Some(classifier) => Budget::Split { spread, backbone: rate, classifier },
        None => Budget::Joint { spread, rate },
    };
    let densities = budget.densities(&layers).ok_or_else(|| {
        let message = "--distribution global: training decides what stays of each layer; give erk, er or uniform";
        UsageError(message.to_owned())
    })?;
    let active = active_counts(&layers, &densities);
    let mut out = io::stdout().lock();
    if args.csv {
        writeln!(out, "name,shape,weights,density,active,flops")?;
    } else {
        writeln!(
            out,
            "{:24} {:>16} {:>9} {:>8} {:>9} {:>12}",
            "name", "shape", "weights", "density", "active", "flops"
        )?;
    }
    for ((layer, density), &active) in layers.iter().zip(&densities).zip(&active) {
        let shape: Vec<_> = layer.shape.iter().map(usize::to_string).collect();
        let (shape, weights) = (shape.join("x"), layer.weights());
        let flops = flops::forward(std::slice::from_ref(layer), &[active]);
        if args.csv {
            writeln!(out, "{},{shape},{weights},{density},{active},{flops}", layer.name)?;
        } else {
            writeln!(
                out,
                "{:24} {shape:>16} {weights:>9} {density:>8.4} {active:>9} {flops:>12}",
                layer.name
            )?;
        }
    }
    let weights: usize = layers.iter().map(|l| l.weights()).sum();
    let kept: usize = active.iter().sum();
    let (sparse, dense) = (flops::forward(&layers, &active), flops::forward_dense(&layers));
    note(format!(
        "{kept} of {weights} weights active (density {:.6}); {sparse} of {dense} FLOPs per forward pass ({:.6})",
        kept as f64 / weights as f64,
        sparse / dense,
    ));
    Ok(())
}
