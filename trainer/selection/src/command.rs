//! `swast-trainer select`: a coreset of the rows of given files, without any training.

mod numbers;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use ndarray::Array2;
use swast_tables::table;

use self::numbers::{
    Matrix, Precision, check_fit, check_labels, read_correctness, read_labels, read_matrix,
    read_probabilities,
};
use crate::gradients::LastLayer;
use crate::method::glister::Greedy;
use crate::method::gradmatch::{Matching, Shortfall};
use crate::method::moderate::Centre;
use crate::quota::Scope;
use crate::{Compat, Coreset, Kind, Options, Outputs, Pool, SelectError, Validation, build};
use swast_tables::names::name_of;
use swast_tables::usage::UsageError;

/// Select a coreset from labels and gradients, features or probabilities
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer select --method gradmatch --budget 100 --labels y.npy --gradients g.npy
  swast-trainer select --method gradmatch --budget 100 --labels y.npy --features f.npy --probabilities p.npy --per-class
  swast-trainer select --method craig --budget 100 --labels y.npy --probabilities p.npy --per-class
  swast-trainer select --method glister --budget 100 --labels y.npy --probabilities p.npy \\
      --validation-labels vy.npy --validation-probabilities vp.npy
  swast-trainer select --method moderate --budget 100 --labels y.npy --features f.npy
  swast-trainer select --method el2n --budget 100 --labels y.npy --probabilities p.npy
  swast-trainer select --method forgetting --budget 100 --labels y.npy --correctness c.npy

Prints CSV index,weight in the order of choice. Files are .npy (labels u1, i4 or i8; matrices f4 or f8,
a row per sample) or CSV without a header or with one. gradmatch, craig, glister and grand compare gradients of
the last layer: those given, or what follows from probabilities p and features h: (p - y) [1; h], and p - y
without features (craig, glister).")]
pub struct Args {
    /// How to select
    #[arg(long, value_enum)]
    pub method: Kind,
    /// Number of rows to choose; full takes all and needs none
    #[arg(long, value_name = "B", allow_negative_numbers = true)]
    pub budget: Option<usize>,
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
    /// Gradient of each held-out row, for glister [default: the rows themselves are held out]
    #[arg(long, value_name = "V.npy", requires = "gradients")]
    pub validation_gradients: Option<PathBuf>,
    /// Features of each held-out row, for glister
    #[arg(long, value_name = "VF.npy", requires = "features")]
    pub validation_features: Option<PathBuf>,
    /// Probabilities of each held-out row, for glister
    #[arg(long, value_name = "VP.npy", requires = "probabilities")]
    pub validation_probabilities: Option<PathBuf>,
    /// Label of each held-out row, for glister
    #[arg(long, value_name = "VY.npy")]
    pub validation_labels: Option<PathBuf>,
    /// Whether each row was classified correctly (1) or not (0) each time it was trained on, a column per time, for
    /// forgetting
    #[arg(long, value_name = "C.npy")]
    pub correctness: Option<PathBuf>,
    /// Select within each class, with the budget shared out in proportion
    #[arg(long)]
    pub per_class: bool,
    /// Whose sum of gradients gradmatch matches, by what [default: global]
    #[arg(long, value_enum, conflicts_with = "per_class")]
    pub matching: Option<Matching>,
    /// Consecutive rows in a mini-batch of gradmatch --matching per-batch [default: 128]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: Option<u32>,
    /// Ridge of the least squares of gradmatch [default: 0; cords: 0.5, per-batch 0; deepcore: 1]
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub ridge: Option<f64>,
    /// Which candidates glister looks at in each step [default: naive; cords: stochastic]
    #[arg(long, value_enum)]
    pub greedy: Option<Greedy>,
    /// Learning rate of the step ahead of glister [default: 0.05]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Centre of a class for moderate [default: median]
    #[arg(long, value_enum)]
    pub centre: Option<Centre>,
    /// Rows of a smaller score that el2n passes over, to keep the ranks from there on, smallest first [default: el2n
    /// keeps the largest scores]
    #[arg(long, value_name = "RANK", allow_negative_numbers = true)]
    pub offset: Option<usize>,
    /// Follow the published code of others where that is a matter of choice: budgets rounded as theirs (the total may
    /// not be B), their ridge, distance and weights; classes one by one for craig and gradmatch
    #[arg(long, value_enum)]
    pub compat: Option<Compat>,
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
pub fn execute(args: &Args) -> Result<()> {
    let csv = encode(&select(args)?)?;
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

/// The matrices that describe some rows.
struct Tables<M> {
    gradients: Option<M>,
    features: Option<M>,
    probabilities: Option<M>,
}

impl<M> Tables<M> {
    fn all(&self) -> impl Iterator<Item = &M> {
        [&self.gradients, &self.features, &self.probabilities].into_iter().flatten()
    }
}

impl Tables<Matrix> {
    /// Reads the files at the paths given, each with a row for each of `labels` from the file beside them; without
    /// labels they may have any number of rows.
    fn read(
        [gradients, features, probabilities]: [&Option<PathBuf>; 3],
        labels: Option<(&Path, usize)>,
    ) -> Result<Self> {
        let read = |path: &Option<PathBuf>, read: fn(&Path) -> Result<Matrix>| {
            let Some(path) = path else { return Ok(None) };
            let matrix = read(path)?;
            check_fit(&matrix, path, labels)?;
            anyhow::Ok(Some(matrix))
        };
        Ok(Self {
            gradients: read(gradients, read_matrix)?,
            features: read(features, read_matrix)?,
            probabilities: read(probabilities, read_probabilities)?,
        })
    }

    /// The gradients, and the outputs of `rows` rows. An absent matrix has no columns; selectors that need it
    /// say so.
    fn in_precision<E: Precision>(self, rows: usize) -> (Option<Array2<E>>, Outputs<E>) {
        let filled = |matrix: Option<Matrix>| {
            matrix.map_or_else(|| Array2::from_elem((rows, 0), E::narrow(0.0)), E::of)
        };
        let (features, probabilities) = (filled(self.features), filled(self.probabilities));
        (self.gradients.map(E::of), Outputs { features, probabilities })
    }
}

fn select(args: &Args) -> Result<Coreset> {
    check_flags(args)?;
    let labels = read_labels(&args.labels)?;
    let own = Tables::read(
        [&args.gradients, &args.features, &args.probabilities],
        Some((&args.labels, labels.len())),
    )?;
    let held_out_labels = args.validation_labels.as_deref().map(read_labels).transpose()?;
    let held_out = Tables::read(
        [&args.validation_gradients, &args.validation_features, &args.validation_probabilities],
        args.validation_labels.as_deref().zip(held_out_labels.as_ref().map(Vec::len)),
    )?;
    let single = own.all().chain(held_out.all()).all(|m| matches!(m, Matrix::Single(_)));
    if single {
        select_in::<f32>(args, (&labels, held_out_labels), own, held_out)
    } else {
        select_in::<f64>(args, (&labels, held_out_labels), own, held_out)
    }
}

fn select_in<E: Precision>(
    args: &Args,
    (labels, held_out_labels): (&[u16], Option<Vec<u16>>),
    own: Tables<Matrix>,
    held_out: Tables<Matrix>,
) -> Result<Coreset> {
    let named = labels.iter().max().map_or(1, |&label| usize::from(label) + 1);
    let classes = own.probabilities.as_ref().map_or(named, Matrix::columns);
    check_labels(labels, &args.labels, classes)?;
    if let (Some(path), Some(labels)) = (&args.validation_labels, &held_out_labels) {
        check_labels(labels, path, classes)?;
    }
    let (gradients, outputs) = own.in_precision::<E>(labels.len());
    // Given gradients are not asked for the labels of held-out rows, unless classes are.
    let held_out_labels = held_out_labels
        .unwrap_or_else(|| vec![0; held_out.gradients.as_ref().map_or(0, Matrix::rows)]);
    let (held_out_gradients, held_out_outputs) = held_out.in_precision::<E>(held_out_labels.len());
    let validation = (!held_out_labels.is_empty()).then(|| Validation {
        labels: &held_out_labels,
        outputs: Some(&held_out_outputs),
        gradients: held_out_gradients.as_ref(),
    });
    let history = args.correctness.as_deref().map(read_correctness).transpose()?;
    let pool = Pool {
        history: history.as_ref(),
        outputs: Some(&outputs),
        gradients: gradients.as_ref(),
        validation,
        seed: args.seed,
        epoch: args.epoch,
        epochs: args.epochs,
        ..Pool::labelled(labels, classes)
    };
    let budget = args.budget.unwrap_or(labels.len());
    if args.method == Kind::Full && budget != labels.len() {
        let message =
            format!("--budget {budget}: full takes all {} rows; leave it out", labels.len());
        return Err(UsageError(message).into());
    }
    let coreset = build(args.method, options(args)).select(&pool, budget);
    let coreset = coreset.map_err(|error| explain(args, error))?;
    if coreset.indices.is_empty() {
        // DeepCore rounds the share of a class to 0 where it is half a sample or less.
        let message = format!("--budget {budget}: rounds to no sample of any class; raise it");
        return Err(UsageError(message).into());
    }
    Ok(coreset)
}

fn options(args: &Args) -> Options {
    let scope = if args.per_class { Scope::PerClass } else { Scope::Global };
    let classes = args.per_class || args.compat.is_some();
    let whole = if classes { Matching::PerClass } else { Matching::Global };
    let matching = args.matching.unwrap_or(whole);
    let ridge = match args.compat {
        None | Some(Compat::Craig) => 0.0,
        Some(Compat::Cords) if matching == Matching::PerBatch => 0.0,
        Some(Compat::Cords) => 0.5,
        Some(Compat::Deepcore) => 1.0,
    };
    let naive = args.compat != Some(Compat::Cords);
    Options {
        compat: args.compat,
        ridge: args.ridge.unwrap_or(ridge),
        matching,
        batch_size: args.batch_size.map_or(Options::TRAINING.batch_size, |size| size as usize),
        shortfall: Shortfall::WeightZero,
        gradient: if args.features.is_some() { LastLayer::Full } else { LastLayer::Bias },
        craig_scope: scope,
        greedy: args.greedy.unwrap_or(if naive { Greedy::Naive } else { Greedy::Stochastic }),
        glister_scope: scope,
        rate: args.learning_rate.unwrap_or(Options::TRAINING.rate),
        el2n_offset: args.offset,
        moderate_centre: args.centre.unwrap_or(Centre::Median),
        moderate_scope: scope,
        k_center_scope: scope,
        herding_scope: scope,
    }
}

/// Methods that have a use for each flag that not all have.
fn foreign(args: &Args) -> [(&'static str, bool, &'static [Kind]); 13] {
    use Kind::{Craig, El2n, Forgetting, Glister, GradMatch, Grand, Herding, KCenter, Moderate};
    let validation = [
        ("--validation-gradients", args.validation_gradients.is_some()),
        ("--validation-features", args.validation_features.is_some()),
        ("--validation-probabilities", args.validation_probabilities.is_some()),
        ("--validation-labels", args.validation_labels.is_some()),
    ];
    let [gradients, features, probabilities, labels] =
        validation.map(|(flag, given)| (flag, given, &[Glister][..]));
    [
        ("--per-class", args.per_class, &[GradMatch, Craig, Glister, Moderate, KCenter, Herding]),
        ("--matching", args.matching.is_some(), &[GradMatch]),
        ("--ridge", args.ridge.is_some(), &[GradMatch]),
        ("--gradients", args.gradients.is_some(), &[GradMatch, Craig, Glister, Grand]),
        ("--greedy", args.greedy.is_some(), &[Glister]),
        ("--learning-rate", args.learning_rate.is_some(), &[Glister]),
        ("--offset", args.offset.is_some(), &[El2n]),
        ("--centre", args.centre.is_some(), &[Moderate]),
        ("--correctness", args.correctness.is_some(), &[Forgetting]),
        gradients,
        features,
        probabilities,
        labels,
    ]
}

/// Refuses flags that the method would ignore, and the absence of what it needs.
fn check_flags(args: &Args) -> Result<(), UsageError> {
    let method = args.method;
    for (flag, given, methods) in foreign(args) {
        if given && !methods.contains(&method) {
            return Err(UsageError(format!("{flag}: {method} has no use for it; leave it out")));
        }
    }
    if args.batch_size.is_some() && args.matching != Some(Matching::PerBatch) {
        return Err(UsageError("--batch-size: only --matching per-batch has batches".to_owned()));
    }
    if let Some(compat) = args.compat.filter(|compat| !compat.has(method)) {
        let name = name_of(compat);
        return Err(UsageError(format!("--compat {name}: it has no {method}; leave it out")));
    }
    if args.learning_rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return Err(UsageError("--learning-rate: give a rate above 0, such as 0.05".to_owned()));
    }
    check_validation(args)?;
    if args.budget.is_none() && method != Kind::Full {
        return Err(UsageError(format!(
            "--budget is missing: {method} needs to know how many rows"
        )));
    }
    Ok(())
}

/// Refuses held-out rows of which less is known than of the others.
fn check_validation(args: &Args) -> Result<(), UsageError> {
    let (labels, gradients) = (&args.validation_labels, &args.validation_gradients);
    let (features, probabilities) = (&args.validation_features, &args.validation_probabilities);
    if labels.is_none() && gradients.is_none() && features.is_none() && probabilities.is_none() {
        return Ok(());
    }
    let classes = args.per_class || args.compat == Some(Compat::Deepcore);
    let missing = [
        ("gradients", gradients.is_none() && args.gradients.is_some()),
        ("features", features.is_none() && args.features.is_some()),
        ("probabilities", probabilities.is_none() && args.probabilities.is_some()),
        ("labels", labels.is_none() && (classes || args.gradients.is_none())),
    ];
    match missing.into_iter().find(|(_, missing)| *missing) {
        Some((what, _)) => Err(UsageError(format!(
            "--validation-{what} is missing: the held-out rows need what the others have"
        ))),
        None => Ok(()),
    }
}

/// `error` in terms of the flags.
fn explain(args: &Args, error: SelectError) -> anyhow::Error {
    let gradients = [Kind::GradMatch, Kind::Craig, Kind::Glister, Kind::Grand];
    let instead = gradients.contains(&args.method) && args.gradients.is_none();
    let alternative = if instead { ", or --gradients" } else { "" };
    match error {
        SelectError::Missing { selector, what } => {
            UsageError(format!("--{what} is missing: {selector} needs it{alternative}")).into()
        }
        SelectError::Budget { .. } => UsageError(format!("--budget: {error}")).into(),
        SelectError::Offset { .. } => UsageError(format!("--offset: {error}")).into(),
        SelectError::Ridge { .. } => UsageError(format!("--ridge: {error}")).into(),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests;
