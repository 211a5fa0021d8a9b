//! `sweep --list`: the commands of the runs, to be pasted, and how far each is.

use std::io::{self, Write};

use anyhow::Result;
use swast_tables::shell;

use super::show::span;
use crate::plan::Cell;
use crate::run::sweep::{Estimate, Status, SweepContext};

/// Prints a line per run, with its status as a comment of the shell, and a summary.
pub(super) fn list(context: &SweepContext, planned: &[Cell], jobs: usize) -> Result<()> {
    let mut out = io::stdout().lock();
    let mut estimate = Estimate::default();
    let (mut done, mut running, mut failed) = (0, 0, 0);
    let mut left = Vec::new();
    for (number, cell) in planned.iter().enumerate() {
        let comment = match context.status(cell)? {
            Status::Done(row) => {
                done += 1;
                estimate.learn(cell, &row);
                let (accuracy, time) = (100.0 * row.test_accuracy, row.time_s + row.time_eval_s);
                format!("done: {accuracy:.1} %, {}", span(time))
            }
            Status::Running(holder) => {
                running += 1;
                format!("running: {holder}")
            }
            Status::Failed(error) => {
                failed += 1;
                format!("failed: {error}")
            }
            Status::Left => {
                left.push(cell);
                "left".to_owned()
            }
        };
        let command = shell::line(context.arguments(cell, number % jobs));
        writeln!(out, "swast-trainer {command} # {comment}")?;
    }
    let rest = match estimate.total(left.iter().copied(), jobs) {
        Some(seconds) if !left.is_empty() => format!(", about {} left", span(seconds)),
        _ => String::new(),
    };
    let count = left.len();
    writeln!(out, "# {done} done, {running} running, {failed} failed, {count} left{rest}")?;
    Ok(())
}
