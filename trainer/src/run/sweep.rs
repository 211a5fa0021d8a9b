//! Sweeps: every run of an artifact in a process of its own, shared with other sweeps at work in the same folder.

mod child;
mod data;
mod status;
mod tables;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use swast_tables::names::name_of;
use swast_tables::rows::RunRow;

use super::failed;
use super::record::{RecordError, finished_as, saved};
use super::stop::Stop;
use crate::model::sparse::Kernels;
use crate::plan::Cell;

pub use child::BUSY;
pub use data::SweepData;
pub use status::{Estimate, Status};
pub use tables::{assemble, foreign_rows, of_other_plans};

use child::{Child, Ended};

/// How long to wait before asking again after a run that another process holds.
const PATIENCE: Duration = Duration::from_millis(500);

/// A run that did not finish.
#[derive(Debug)]
pub struct Failure {
    /// The run.
    pub run: String,
    /// What it was for.
    pub artifact: &'static str,
    /// Why.
    pub reason: String,
}

/// What all runs of a sweep share.
#[derive(Debug, Clone)]
pub struct SweepContext {
    /// `data/results/<profile>`.
    pub results: PathBuf,
    /// Name of the profile.
    pub profile: String,
    /// The data sets.
    pub data: SweepData,
    /// CPU threads of each run.
    pub threads: usize,
    /// The devices, as given; the jobs take them in turn.
    pub devices: Vec<String>,
    /// Whether CUDA gives the same numbers every time.
    pub deterministic: bool,
    /// Kernels that train pruned networks.
    pub kernels: Kernels,
    /// Whether steps are replayed.
    pub graph: bool,
    /// Minutes between two checkpoints, where they are not the usual ones.
    pub checkpoint_every: Option<f64>,
    /// Seconds of silence after which another process may take a run over, where they are not the usual ones.
    pub lease_expiry: Option<f64>,
    /// Folder of event files, where TensorBoard is to show the runs.
    pub tensorboard: Option<PathBuf>,
    /// Whether runs that failed are tried again.
    pub retry: bool,
}

impl SweepContext {
    /// Folder of `cell`'s run.
    pub fn folder(&self, cell: &Cell) -> PathBuf {
        self.results.join("runs").join(cell.settings.id())
    }

    /// The arguments of `swast-trainer` with which the job number `job` makes `cell`. The folder is named by the run
    /// itself, so that a command in which a setting is changed makes another run.
    pub fn arguments(&self, cell: &Cell, job: usize) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["train".into()];
        arguments.extend(cell.settings.flags().into_iter().map(OsString::from));
        let mut add = |flag: &str, value: OsString| arguments.extend([flag.into(), value]);
        if let Some(data) = self.data.path(cell.settings.dataset) {
            add("--data", data.into());
        }
        add("--threads", self.threads.to_string().into());
        add("--device", self.devices[job % self.devices.len()].clone().into());
        add("--kernels", name_of(self.kernels).into());
        add("--runs", self.results.join("runs").into());
        add("--artifact", cell.artifact.into());
        add("--profile", self.profile.clone().into());
        if let Some(minutes) = self.checkpoint_every {
            add("--checkpoint-every", minutes.to_string().into());
        }
        if let Some(seconds) = self.lease_expiry {
            add("--lease-expiry", seconds.to_string().into());
        }
        if let Some(folder) = &self.tensorboard {
            add("--tensorboard", folder.into());
        }
        arguments.extend(self.deterministic.then(|| "--deterministic".into()));
        arguments.extend(self.graph.then(|| "--graph".into()));
        arguments.extend(cell.double_loss.then(|| "--double-loss".into()));
        arguments
    }

    /// Checks that what is there of `cell`'s run, finished or not, was made on the data that it is to be made on.
    ///
    /// # Errors
    /// When it was made on others.
    pub fn check_data(&self, cell: &Cell) -> Result<(), RecordError> {
        let folder = self.folder(cell);
        match saved(&folder) {
            Ok(saved) => saved.check_data(&folder, self.data.digests(&cell.settings)),
            // Whatever else is wrong with it is for the run to say.
            Err(_) => Ok(()),
        }
    }

    /// The row of `cell`'s run where it is finished.
    ///
    /// # Errors
    /// When the folder holds another run or one made on other data, or cannot be read.
    pub fn finished(&self, cell: &Cell) -> Result<Option<RunRow>, RecordError> {
        let data = self.data.digests(&cell.settings);
        finished_as(&self.folder(cell), &cell.settings.id(), data)
    }
}

/// Follows a sweep.
pub trait Follow: Sync {
    /// The job number `job` begins `cell`, or goes on with it.
    fn begun(&self, job: usize, cell: &Cell);
    /// The job's run has come so far: the epochs done.
    fn advanced(&self, job: usize, epochs: usize);
    /// A run has ended; `row` is that of one that is finished.
    fn ended(&self, job: usize, cell: &Cell, row: Option<&RunRow>);
}

/// Makes `cells`, `jobs` at a time, skipping finished ones and waiting for those that other processes hold. A run that
/// fails does not stop the others; a request to `stop` does, once each run has kept a checkpoint.
///
/// # Errors
/// When the program itself cannot be found.
pub fn make(
    context: &SweepContext,
    cells: Vec<Cell>,
    jobs: usize,
    stop: &Stop,
    follow: &dyn Follow,
) -> Result<Vec<Failure>> {
    let program = std::env::current_exe().context("cannot find the program itself")?;
    let queue = Mutex::new(VecDeque::from(cells));
    let failures = Mutex::new(Vec::new());
    let work = |job: usize| {
        let maker = Maker { program: &program, context, stop, follow, job, shown: jobs <= 1 };
        while stop.asked().is_none()
            && let Some(cell) = queue.lock().ok().and_then(|mut queue| queue.pop_front())
        {
            match maker.make(&cell) {
                Ok(Made::Whole(row)) => follow.ended(job, &cell, Some(&row)),
                Ok(Made::Stopped) => {}
                Ok(Made::Elsewhere) => {
                    if let Ok(mut queue) = queue.lock() {
                        queue.push_back(cell);
                    }
                    std::thread::sleep(PATIENCE);
                }
                Err(error) => {
                    follow.ended(job, &cell, None);
                    let (run, reason) = (cell.settings.id(), format!("{error:#}"));
                    if let Ok(mut failures) = failures.lock() {
                        failures.push(Failure { run, artifact: cell.artifact, reason });
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for job in 0..jobs.max(1) {
            let work = &work;
            scope.spawn(move || work(job));
        }
    });
    Ok(failures.into_inner().unwrap_or_default())
}

/// What became of a run.
enum Made {
    /// It is finished.
    Whole(Box<RunRow>),
    /// Another process holds it.
    Elsewhere,
    /// It was asked to stop.
    Stopped,
}

/// Makes runs as one of several jobs.
struct Maker<'a> {
    program: &'a Path,
    context: &'a SweepContext,
    stop: &'a Stop,
    follow: &'a dyn Follow,
    job: usize,
    /// Whether a run may draw its own progress: several at once would draw over one another.
    shown: bool,
}

impl Maker<'_> {
    fn make(&self, cell: &Cell) -> Result<Made> {
        let folder = self.context.folder(cell);
        if let Some(row) = self.context.finished(cell)? {
            return Ok(Made::Whole(Box::new(row)));
        }
        if !self.context.retry
            && let Some(failed) = failed::read(&folder)
        {
            anyhow::bail!("{} (failed before; --retry tries it again)", failed.error);
        }
        if matches!(status::running(&folder), Ok(Some(_))) {
            return Ok(Made::Elsewhere);
        }
        self.follow.begun(self.job, cell);
        let arguments = self.context.arguments(cell, self.job);
        let child = Child::start(self.program, arguments, self.shown)?;
        let advanced = |epochs| self.follow.advanced(self.job, epochs);
        match child.wait(self.stop, &folder, &advanced)? {
            Ended::Well => {
                let row = self.context.finished(cell)?;
                Ok(Made::Whole(Box::new(row.context("the run has left no row")?)))
            }
            Ended::Busy => Ok(Made::Elsewhere),
            Ended::Stopped => Ok(Made::Stopped),
            Ended::Failed(reason) => Err(anyhow::anyhow!(reason)),
        }
    }
}
