//! `swast-trainer sweep`: all runs of a figure, and the tables made of them.

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use swast_tables::usage::note;

use crate::libtorch::DeviceChoice;
use crate::libtorch::arithmetic::Precision;
use crate::plan::{Cell, Known, Profile, Sweep};
use crate::run::sweep::{Children, SweepContext, assemble, foreign_rows, make};
use swast_datasets as dataset;
use swast_tables::names::name_of;
use swast_tables::usage::UsageError;

/// Make every run of a figure or comparison, and assemble the tables it is drawn from
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer sweep figure6                                      # quick profile, synthetic data
  swast-trainer sweep figure5 --profile desk --data cifar-10-binary.tar.gz --jobs 2
  swast-trainer sweep selectors --profile desk --data cifar-10-binary.tar.gz --jobs 2    # 30 runs a seed
  swast-trainer sweep figure7 --profile paper --data cifar-10-binary.tar.gz --list

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
    pub dataset: Option<dataset::Kind>,
    /// Archive or folder of the data set
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Archive or folder of CIFAR-100, for Figure 5c at the paper profile
    #[arg(long, value_name = "PATH")]
    pub cifar100: Option<PathBuf>,
    /// Number of seeds [default: 1 to 5, by profile]
    #[arg(long)]
    pub seeds: Option<u64>,
    /// First seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Runs at a time
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,
    /// CPU threads of each run; 0 shares all cores between the jobs
    #[arg(long, default_value = "0", value_parser = crate::libtorch::threads)]
    pub threads: usize,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Precision of the network's arithmetic [default: bf16 on CUDA, fp32 on a CPU]
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    /// Let CUDA give the same numbers every time, by slower operations; a CPU always does
    #[arg(long)]
    pub deterministic: bool,
    /// Folder of the tables; each run has its own below it [default: data/results/PROFILE]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Only print the commands of the runs
    #[arg(long)]
    pub list: bool,
}

/// Makes the runs that are missing and assembles the tables.
pub fn execute(args: &Args) -> Result<()> {
    let dataset = data_set(args)?;
    for (flag, count) in [("seeds", args.seeds.unwrap_or(1)), ("jobs", args.jobs as u64)] {
        if count == 0 {
            return Err(UsageError(format!("--{flag} 0: give at least 1")).into());
        }
    }
    let device = args.device.parse::<DeviceChoice>()?;
    let results =
        args.out.clone().unwrap_or_else(|| Path::new("data/results").join(name_of(args.profile)));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if args.threads == 0 { (cores / args.jobs.max(1)).max(1) } else { args.threads };
    let context = SweepContext {
        results: results.clone(),
        profile: name_of(args.profile),
        data: args.data.clone(),
        threads,
        device: args.device.clone(),
        deterministic: args.deterministic,
    };
    let precision = Precision::resolve(args.precision, device.open()?)?;
    let known = Known { profile: args.profile, dataset, precision };
    let planned = planned(args, known);
    if args.list {
        return list(&context, &planned);
    }
    check(args, dataset, &results)?;
    let bar = bar(planned.len(), args);
    let children = Children::watched()?;
    let mut failures = Vec::new();
    for (data, group) in by_data(args, planned) {
        let context = SweepContext { data, ..context.clone() };
        failures.extend(make(&context, group, args.jobs, &children, |cell| {
            bar.set_message(format!("{} {}", cell.artifact, name_of(cell.settings.variant)));
            bar.inc(1);
        })?);
    }
    bar.finish_and_clear();
    let rows = assemble(&results, known, args.sweep, &seeds(args))?;
    writeln!(io::stdout(), "{rows} runs in {}", results.join("runs.csv").display())?;
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

/// Tries what every run needs, before any run: the data, the folder.
fn check(args: &Args, dataset: dataset::Kind, results: &Path) -> Result<()> {
    let (data, cifar100) = (args.data.as_deref(), args.cifar100.as_deref());
    dataset::load(dataset, data, Some(1), Some(1))?;
    if cifar100.is_some() {
        dataset::load(dataset::Kind::Cifar100, cifar100, Some(1), Some(1))?;
    }
    let runs = results.join("runs");
    std::fs::create_dir_all(&runs)
        .with_context(|| format!("{}: cannot be made; choose another --out", runs.display()))?;
    foreign_rows(results)
}

fn seeds(args: &Args) -> Range<u64> {
    let count = args.seeds.unwrap_or_else(|| args.profile.seeds(args.sweep));
    args.seed..args.seed.saturating_add(count)
}

/// The runs of all seeds, seed by seed, so that a first seed is whole as early as possible.
fn planned(args: &Args, known: Known) -> Vec<Cell> {
    seeds(args).flat_map(|seed| known.cells(args.sweep, seed)).collect()
}

fn data_set(args: &Args) -> Result<dataset::Kind> {
    use dataset::Kind::{Cifar10, Synthetic};
    let dataset = match (args.dataset, &args.data) {
        (Some(dataset), _) => dataset,
        (None, Some(_)) => Cifar10,
        (None, None) if args.profile == Profile::Quick => Synthetic,
        (None, None) => {
            let profile = name_of(args.profile);
            let message = format!(
                "--profile {profile} trains on CIFAR-10: give --data with its binary archive or folder (or --dataset synthetic)"
            );
            return Err(UsageError(message).into());
        }
    };
    if dataset != Synthetic && args.data.is_none() {
        let name = name_of(dataset);
        let message = format!("--dataset {name} needs --data with its binary archive or folder");
        return Err(UsageError(message).into());
    }
    Ok(dataset)
}

/// The runs grouped by the data they read: CIFAR-100 has a path of its own.
fn by_data(args: &Args, planned: Vec<Cell>) -> Vec<(Option<PathBuf>, Vec<Cell>)> {
    let own = |cell: &Cell| {
        cell.settings.dataset == dataset::Kind::Cifar100
            && args.dataset != Some(dataset::Kind::Cifar100)
    };
    let (cifar100, main) = planned.into_iter().partition(own);
    let mut groups = vec![(args.data.clone(), main)];
    if args.cifar100.is_some() {
        groups.push((args.cifar100.clone(), cifar100));
    }
    groups
}

fn list(context: &SweepContext, planned: &[Cell]) -> Result<()> {
    let mut out = io::stdout().lock();
    for cell in planned {
        writeln!(out, "swast-trainer {}", context.arguments(cell).join(" "))?;
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
