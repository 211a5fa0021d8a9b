//! `sweep --slurm` and `sweep --status`: the runs of a plan and Slurm's queue.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;
use swast_tables::names::name_of;
use swast_tables::usage::note;

use super::Args;
use super::show::{label, span};
use crate::plan::Cell;
use crate::run::attempt::epochs_done;
use crate::run::slurm::{Array, Task, queued};
use crate::run::sweep::{Status, SweepContext};

/// Submits the runs of `planned` that are neither finished nor under way nor queued, or prints the script that would.
pub(super) fn submit(args: &Args, context: &SweepContext, planned: &[Cell]) -> Result<()> {
    let name = name_of(args.sweep);
    let queue = tasks(context, &name);
    let mut missing = Vec::new();
    for cell in planned {
        let is_missing = match context.status(cell)? {
            Status::Left => true,
            Status::Failed(_) => args.retry,
            Status::Done(_) | Status::Running(_) => false,
        };
        if is_missing && !queue.contains_key(&cell.settings.id()) {
            missing.push(cell);
        }
    }
    let count = missing.len();
    if count == 0 {
        note(format!("none of the {} runs is missing; see --status", planned.len()));
        return Ok(());
    }
    let jobs = usize::from(args.jobs);
    let words = args.slurm_args.as_deref().unwrap_or_default();
    let array = Array { context, name: &name, cells: &missing, jobs, words };
    if args.dry_run {
        return Ok(io::stdout().write_all(array.script()?.as_bytes())?);
    }
    let job = array.submit()?;
    Ok(writeln!(io::stdout(), "job {job}: {count} of {} runs, {jobs} at a time", planned.len())?)
}

/// The tasks in the queue; where Slurm does not answer, the folder alone says how far the runs are.
fn tasks(context: &SweepContext, name: &str) -> BTreeMap<String, Task> {
    queued(&context.results, name).unwrap_or_else(|error| {
        note(format!("{error:#}"));
        BTreeMap::new()
    })
}

/// Prints how far each run of `planned` is, a line each, and a summary.
pub(super) fn status(args: &Args, context: &SweepContext, planned: &[Cell]) -> Result<()> {
    let queue = tasks(context, &name_of(args.sweep));
    let mut out = io::stdout().lock();
    let (mut done, mut under_way, mut waiting, mut failed) = (0, 0, 0, 0);
    for cell in planned {
        let id = cell.settings.id();
        let task = queue.get(&id);
        let of_task = |task: &Task| format!(" (task {})", task.name);
        let state = match (context.status(cell)?, task) {
            (Status::Done(row), _) => {
                done += 1;
                let time = span(row.time_s + row.time_eval_s);
                format!("done, {:.1} %, {time}", 100.0 * row.test_accuracy)
            }
            (Status::Running(holder), task) => {
                under_way += 1;
                format!("running on {}{}", holder.host, task.map(of_task).unwrap_or_default())
            }
            (_, Some(task)) => {
                waiting += 1;
                format!(
                    "{} in the queue, {}{}",
                    task.state.to_lowercase(),
                    task.reason,
                    of_task(task)
                )
            }
            (Status::Failed(error), None) => {
                failed += 1;
                format!("failed: {error}")
            }
            (Status::Left, None) => match epochs_done(&context.folder(cell)) {
                0 => "left".to_owned(),
                done => format!("left, {done} of {} epochs done", cell.settings.epochs),
            },
        };
        let (artifact, label, seed) = (cell.artifact, label(cell), cell.settings.seed);
        writeln!(out, "{id}  {artifact} {label} seed {seed}: {state}")?;
    }
    let left = planned.len() - done - under_way - waiting - failed;
    writeln!(
        out,
        "{done} done, {under_way} running, {waiting} queued, {failed} failed, {left} left"
    )?;
    Ok(())
}
