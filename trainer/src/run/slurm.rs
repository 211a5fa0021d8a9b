//! Sweeps on Slurm: the missing runs as one job array. Slurm decides when and where; a run that it signals keeps a
//! checkpoint, and its task goes back into the queue.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use swast_tables::shell;
use swast_tables::table;

use super::sweep::SweepContext;
use crate::plan::Cell;

/// Folder of logs, and of what each array is made of, within the folder of the sweep.
const FOLDER: &str = "slurm";
/// The part of the script that is the same for all sweeps.
const BODY: &str = include_str!("slurm/body.sh");

/// A job array that makes runs of a sweep.
#[derive(Debug)]
pub struct Array<'a> {
    /// What all its runs share.
    pub context: &'a SweepContext,
    /// Name of the sweep.
    pub name: &'a str,
    /// The runs, one per task.
    pub cells: &'a [&'a Cell],
    /// Tasks at a time.
    pub jobs: usize,
    /// More words for `sbatch`, as they are.
    pub words: &'a str,
}

impl Array<'_> {
    /// The job script.
    ///
    /// # Errors
    /// When this program or the working folder cannot be found, or a name is no text that a script can hold.
    pub fn script(&self) -> Result<String> {
        let program = std::env::current_exe().context("cannot find the program itself")?;
        let here = std::env::current_dir().context("cannot find the working folder")?;
        let results = std::path::absolute(&self.context.results)?;
        if results.to_string_lossy().contains(['\\', '\n']) {
            let results = results.display();
            bail!(
                "{results}: Slurm cannot write to a path with a backslash or line break; choose another --out"
            );
        }
        let log = results.join(FOLDER).join("%A_%a.log");
        // A % in the path of the results would be a pattern.
        let log = log.to_string_lossy().replace('%', "%%").replace("%%A_%%a", "%A_%a");
        let mut script = String::from("#!/bin/bash\n");
        let mut line = |text: String| writeln!(script, "#SBATCH {text}");
        line(format!("--job-name={}", shell::quoted(job_name(self.name).as_ref())))?;
        line(format!("--array=0-{}%{}", self.cells.len() - 1, self.jobs))?;
        line("--signal=B:USR1@90".to_owned())?;
        line("--requeue".to_owned())?;
        line("--open-mode=append".to_owned())?;
        line(format!("--output={}", shell::quoted(log.as_ref())))?;
        if !self.words.is_empty() {
            line(self.words.to_owned())?;
        }
        let mut tasks = String::new();
        for (number, cell) in self.cells.iter().enumerate() {
            let mut words: Vec<OsString> = vec![program.clone().into()];
            words.extend(self.context.arguments(cell, 0));
            writeln!(tasks, "  {number}) set -- {} ;;", shell::line(words))?;
        }
        let folder = format!("cd -- {} || exit 1", shell::quoted(here.as_os_str()));
        script += &BODY.replace("#DIRECTORY#", &folder).replace("#COMMANDS#\n", &tasks);
        Ok(script)
    }

    /// Submits the array; returns the number of the job.
    ///
    /// # Errors
    /// When there is no Slurm, or it refuses the job.
    pub fn submit(&self) -> Result<String> {
        let folder = self.context.results.join(FOLDER);
        fs::create_dir_all(&folder)
            .with_context(|| format!("{}: cannot be made", folder.display()))?;
        let script = self.script()?;
        let mut sbatch = Command::new("sbatch");
        // They would win over what the script says.
        for name in
            ["ARRAY_INX", "JOB_NAME", "SIGNAL", "REQUEUE", "NO_REQUEUE", "OPEN_MODE", "OUTPUT"]
        {
            sbatch.env_remove(format!("SBATCH_{name}"));
        }
        sbatch.arg("--parsable").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = sbatch.stderr(Stdio::piped()).spawn().map_err(|error| absent(&error))?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(script.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("sbatch refuses the job: {}", said.trim().replace('\n', " "));
        }
        // The name of a cluster may follow.
        let said = String::from_utf8_lossy(&output.stdout);
        let job = said.trim().split(';').next().unwrap_or_default().to_owned();
        let runs: String = self.cells.iter().map(|cell| cell.settings.id() + "\n").collect();
        table::replace(&folder.join(format!("{job}.txt")), runs.as_bytes())?;
        Ok(job)
    }
}

fn absent(error: &io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::NotFound {
        return anyhow::anyhow!(
            "--slurm: there is no sbatch here; run this where Slurm is, or see --dry-run"
        );
    }
    anyhow::anyhow!("sbatch: {error}")
}

/// A task that waits or runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its name, `<array>_<task>`.
    pub name: String,
    /// Its state, such as `PENDING`.
    pub state: String,
    /// Why it waits.
    pub reason: String,
}

/// The tasks in Slurm's queue that make runs of the sweep `name` in the folder `results`, by run; none where there is no
/// Slurm.
///
/// # Errors
/// When Slurm does not answer.
pub fn queued(results: &Path, name: &str) -> Result<BTreeMap<String, Task>> {
    if !results.join(FOLDER).exists() {
        return Ok(BTreeMap::new());
    }
    let mut squeue = Command::new("squeue");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SQUEUE_") {
            squeue.env_remove(name);
        }
    }
    squeue.args(["--noheader", "--array", "--me", "--format=%F|%K|%T|%r"]);
    let output = match squeue.arg(format!("--name={}", job_name(name))).output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => bail!("squeue: {error}"),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("squeue does not answer: {}", said.trim().replace('\n', " "));
    }
    let mut tasks = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let [job, number, state, reason] = line.splitn(4, '|').collect::<Vec<_>>()[..] else {
            continue;
        };
        // A job of that name may be another folder's.
        let runs = fs::read_to_string(results.join(FOLDER).join(format!("{job}.txt")));
        let runs = runs.unwrap_or_default();
        if let Some(run) = number.parse().ok().and_then(|number: usize| runs.lines().nth(number)) {
            let (state, reason) = (state.to_owned(), reason.to_owned());
            tasks.insert(run.to_owned(), Task { name: format!("{job}_{number}"), state, reason });
        }
    }
    Ok(tasks)
}

fn job_name(sweep: &str) -> String {
    format!("swast-{sweep}")
}
