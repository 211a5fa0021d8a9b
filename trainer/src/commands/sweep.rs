//! `swast-trainer sweep`: all runs of a figure, and the tables made of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args as ClapArgs, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use swast_datasets::DatasetKind;
use swast_tables::folder::claim;
use swast_tables::names::name_of;
use swast_tables::shell;
use swast_tables::usage::{UsageError, note};

use super::machine::Machine;
use crate::libtorch::arithmetic::Precision;
use crate::plan::{Cell, Known, Profile, Sweep};
use crate::run::sweep::{Children, SweepContext, SweepData, assemble, foreign_rows, make};

/// More seeds than anyone averages over are a mistyped --seed.
const MOST_SEEDS: u64 = 10_000;
/// Each job is a process with threads of its own.
const MOST_JOBS: i64 = 1024;

/// Make every run of a figure or comparison, and assemble the tables it is drawn from
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer sweep figure6                                      # quick profile, synthetic data
  swast-trainer sweep figure5 --profile desk --data cifar-10-binary.tar.gz --jobs 2
  swast-trainer sweep selectors --profile desk --data cifar-10-binary.tar.gz --jobs 2    # 30 runs a seed
  swast-trainer sweep figure7 --profile paper --data cifar-10-binary.tar.gz --list
  swast-trainer sweep figure5 --profile paper --data cifar10=cifar-10-binary.tar.gz \\
      --data cifar100=cifar-100-binary.tar.gz

Finished runs are not repeated: an interrupted sweep goes on where it stopped.")]
pub struct Args {
    /// What to sweep
    #[arg(value_enum)]
    pub sweep: Sweep,
    /// How large the experiments are
    #[arg(long, value_enum, default_value = "quick")]
    pub profile: Profile,
    /// Data set [default: synthetic without --data, cifar10 with it]
    #[arg(long, value_enum)]
    pub dataset: Option<DatasetKind>,
    /// Archive or folder of the data set; NAME=PATH for one of several data sets
    #[arg(long, value_name = "[NAME=]PATH", value_parser = OsStringValueParser::new().try_map(named_data))]
    pub data: Vec<NamedData>,
    /// Number of seeds [default: 1 to 5, by profile]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=MOST_SEEDS))]
    pub seeds: Option<u64>,
    /// First seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Runs at a time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MOST_JOBS))]
    pub jobs: u16,
    /// Where and how to compute.
    #[command(flatten)]
    pub machine: Machine,
    /// Folder of the tables; each run has its own below it [default: data/results/PROFILE]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Only print the commands of the runs
    #[arg(long)]
    pub list: bool,
}

/// Makes the runs that are missing and assembles the tables.
pub fn execute(args: &Args) -> Result<()> {
    let (main, paths) = sources(args)?;
    let seeds = seeds(args)?;
    let jobs = usize::from(args.jobs);
    let machine = args.machine;
    let results =
        args.out.clone().unwrap_or_else(|| Path::new("data/results").join(name_of(args.profile)));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut context = SweepContext {
        results,
        profile: name_of(args.profile),
        data: SweepData::new(paths),
        threads: match machine.threads {
            0 => (cores / jobs).max(1),
            threads => threads,
        },
        device: machine.device.to_string(),
        deterministic: machine.deterministic,
    };
    let precision = Precision::resolve(machine.precision, machine.device.open()?)?;
    let known = Known { profile: args.profile, dataset: main, precision };
    let planned = readable(&context.data, planned(args, known, seeds.clone()));
    if args.list {
        return list(&context, &planned);
    }
    check(&mut context, known, &planned)?;
    let bar = bar(planned.len(), args);
    let children = Children::watched()?;
    let failures = make(&context, planned, jobs, &children, |cell| {
        bar.set_message(format!("{} {}", cell.artifact, name_of(cell.settings.variant)));
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    let rows = assemble(&context, known, args.sweep, &seeds)?;
    writeln!(io::stdout(), "{rows} runs in {}", context.results.join("runs.csv").display())?;
    for failure in &failures {
        note(format!("run {} ({}): {}", failure.run, failure.artifact, failure.reason));
    }
    if !failures.is_empty() {
        bail!(
            "{} of the runs failed; the others are kept, run the same command again",
            failures.len()
        );
    }
    Ok(())
}

/// Tries what every run needs, before any run: the data, and the folder, which may hold runs made on them only.
fn check(context: &mut SweepContext, known: Known, planned: &[Cell]) -> Result<()> {
    // The tables also take runs of other sweeps.
    let others = Sweep::value_variants().iter().flat_map(|&other| known.cells(other, 0));
    let cells: Vec<Cell> = planned.iter().cloned().chain(others).collect();
    context.data.read(&cells)?;
    claim(&context.results)?;
    foreign_rows(&context.results)?;
    planned.iter().try_for_each(|cell| Ok(context.check_data(cell)?))
}

fn seeds(args: &Args) -> Result<Range<u64>, UsageError> {
    let count = args.seeds.unwrap_or_else(|| args.profile.seeds(args.sweep));
    let end = args.seed.checked_add(count).ok_or_else(|| {
        let (first, last) = (args.seed, u64::MAX - count);
        UsageError(format!(
            "--seed {first}: {count} seeds go beyond the last one; give at most {last}"
        ))
    })?;
    Ok(args.seed..end)
}

/// The runs of all seeds, seed by seed, so that a first seed is whole as early as possible.
fn planned(args: &Args, known: Known, seeds: Range<u64>) -> Vec<Cell> {
    seeds.flat_map(|seed| known.cells(args.sweep, seed)).collect()
}

/// The data set that the plan is made for, and where each data set is read from.
fn sources(args: &Args) -> Result<(DatasetKind, BTreeMap<DatasetKind, PathBuf>)> {
    let named = args.data.iter().find_map(|data| data.kind);
    let unnamed = args.data.iter().any(|data| data.kind.is_none());
    let main = match (args.dataset, named) {
        (Some(dataset), _) => dataset,
        (None, Some(named)) if !unnamed => named,
        (None, _) if unnamed || args.profile == Profile::Quick => DatasetKind::usual(unnamed),
        (None, _) => {
            let profile = name_of(args.profile);
            let message = format!(
                "--profile {profile} trains on CIFAR-10: give --data with its binary archive or folder (or --dataset synthetic)"
            );
            return Err(UsageError(message).into());
        }
    };
    let mut paths = BTreeMap::new();
    for NamedData { kind, path } in &args.data {
        let kind = kind.unwrap_or(main);
        if !kind.needs_data() {
            let message = format!("--data: {kind} is computed, not read; leave --data out");
            return Err(UsageError(message).into());
        }
        if paths.insert(kind, path.clone()).is_some() {
            let message = format!("--data: {kind} is given twice; give one path for each data set");
            return Err(UsageError(message).into());
        }
    }
    if main.needs_data() && !paths.contains_key(&main) {
        let message = format!("--dataset {main} needs --data with its binary archive or folder");
        return Err(UsageError(message).into());
    }
    Ok((main, paths))
}

/// Those of `cells` whose data set is there; says which are left out.
fn readable(data: &SweepData, cells: Vec<Cell>) -> Vec<Cell> {
    let (kept, left_out): (Vec<_>, Vec<_>) =
        cells.into_iter().partition(|cell| data.has(cell.settings.dataset));
    if let Some(cell) = left_out.first() {
        let (count, kind) = (left_out.len(), cell.settings.dataset);
        note(format!("{count} runs on {kind} are left out; add --data {kind}=PATH for them"));
    }
    kept
}

/// The value of `--data`: a path, with the name of its data set where there are several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedData {
    kind: Option<DatasetKind>,
    path: PathBuf,
}

/// The value of `--data`: `NAME=PATH` or a path. What precedes `=` must be a data set, unless `text` as a whole is there.
fn named_data(text: OsString) -> Result<NamedData, String> {
    let named = text.to_str().and_then(|text| text.split_once('='));
    let kind = match named {
        None => return Ok(NamedData { kind: None, path: text.into() }),
        Some((name, path)) => name.parse::<DatasetKind>().map(|kind| (kind, name, path)),
    };
    match kind {
        Ok((_, name, "")) => Err(format!("no path after `{name}=`")),
        Ok((kind, _, path)) => Ok(NamedData { kind: Some(kind), path: path.into() }),
        Err(_) if Path::new(&text).exists() => Ok(NamedData { kind: None, path: text.into() }),
        Err(_) => Err("neither a file nor NAME=PATH, such as cifar10=PATH".to_owned()),
    }
}

fn list(context: &SweepContext, planned: &[Cell]) -> Result<()> {
    let mut out = io::stdout().lock();
    for cell in planned {
        writeln!(out, "swast-trainer {}", shell::line(context.arguments(cell)))?;
    }
    Ok(())
}

fn bar(runs: usize, args: &Args) -> ProgressBar {
    // With one job each run draws its own bar.
    if args.jobs <= 1 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(runs as u64);
    let style = "{prefix} {bar:24} {pos}/{len} runs  {msg}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.set_prefix(name_of(args.sweep));
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}
