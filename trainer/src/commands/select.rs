//! `swast-trainer select`: a coreset of the rows of given files, without any training.

mod numbers;

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use ndarray::Array2;
use swast_figures::table;

use self::numbers::{Matrix, read_labels, read_matrix};
use super::UsageError;
use crate::selector::gradmatch::{GradMatch, Shortfall};
use crate::selector::moderate::Centre;
use crate::selector::quota::Scope;
use crate::selector::{Coreset, Kind, Options, Outputs, Pool, SelectError, build};

/// Select a coreset from labels and gradients, features or probabilities
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer select --method gradmatch --budget 100 --labels y.npy --gradients g.npy
  swast-trainer select --method gradmatch --budget 100 --labels y.npy --features f.npy --probabilities p.npy --per-class
  swast-trainer select --method moderate --budget 100 --labels y.npy --features f.npy
  swast-trainer select --method el2n --budget 100 --labels y.npy --probabilities p.npy

Prints CSV index,weight in the order of choice. Files are .npy (labels u1, i4 or i8; matrices f4 or f8,
a row per sample) or CSV without a header or with one.")]
pub struct Args {
    /// How to select
    #[arg(long, value_enum)]
    pub method: Kind,
    /// Number of rows to choose; full takes all and needs none
    #[arg(long, value_name = "B")]
    pub budget: Option<usize>,
    /// Label of each row, from 0
    #[arg(long, value_name = "Y.npy")]
    pub labels: PathBuf,
    /// Gradient of each row, for gradmatch
    #[arg(long, value_name = "G.npy", conflicts_with_all = ["features", "probabilities"])]
    pub gradients: Option<PathBuf>,
    /// Penultimate features of each row, for gradmatch (with --probabilities) and moderate
    #[arg(long, value_name = "F.npy")]
    pub features: Option<PathBuf>,
    /// Softmax probabilities of each row, for gradmatch (with --features) and el2n
    #[arg(long, value_name = "P.npy")]
    pub probabilities: Option<PathBuf>,
    /// Select within each class, with the budget shared out in proportion (gradmatch, moderate)
    #[arg(long)]
    pub per_class: bool,
    /// Ridge of the least squares of gradmatch [default: 0]
    #[arg(long, value_name = "R")]
    pub ridge: Option<f64>,
    /// Centre of a class for moderate [default: median]
    #[arg(long, value_enum)]
    pub centre: Option<Centre>,
    /// Epoch about to start, from 1: el2n takes the highest scores before half of --epochs, the lowest
    /// from there on; random-redrawn draws anew at each
    #[arg(long, value_name = "T", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub epoch: u32,
    /// Epochs of the whole run
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: u32,
    /// Seed of random choices
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Also write the coreset to coreset.csv in this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Prints the coreset that `args` ask for on stdout.
///
/// # Errors
/// A [`UsageError`] where flags are missing or do not fit the method; otherwise what is wrong with a file.
pub fn run(args: &Args) -> Result<()> {
    let csv = encode(&select(args)?)?;
    if let Some(folder) = &args.out {
        table::replace(&folder.join("coreset.csv"), &csv)?;
    }
    match io::stdout().lock().write_all(&csv) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("stdout"),
    }
}

fn encode(coreset: &Coreset<f64>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["index", "weight"])?;
    for row in coreset.indices.iter().zip(&coreset.weights) {
        writer.serialize(row)?;
    }
    Ok(writer.into_inner()?)
}

fn select(args: &Args) -> Result<Coreset<f64>> {
    check_flags(args)?;
    let labels = read_labels(&args.labels)?;
    let read = |path: &Option<PathBuf>| path.as_deref().map(read_matrix).transpose();
    let (features, probabilities) = (read(&args.features)?, read(&args.probabilities)?);
    let named = labels.iter().max().map_or(1, |&label| usize::from(label) + 1);
    let classes = probabilities.as_ref().map_or(named, Matrix::columns);
    // An absent matrix has no columns; selectors that need it say so.
    let absent = || Array2::zeros((labels.len(), 0));
    let outputs = Outputs {
        features: features.map_or_else(absent, Matrix::into_doubles),
        probabilities: probabilities.map_or_else(absent, Matrix::into_doubles),
    };
    let pool = Pool {
        labels: &labels,
        classes,
        outputs: Some(&outputs),
        seed: args.seed,
        epoch: args.epoch,
        epochs: args.epochs,
    };
    let budget = args.budget.unwrap_or(labels.len());
    if args.method == Kind::Full && budget != labels.len() {
        let message =
            format!("--budget {budget}: full takes all {} rows; leave it out", labels.len());
        return Err(UsageError(message).into());
    }
    let coreset = match read(&args.gradients)? {
        None => build(args.method, options(args)).select(&pool, budget),
        Some(Matrix::Single(rows)) => gradmatch(args).select_rows(&pool, &rows.view(), budget),
        Some(Matrix::Double(rows)) => gradmatch(args).select_rows(&pool, &rows.view(), budget),
    };
    coreset.map_err(|error| explain(args, error))
}

fn options(args: &Args) -> Options {
    let scope = if args.per_class { Scope::PerClass } else { Scope::Global };
    Options {
        ridge: args.ridge.unwrap_or(0.0),
        gradmatch_scope: scope,
        gradmatch_shortfall: Shortfall::WeightZero,
        moderate_centre: args.centre.unwrap_or(Centre::Median),
        moderate_scope: scope,
    }
}

fn gradmatch(args: &Args) -> GradMatch {
    let options = options(args);
    GradMatch {
        ridge: options.ridge,
        scope: options.gradmatch_scope,
        shortfall: options.gradmatch_shortfall,
    }
}

/// Refuses flags that the method would ignore, and the absence of the budget.
fn check_flags(args: &Args) -> Result<(), UsageError> {
    let method = args.method;
    let foreign = [
        ("--per-class", args.per_class, &[Kind::GradMatch, Kind::Moderate][..]),
        ("--ridge", args.ridge.is_some(), &[Kind::GradMatch]),
        ("--gradients", args.gradients.is_some(), &[Kind::GradMatch]),
        ("--centre", args.centre.is_some(), &[Kind::Moderate]),
    ];
    for (flag, given, methods) in foreign {
        if given && !methods.contains(&method) {
            return Err(UsageError(format!("{flag}: {method} has no use for it; leave it out")));
        }
    }
    if args.budget.is_none() && method != Kind::Full {
        return Err(UsageError(format!(
            "--budget is missing: {method} needs to know how many rows"
        )));
    }
    Ok(())
}

/// `error` in terms of the flags.
fn explain(args: &Args, error: SelectError) -> anyhow::Error {
    let alternative = if args.method == Kind::GradMatch { ", or --gradients" } else { "" };
    match error {
        SelectError::Missing { selector, what } => {
            UsageError(format!("--{what} is missing: {selector} needs it{alternative}")).into()
        }
        SelectError::Budget { .. } => UsageError(format!("--budget: {error}")).into(),
        SelectError::Ridge { .. } => UsageError(format!("--ridge: {error}")).into(),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests;
