//! The progress of a sweep: on a terminal a line per job and a summary; elsewhere a line per run.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use swast_tables::names::name_of;
use swast_tables::rows::RunRow;
use swast_tables::usage::note;

use crate::plan::Cell;
use crate::run::sweep::{Estimate, Follow};

/// Shows how far a sweep is.
pub(super) struct Show {
    planned: usize,
    jobs: usize,
    bars: Vec<ProgressBar>,
    summary: ProgressBar,
    count: Mutex<Count>,
}

/// What has ended, and what is left.
struct Count {
    ended: usize,
    left: Vec<Cell>,
    estimate: Estimate,
}

impl Show {
    /// For `cells` made `jobs` at a time; `estimate` knows the runs that are finished.
    pub(super) fn new(name: &str, cells: &[Cell], jobs: usize, estimate: Estimate) -> Self {
        let all = MultiProgress::new();
        let style = |template| {
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
        };
        // With one job the run draws its own bar.
        let bars = if jobs > 1 { jobs } else { 0 };
        let job = |_| {
            let bar = all.add(ProgressBar::new(1));
            bar.set_style(style("  {msg:32} {bar:24} epoch {pos}/{len}"));
            bar
        };
        let bars: Vec<ProgressBar> = (0..bars).map(job).collect();
        let summary = ProgressBar::new(cells.len() as u64);
        let summary = if jobs > 1 { all.add(summary) } else { ProgressBar::hidden() };
        summary.set_style(style("{prefix} {bar:24} {pos}/{len} runs{msg}"));
        summary.set_prefix(name.to_owned());
        summary.enable_steady_tick(Duration::from_secs(1));
        let count = Mutex::new(Count { ended: 0, left: cells.to_vec(), estimate });
        Self { planned: cells.len(), jobs, bars, summary, count }
    }

    /// Removes the bars.
    pub(super) fn finish(&self) {
        self.bars.iter().for_each(ProgressBar::finish_and_clear);
        self.summary.finish_and_clear();
    }

    /// Notes that `cell` has ended; returns how many have and how long the others may take.
    fn count(&self, cell: &Cell, row: Option<&RunRow>) -> (usize, String) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.ended += 1;
        count.left.retain(|other| other != cell);
        if let Some(row) = row {
            count.estimate.learn(cell, row);
        }
        let rest = count.estimate.total(&count.left, self.jobs);
        let rest = rest.filter(|_| !count.left.is_empty());
        (count.ended, rest.map_or(String::new(), |rest| format!(", about {} left", span(rest))))
    }
}

impl Follow for Show {
    fn begun(&self, job: usize, cell: &Cell) {
        if let Some(bar) = self.bars.get(job) {
            bar.set_length(u64::from(cell.settings.epochs));
            bar.set_position(0);
            bar.set_message(label(cell));
        }
    }

    fn advanced(&self, job: usize, epochs: usize) {
        if let Some(bar) = self.bars.get(job) {
            bar.set_position(epochs as u64);
        }
    }

    fn ended(&self, _job: usize, cell: &Cell, row: Option<&RunRow>) {
        let (ended, rest) = self.count(cell, row);
        self.summary.set_position(ended as u64);
        self.summary.set_message(rest.clone());
        let label = label(cell);
        let line = match row {
            Some(row) => {
                let time = span(row.time_s + row.time_eval_s);
                format!("{label}, {:.1} %, {time}", 100.0 * row.test_accuracy)
            }
            None => format!("{label}, failed"),
        };
        let planned = self.planned;
        self.summary.suspend(|| note(format!("{ended} of {planned}: {line}{rest}")));
    }
}

/// What a run is called in a line: `cut 50 % moderate 10 %`, `prune-only 50 % in 5 epochs`.
pub(super) fn label(cell: &Cell) -> String {
    let settings = &cell.settings;
    let percent = |share: f64| format!("{} %", (1e6 * share).round() / 1e4);
    let mut words = vec![name_of(settings.variant)];
    words.extend(settings.pruning.map(|pruning| percent(pruning.prune_rate)));
    if cell.artifact == "figure7" {
        words.extend(settings.pruning.map(|p| format!("fc {}", percent(p.classifier()))));
    }
    match settings.selection {
        Some(selection) => {
            words.extend([selection.selector.to_string(), percent(selection.fraction)]);
        }
        // All data are also trained on by schedules of as few steps as those on coresets.
        None => words.push(format!("in {} epochs", settings.epochs)),
    }
    if cell.artifact == "state-preservation" {
        words.push(format!("preserve {}", name_of(settings.preserve)));
    }
    words.join(" ")
}

/// A time, such as `165 s`, `50 min` or `3.5 h`.
pub(super) fn span(seconds: f64) -> String {
    match seconds {
        s if s < 300.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn times_are_read_at_a_glance() {
        assert_eq!([0.4, 165.2, 3000.0, 12_600.0].map(span), ["0 s", "165 s", "50 min", "3.5 h"]);
    }
}
