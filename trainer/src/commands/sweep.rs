//! `swast-trainer sweep`: all runs of a figure, and the tables made of them.

mod list;
mod only;
mod queue;
mod show;
mod sources;

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args as ClapArgs, ValueEnum};
use swast_datasets::{DatasetKind, resolution};
use swast_selection::Spec as SelectorSpec;
use swast_tables::folder::claim;
use swast_tables::names::name_of;
use swast_tables::rows::RunRow;
use swast_tables::usage::{UsageError, note};
use tch::Device;

use super::machine::{Machine, Stepping};
use super::train::positive;
use crate::libtorch::DeviceChoice;
use crate::libtorch::arithmetic::Precision;
use crate::plan::{Cell, Changes, Known, Profile, Sweep};
use crate::pruner::Spec as PrunerSpec;
use crate::run::stop::Stop;
use crate::run::sweep::{
    Estimate, Follow, Status, SweepContext, SweepData, assemble, foreign_rows, make, of_other_plans,
};
use list::list;
use only::{Only, those};
use show::Show;
use sources::{NamedData, named_data, readable, sources};

/// More seeds than anyone averages over are a mistyped --seed.
const MOST_SEEDS: u64 = 10_000;
/// Each job is a process with threads of its own.
const MOST_JOBS: i64 = 1024;

/// Make every run of a figure or comparison, and assemble the tables it is drawn from
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer sweep figure6                            # quick profile, synthetic data
  swast-trainer sweep figure5 --profile desk --data cifar-10-binary.tar.gz --jobs 2
  swast-trainer sweep selectors --profile desk --data cifar-10-binary.tar.gz --jobs 2
  swast-trainer sweep figure7 --profile paper --data cifar-10-binary.tar.gz --list
  swast-trainer sweep figure5 --profile paper --data cifar10=cifar-10-binary.tar.gz \\
      --data cifar100=cifar-100-binary.tar.gz
  swast-trainer sweep figure6 --prune-rates 0.9,0.99     # the same plan with one thing changed
  swast-trainer sweep figure6 --only seed=0 --only variant=cut
  swast-trainer sweep figure7 --profile paper --data cifar-10-binary.tar.gz --jobs 8 \\
      --slurm --slurm-args '--time=8:00:00 --gres=gpu:1'

Finished runs are not repeated, and a run that was killed goes on from its last checkpoint: repeat
the command. Several sweeps, on one machine or on several that share the folder, share the work.
A run whose loss became NaN is kept as failed and skipped until --retry.")]
pub struct Args {
    /// What to sweep
    #[arg(value_enum)]
    pub sweep: Sweep,
    /// How large the experiments are
    #[arg(long, value_enum, default_value = "quick")]
    pub profile: Profile,
    /// Data set [default: cifar10 with --data; else the profile's, synthetic16 at quick]
    #[arg(long, value_enum)]
    pub dataset: Option<DatasetKind>,
    /// Archive or folder of the data set; NAME=PATH for one of several data sets
    #[arg(long, value_name = "[NAME=]PATH", value_parser = OsStringValueParser::new().try_map(named_data))]
    pub data: Vec<NamedData>,
    /// Side of the images, in pixels, for folder and imagenet [default: as for train]
    #[arg(long, value_name = "PIXELS")]
    pub resolution: Option<usize>,
    /// Number of seeds [default: 1 to 5, by profile]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=MOST_SEEDS))]
    pub seeds: Option<u64>,
    /// First seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Runs at a time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MOST_JOBS))]
    pub jobs: u16,
    /// Folder of the tables; each run has its own below it [default: data/results/PROFILE, with what is changed]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// CUDA devices, such as 0,1: the jobs take them in turn
    #[arg(long, value_name = "N,..", value_delimiter = ',', conflicts_with = "device")]
    pub devices: Vec<usize>,
    /// Only print the commands of the runs and how far each is; needs no data
    #[arg(long)]
    pub list: bool,
    /// Only print how far each run is, here and in Slurm's queue; needs no data
    #[arg(long)]
    pub status: bool,
    /// Submit the missing runs to Slurm as one job array, --jobs tasks at a time
    #[arg(long)]
    pub slurm: bool,
    /// With --slurm: words for sbatch, such as '--time=8:00:00 --gres=gpu:1'
    #[arg(long, value_name = "WORDS", requires = "slurm", allow_hyphen_values = true)]
    pub slurm_args: Option<String>,
    /// With --slurm: only print the job script
    #[arg(long, requires = "slurm")]
    pub dry_run: bool,
    /// Only runs with this value in a column of runs.csv; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub only: Vec<Only>,
    /// Try runs again that failed
    #[arg(long)]
    pub retry: bool,
    /// Write a checkpoint of each run at least this often
    #[arg(long, value_name = "MINUTES", value_parser = positive)]
    pub checkpoint_every: Option<f64>,
    /// Write the scalars of each epoch for TensorBoard, in a folder of each run's own below this one
    #[arg(long, value_name = "DIR")]
    pub tensorboard: Option<PathBuf>,
    /// Seconds of silence after which another process may take a run over
    #[arg(long, hide = true, value_parser = positive)]
    pub lease_expiry: Option<f64>,
    /// Change the plan: how coresets are selected
    #[arg(long, value_name = "SPEC", help_heading = "The same plan with one thing changed")]
    pub selector: Option<SelectorSpec>,
    /// Change the plan: how weights are pruned
    #[arg(long, value_name = "SPEC", help_heading = "The same plan with one thing changed")]
    pub pruner: Option<PrunerSpec>,
    /// Change the plan: coreset size as a fraction of the training set
    #[arg(long, help_heading = "The same plan with one thing changed")]
    pub fraction: Option<f64>,
    /// Change the plan: prune rates of the backbone
    #[arg(
        long,
        value_name = "R,..",
        value_delimiter = ',',
        help_heading = "The same plan with one thing changed"
    )]
    pub prune_rates: Option<Vec<f64>>,
    /// Where and how to compute.
    #[command(flatten)]
    pub machine: Machine,
    /// How steps are taken.
    #[command(flatten)]
    pub stepping: Stepping,
}

/// Makes the runs that are missing and assembles the tables.
pub fn execute(args: &Args) -> Result<()> {
    let (main, paths) = sources(args)?;
    let seeds = seeds(args)?;
    let jobs = usize::from(args.jobs);
    let changes = changes(args);
    let precision = precision(args)?;
    let resolution = match paths.get(&main) {
        Some(path) if path.exists() => resolution(main, Some(path), args.resolution)?,
        _ => args.resolution,
    };
    let mut context = context(args, SweepData::new(paths), &changes);
    let known = Known { profile: args.profile, dataset: main, resolution, precision, changes };
    let planned = those(planned(args, &known, seeds.clone()), &args.only)?;
    for cell in &planned {
        cell.settings.clone().checked()?;
    }
    let planned = readable(&context.data, planned);
    if args.list {
        return list(&context, &planned, jobs);
    }
    if args.status {
        return queue::status(args, &context, &planned);
    }
    check(&mut context, &known, &planned, args.dry_run)?;
    if args.slurm {
        return queue::submit(args, &context, &planned);
    }
    let stop = Stop::on_signals()?;
    let (missing, estimate) = left(&context, &planned)?;
    let show = Show::new(&name_of(args.sweep), &missing, jobs, estimate);
    // After each run, so that a figure can be drawn from those there are.
    let tables = || assemble(&context, &known, args.sweep, &seeds);
    let failures = make(&context, missing, jobs, &stop, &Both { show: &show, tables: &tables })?;
    show.finish();
    let rows = assemble(&context, &known, args.sweep, &seeds)?;
    if let Some(stopped) = stop.asked() {
        let (rest, _) = left(&context, &planned)?;
        let (planned, rest) = (planned.len(), rest.len());
        note(format!("{} of {planned} runs are done, {rest} are left", planned - rest));
        return Err(stopped.into());
    }
    writeln!(io::stdout(), "{rows} runs in {}", context.results.join("runs.csv").display())?;
    for failure in &failures {
        note(format!("run {} ({}): {}", failure.run, failure.artifact, failure.reason));
    }
    if !failures.is_empty() {
        bail!(
            "{} of the runs failed; the others are kept. The same command goes on; with --retry it also tries runs again whose failure is recorded",
            failures.len()
        );
    }
    Ok(())
}

/// The precision of the runs. To plan them needs no device: they may run elsewhere.
fn precision(args: &Args) -> Result<Precision> {
    let Machine { device, precision, .. } = args.machine;
    let device = args.devices.first().map_or(device, |&number| DeviceChoice::Cuda(number));
    if args.slurm && device == DeviceChoice::Auto && precision.is_none() {
        let message = "--slurm: the precision of a run depends on its device; give --device cuda or cpu, or --precision";
        return Err(UsageError(message.to_owned()).into());
    }
    let plans = args.list || args.status || args.slurm;
    let device = match device {
        DeviceChoice::Cuda(number) if plans => Device::Cuda(number),
        DeviceChoice::Auto if args.slurm => Device::Cuda(0),
        device => device.open()?,
    };
    Ok(Precision::resolve(precision, device)?)
}

/// Shows the progress and keeps the tables up to date.
struct Both<'a> {
    show: &'a Show,
    tables: &'a (dyn Fn() -> Result<usize> + Sync),
}

impl Follow for Both<'_> {
    fn begun(&self, job: usize, cell: &Cell) {
        self.show.begun(job, cell);
    }

    fn advanced(&self, job: usize, epochs: usize) {
        self.show.advanced(job, epochs);
    }

    fn ended(&self, job: usize, cell: &Cell, row: Option<&RunRow>) {
        self.show.ended(job, cell, row);
        // What is wrong with them is said at the end, when they are made for the last time.
        let _made = (self.tables)();
    }
}

fn changes(args: &Args) -> Changes {
    let Args { selector, pruner, fraction, .. } = *args;
    Changes { selector, pruner, fraction, rates: args.prune_rates.clone() }
}

fn context(args: &Args, data: SweepData, changes: &Changes) -> SweepContext {
    let profile = name_of(args.profile);
    let folder = || {
        let parts = [profile.clone(), changes.name()];
        let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        Path::new("data/results").join(name)
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let device = || vec![args.machine.device.to_string()];
    let devices: Vec<String> =
        args.devices.iter().map(|&number| DeviceChoice::Cuda(number).to_string()).collect();
    SweepContext {
        results: args.out.clone().unwrap_or_else(folder),
        data,
        threads: match args.machine.threads {
            // What a task gets is known where it runs.
            0 if args.slurm => 0,
            0 => (cores / usize::from(args.jobs)).max(1),
            threads => threads,
        },
        devices: if devices.is_empty() { device() } else { devices },
        deterministic: args.machine.deterministic,
        kernels: args.stepping.kernels,
        graph: args.stepping.graph,
        checkpoint_every: args.checkpoint_every,
        lease_expiry: args.lease_expiry,
        tensorboard: args.tensorboard.clone(),
        retry: args.retry,
        profile,
    }
}

/// Tries what every run needs, before any run: the data, and the folder, which may hold runs made on them only.
fn check(context: &mut SweepContext, known: &Known, planned: &[Cell], dry: bool) -> Result<()> {
    // The tables also take runs of other sweeps.
    let others = Sweep::value_variants().iter().flat_map(|&other| known.cells(other, 0));
    let cells: Vec<Cell> = planned.iter().cloned().chain(others).collect();
    context.data.read(&cells)?;
    if !dry {
        claim(&context.results)?;
    }
    foreign_rows(&context.results)?;
    let others = of_other_plans(&context.results, known)?;
    if others > 0 && !dry {
        let table = context.results.join("runs.csv");
        let table = table.display();
        note(format!(
            "{table}: {others} runs of another plan leave the tables; give each plan an --out"
        ));
    }
    planned.iter().try_for_each(|cell| Ok(context.check_data(cell)?))
}

/// Those of `planned` that are not finished, and what the finished ones tell of their times. A folder that holds another
/// run is left to its own run to say.
fn left(context: &SweepContext, planned: &[Cell]) -> Result<(Vec<Cell>, Estimate)> {
    let (mut left, mut estimate) = (Vec::new(), Estimate::default());
    for cell in planned {
        match context.status(cell) {
            Ok(Status::Done(row)) => estimate.learn(cell, &row),
            _ => left.push(cell.clone()),
        }
    }
    Ok((left, estimate))
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
fn planned(args: &Args, known: &Known, seeds: Range<u64>) -> Vec<Cell> {
    seeds.flat_map(|seed| known.cells(args.sweep, seed)).collect()
}
