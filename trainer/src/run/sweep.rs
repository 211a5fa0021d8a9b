//! Sweeps: every run of an artifact in a process of its own, and the tables assembled from finished runs.

mod data;

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use swast_tables::names::name_of;
use swast_tables::rows::{EpochRow, LayerRow, RunRow, SelectionRow};
use swast_tables::table::{self, Row, TableError};

use super::record::{RecordError, finished, finished_as, saved};
use crate::plan::{Cell, Known, Sweep};
pub use data::SweepData;

/// A run that did not finish.
#[derive(Debug)]
pub struct Failure {
    /// The run.
    pub run: String,
    /// What it was for.
    pub artifact: &'static str,
    /// The last line it said.
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
    /// Device, as given.
    pub device: String,
    /// Whether CUDA gives the same numbers every time.
    pub deterministic: bool,
}

impl SweepContext {
    /// Folder of `cell`'s run.
    pub fn folder(&self, cell: &Cell) -> PathBuf {
        self.results.join("runs").join(cell.settings.id())
    }

    /// The arguments of `swast-trainer` that make `cell`. The folder is named by the run itself, so that a command in
    /// which a setting is changed makes another run.
    pub fn arguments(&self, cell: &Cell) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["train".into()];
        arguments.extend(cell.settings.flags().into_iter().map(OsString::from));
        let mut add = |flag: &str, value: OsString| arguments.extend([flag.into(), value]);
        if let Some(data) = self.data.path(cell.settings.dataset) {
            add("--data", data.into());
        }
        add("--threads", self.threads.to_string().into());
        add("--device", self.device.clone().into());
        add("--runs", self.results.join("runs").into());
        add("--artifact", cell.artifact.into());
        add("--profile", self.profile.clone().into());
        arguments.extend(self.deterministic.then(|| "--deterministic".into()));
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
    fn finished(&self, cell: &Cell) -> Result<Option<RunRow>, RecordError> {
        let data = self.data.digests(&cell.settings);
        finished_as(&self.folder(cell), &cell.settings.id(), data)
    }
}

/// Makes `cells`, `jobs` at a time, skipping finished ones. `done` is told of each that ended. A run that fails
/// does not stop the others.
pub fn make(
    context: &SweepContext,
    cells: Vec<Cell>,
    jobs: usize,
    children: &Children,
    done: impl Fn(&Cell) + Sync,
) -> Result<Vec<Failure>> {
    let program = std::env::current_exe().context("cannot find the program itself")?;
    let queue = Mutex::new(VecDeque::from(cells));
    let failures = Mutex::new(Vec::new());
    let next = || queue.lock().ok()?.pop_front();
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(cell) = next() {
                    if let Err(error) = make_one(&program, context, &cell, jobs, children)
                        && let Ok(mut failures) = failures.lock()
                    {
                        let run = cell.settings.id();
                        let reason = format!("{error:#}");
                        failures.push(Failure { run, artifact: cell.artifact, reason });
                    }
                    done(&cell);
                }
            });
        }
    });
    Ok(failures.into_inner().unwrap_or_default())
}

fn make_one(
    program: &Path,
    context: &SweepContext,
    cell: &Cell,
    jobs: usize,
    children: &Children,
) -> Result<()> {
    if context.finished(cell)?.is_some() {
        return Ok(());
    }
    // A run on its own may draw its progress; several at once would draw over one another.
    let stderr = if jobs > 1 { Stdio::piped() } else { Stdio::inherit() };
    let mut command = Command::new(program);
    command
        .args(context.arguments(cell))
        // It ends with us, however we end: the pipe then closes.
        .arg("--with-parent")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(stderr);
    let (status, said) = children.run(&mut command)?;
    if status {
        return Ok(());
    }
    let line = said.lines().last().unwrap_or("see its message above").to_owned();
    Err(anyhow::anyhow!("{}", line.trim_start_matches("error: ")))
}

/// The child processes under way, so that they end when we are told to.
#[derive(Debug, Clone, Default)]
pub struct Children {
    running: Arc<Mutex<Vec<Child>>>,
}

impl Children {
    /// Children that end with this process on Ctrl-C or a termination signal. To be called once.
    pub fn watched() -> Result<Self> {
        let children = Self::default();
        let ours = children.clone();
        ctrlc::set_handler(move || {
            // The lock is kept to the end, so that no child is started any more.
            let mut running = ours.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.iter_mut().for_each(|child| drop(child.kill()));
            std::process::exit(130);
        })
        .context("cannot watch for Ctrl-C")?;
        Ok(children)
    }

    #[allow(clippy::zombie_processes, reason = "the loop below waits for every child")]
    /// Runs `command` to its end: whether it succeeded, and what it wrote to a piped stderr.
    fn run(&self, command: &mut Command) -> io::Result<(bool, String)> {
        let lock = || self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, pipe) = {
            let mut running = lock();
            let mut child = command.spawn()?;
            let started = (child.id(), child.stderr.take());
            running.push(child);
            started
        };
        let said = pipe.map(io::read_to_string).transpose()?.unwrap_or_default();
        loop {
            let mut running = lock();
            if let Some(position) = running.iter().position(|c| c.id() == id)
                && let Some(status) = running[position].try_wait()?
            {
                running.swap_remove(position);
                return Ok((status.success(), said));
            }
            drop(running);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Assembles the tables of the plan that is `known` in the folder of `context` from finished runs, in the order of the plans: all
/// that `sweep` has for `seeds`, and whatever else is whole for a seed (sweeps share runs, and a few shared ones
/// are no figure). Runs of other settings, left there earlier, are passed over. Returns the number of
/// rows of `runs.csv`; without any the tables stay as they are.
pub fn assemble(
    context: &SweepContext,
    known: Known,
    sweep: Sweep,
    seeds: &Range<u64>,
) -> Result<usize> {
    let results = &context.results;
    let mut runs = Vec::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    for seed in seeds_found(results)? {
        for &other in Sweep::value_variants() {
            let cells = known.cells(other, seed);
            let rows = finished_rows(context, &cells)?;
            let asked_for = other == sweep && seeds.contains(&seed);
            if !asked_for && rows.len() < cells.len() {
                continue;
            }
            for (artifact, folder, row) in rows {
                runs.push(RunRow { artifact, profile: name_of(known.profile), ..row });
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
        }
    }
    if runs.is_empty() {
        return Ok(0);
    }
    table::write(&results.join(RunRow::FILE), &runs)?;
    gather::<EpochRow>(results, &folders)?;
    gather::<SelectionRow>(results, &folders)?;
    gather::<LayerRow>(results, &folders)?;
    Ok(runs.len())
}

/// Refuses tables in `results` with rows of runs that are not there: assembling would lose them.
pub fn foreign_rows(results: &Path) -> Result<()> {
    let path = results.join(RunRow::FILE);
    if !path.exists() {
        return Ok(());
    }
    let rows: Vec<RunRow> = table::read(&path)?;
    match rows.iter().find(|row| !results.join("runs").join(&row.run).exists()) {
        None => Ok(()),
        Some(row) => bail!(
            "{}: holds run {}, which is not in {}; move the tables away or choose another --out",
            path.display(),
            row.run,
            results.join("runs").display()
        ),
    }
}

/// Artifact, folder and row of those of `cells` that are finished.
fn finished_rows(
    context: &SweepContext,
    cells: &[Cell],
) -> Result<Vec<(String, PathBuf, RunRow)>, RecordError> {
    let mut rows = Vec::new();
    for cell in cells {
        if let Some(row) = context.finished(cell)? {
            rows.push((cell.artifact.to_owned(), context.folder(cell), row));
        }
    }
    Ok(rows)
}

fn seeds_found(results: &Path) -> Result<BTreeSet<u64>> {
    let mut seeds = BTreeSet::new();
    let Ok(entries) = results.join("runs").read_dir() else { return Ok(seeds) };
    for entry in entries {
        let folder = entry?.path();
        if finished(&folder)?.is_some() {
            seeds.insert(saved(&folder)?.settings.seed);
        }
    }
    Ok(seeds)
}

fn gather<R: Row>(results: &Path, folders: &[PathBuf]) -> Result<(), TableError> {
    let mut rows = Vec::new();
    for folder in folders {
        rows.extend(table::read::<R>(&folder.join(R::FILE))?);
    }
    table::write(&results.join(R::FILE), &rows)
}
