//! The command `swast-select`, also `swast-trainer select`: a coreset of the rows of given files, without any training;
//! and help on the methods.

mod bar;
mod each;
mod inputs;
mod notes;
mod numbers;
mod request;
mod summary;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args as ClapArgs, ValueEnum};
use swast_tables::folder::claim;
use swast_tables::spec::{Given, SpecError};
use swast_tables::table;
use swast_tables::usage::{UsageError, note};

use self::inputs::{Inputs, classes_of};
use self::numbers::{Matrix, Precision, read_labels};
use self::summary::summary;
use crate::guide::WEIGHTED_LOSS;
use crate::quota::class_sizes;
use crate::{Coreset, Moment, Need, SelectError, Spec};

/// Select a coreset from labels and gradients, features or probabilities
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = after_help())]
pub struct Args {
    /// How to select: a method with its options, NAME or NAME:KEY=VALUE,...
    #[arg(long, visible_alias = "selector", value_name = "SPEC", value_parser = method)]
    pub method: Given,
    /// Number of rows to choose; full takes all and needs none
    #[arg(long, value_name = "B", allow_negative_numbers = true)]
    pub budget: Option<usize>,
    /// Number of rows to choose of each class; of a class with fewer, all
    #[arg(long, value_name = "K", allow_negative_numbers = true, conflicts_with = "budget")]
    pub budget_per_class: Option<usize>,
    /// Label of each row, from 0
    #[arg(long, value_name = "Y.npy")]
    pub labels: PathBuf,
    /// Gradient of each row
    #[arg(long, value_name = "G.npy", conflicts_with_all = ["features", "probabilities"])]
    pub gradients: Option<PathBuf>,
    /// Penultimate features of each row
    #[arg(long, value_name = "F.npy")]
    pub features: Option<PathBuf>,
    /// Softmax probabilities of each row
    #[arg(long, value_name = "P.npy")]
    pub probabilities: Option<PathBuf>,
    /// Gradient of each held-out row [default: the rows themselves are held out]
    #[arg(long, value_name = "V.npy", requires = "gradients")]
    pub validation_gradients: Option<PathBuf>,
    /// Features of each held-out row
    #[arg(long, value_name = "VF.npy", requires = "features")]
    pub validation_features: Option<PathBuf>,
    /// Probabilities of each held-out row
    #[arg(long, value_name = "VP.npy", requires = "probabilities")]
    pub validation_probabilities: Option<PathBuf>,
    /// Label of each held-out row
    #[arg(long, value_name = "VY.npy")]
    pub validation_labels: Option<PathBuf>,
    /// Whether each row was classified correctly (1) or not (0) each time it was trained on, a column per time
    #[arg(long, value_name = "C.npy")]
    pub correctness: Option<PathBuf>,
    /// Whether the first row of every CSV file names its columns [default: it does if it holds no number]
    #[arg(long, value_name = "yes|no", value_enum, hide_possible_values = true)]
    pub header: Option<Header>,
    /// Select within each class, with the budget shared out in proportion; --budget-per-class shares it out equally
    #[arg(long)]
    pub per_class: bool,
    /// The option `ridge` of the method
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub ridge: Option<String>,
    /// The option `compat` of the method: follow the published code of others where that is a matter of choice: budgets
    /// rounded as theirs (the total may not be B), their ridge, distance and weights, their classes one by one
    #[arg(long, value_name = "CODE")]
    pub compat: Option<String>,
    /// Consecutive rows in a mini-batch, where whole batches are chosen [default: 128]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: Option<u32>,
    /// Learning rate of the step ahead [default: 0.05]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Epoch about to start, from 1, where the choice depends on it
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

/// Whether the first row of a CSV file names its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Header {
    /// It names them.
    Yes,
    /// It is of numbers.
    No,
}

/// The spec `text` of a method that there is.
fn method(text: &str) -> Result<Given, SpecError> {
    let given = Given::parse(text)?;
    Spec::named(&given.name)?;
    Ok(given)
}

fn after_help() -> String {
    format!(
        "\
{}
Examples:
  swast-select --method gradmatch --budget 100 --labels y.npy --gradients g.npy
  swast-select --method gradmatch --budget 100 --labels y.npy --features f.npy --probabilities p.npy --per-class
  swast-select --method craig:scope=per-class --budget 100 --labels y.npy --probabilities p.npy
  swast-select --method glister:greedy=stochastic --budget 100 --labels y.npy --probabilities p.npy \\
      --validation-labels vy.npy --validation-probabilities vp.npy
  swast-select --method moderate:centre=mean --budget 100 --labels y.npy --features f.npy
  swast-select --method el2n --budget 100 --labels y.npy --probabilities p.npy
  swast-select --method forgetting --budget 100 --labels y.npy --correctness c.npy

Prints CSV index,weight in the order of choice; stderr says in four lines what was chosen,
and notes what is lost. Files are .npy (labels of any type whose values are whole;
matrices of any real type, a row per sample) or CSV without a header or with one; a pipe may hold up to 256 MiB. Methods that compare gradients of the last layer take those
given, or what follows from probabilities p and features h: (p - y) [1; h], or p - y alone.",
        methods()
    )
}

/// The methods, and what to know of each to choose one.
fn methods() -> String {
    let block =
        |spec: &Spec| format!("  {}: {}\n{}", spec.name(), spec.about(), spec.guide().lines(6));
    let blocks: String = Spec::all().iter().map(block).collect();
    format!(
        "\
Methods (`swast-select help NAME` lists the options of one; all need labels):
{blocks}
{WEIGHTED_LOSS}"
    )
}

/// What help prints: what to know to choose a method, or all about the one called `name`.
///
/// # Errors
/// A [`UsageError`] when there is none of that name.
pub fn help(name: Option<&str>) -> Result<String> {
    let Some(name) = name else { return Ok(methods()) };
    Ok(Spec::named(name).map_err(|error| UsageError(error.to_string()))?.describe())
}

/// Prints the coreset that `args` ask for on stdout.
///
/// # Errors
/// A [`UsageError`] where flags are missing or do not fit the method; otherwise what is wrong with a file.
pub fn execute(args: &Args) -> Result<()> {
    let Selected { coreset, notes } = select(args)?;
    notes.iter().for_each(note);
    let csv = encode(&coreset)?;
    if let Some(folder) = &args.out {
        table::replace(&folder.join("coreset.csv"), &csv)?;
    }
    io::stdout().lock().write_all(&csv).context("stdout")
}

fn encode(coreset: &Coreset) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["index", "weight"])?;
    for row in coreset.indices.iter().zip(&coreset.weights) {
        writer.serialize(row)?;
    }
    Ok(writer.into_inner()?)
}

/// A coreset, and lines on it for stderr.
#[derive(Debug)]
struct Selected {
    coreset: Coreset,
    notes: Vec<String>,
}

fn select(args: &Args) -> Result<Selected> {
    let start = Instant::now();
    let spec = request::spec(args)?;
    request::check(args, &spec)?;
    if let Some(folder) = &args.out {
        claim(folder)?;
    }
    let inputs = bar::reading(|| read(args, &spec))?;
    let time = start.elapsed();
    if inputs.is_single() {
        select_in::<f32>(args, &spec, inputs, time)
    } else {
        select_in::<f64>(args, &spec, inputs, time)
    }
}

/// The files that `args` name, once their labels are known to be such as `spec` can choose among.
fn read(args: &Args, spec: &Spec) -> Result<Inputs<Matrix>> {
    let labels = read_labels(&args.labels, args.header)?;
    let (rows, sizes) = (labels.len(), class_sizes(&labels, classes_of(&labels)));
    if let Some(budget) = args.budget.filter(|budget| spec.takes_all() && *budget != rows) {
        let message = format!("--budget {budget}: {spec} takes all {rows} rows; leave it out");
        return Err(UsageError(message).into());
    }
    let checked = match args.budget_per_class {
        Some(each) => each::check(spec, &sizes, each),
        None => spec.check(&sizes, args.budget.unwrap_or(rows)),
    };
    checked.map_err(|error| explain(args, spec, error))?;
    Inputs::read(args, labels)
}

/// The coreset that `args` ask for of the `inputs`, which it took some time to `read`.
fn select_in<E: Precision>(
    args: &Args,
    spec: &Spec,
    inputs: Inputs<Matrix>,
    read: Duration,
) -> Result<Selected> {
    let start = Instant::now();
    let usual = Moment::default();
    let moment = Moment {
        seed: args.seed,
        epoch: args.epoch,
        epochs: args.epochs,
        batch_size: args.batch_size.map_or(usual.batch_size, |size| size as usize),
        rate: args.learning_rate.unwrap_or(usual.rate),
    };
    let inputs = inputs.in_precision::<E>();
    let pool = inputs.pool(moment);
    let coreset = match args.budget_per_class {
        Some(each) => bar::choosing(each::total(&pool, each), || each::select(spec, &pool, each)),
        None => {
            let budget = args.budget.unwrap_or(pool.labels.len());
            bar::choosing(budget, || spec.selector().select(&pool, budget))
        }
    };
    let coreset = coreset.map_err(|error| explain(args, spec, error))?;
    let mut notes = inputs.notes().to_vec();
    let times = (read, start.elapsed());
    notes.extend(summary(&coreset, pool.labels, pool.evidence.probabilities, times));
    notes.extend(notes::notes(&coreset, pool.labels, spec));
    Ok(Selected { coreset, notes })
}

/// `error` in terms of the flags.
fn explain(args: &Args, spec: &Spec, error: SelectError) -> anyhow::Error {
    let flag = if args.budget_per_class.is_some() { "--budget-per-class" } else { "--budget" };
    let instead = spec.needs().has(Need::Gradients) && args.gradients.is_none();
    let alternative = if instead { ", or --gradients" } else { "" };
    match error {
        SelectError::Missing { selector, what } => {
            UsageError(format!("--{what} is missing: {selector} needs it{alternative}")).into()
        }
        SelectError::Budget { .. } => UsageError(format!("{flag}: {error}")).into(),
        SelectError::Nothing { budget } => {
            UsageError(format!("{flag} {budget}: rounds to no sample of any class; raise it"))
                .into()
        }
        SelectError::Option(error) => UsageError(format!("--method: {error}")).into(),
        error => error.into(),
    }
}

/// `bytes` as a matrix and as labels, in .npy files or as text, for `make fuzz`. Whatever the bytes, it returns.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    numbers::fuzz(bytes);
}

#[cfg(test)]
mod tests;
