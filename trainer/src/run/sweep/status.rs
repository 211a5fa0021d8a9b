//! How far the runs of a sweep are, and how long the rest may take.

use std::io;
use std::path::Path;

use swast_tables::names::name_of;
use swast_tables::rows::RunRow;

use super::SweepContext;
use crate::plan::Cell;
use crate::run::failed;
use crate::run::lease::{self, Holder};
use crate::run::record::RecordError;

/// Where a run is.
#[derive(Debug)]
pub enum Status {
    /// It is finished.
    Done(Box<RunRow>),
    /// A process is at work.
    Running(Holder),
    /// It failed, for this reason.
    Failed(String),
    /// It is not begun, or was stopped.
    Left,
}

impl SweepContext {
    /// Where `cell`'s run is.
    ///
    /// # Errors
    /// When its folder holds another run, or cannot be read.
    pub fn status(&self, cell: &Cell) -> Result<Status, RecordError> {
        if let Some(row) = self.finished(cell)? {
            return Ok(Status::Done(Box::new(row)));
        }
        let folder = self.folder(cell);
        if let Ok(Some(holder)) = running(&folder) {
            return Ok(Status::Running(holder));
        }
        Ok(failed::read(&folder).map_or(Status::Left, |failed| Status::Failed(failed.error)))
    }
}

/// The process at work in the folder of a run.
pub(super) fn running(folder: &Path) -> io::Result<Option<Holder>> {
    if folder.exists() { lease::holder(folder) } else { Ok(None) }
}

/// How long runs take, from those that are finished.
#[derive(Debug, Default)]
pub struct Estimate {
    /// What a run is like, and its seconds.
    known: Vec<(Likeness, f64)>,
}

/// What makes two runs take about the same time, the more of it they share.
type Likeness = [String; 5];

impl Estimate {
    /// Takes note of a finished run of `cell`.
    pub fn learn(&mut self, cell: &Cell, row: &RunRow) {
        self.known.push((likeness(cell), row.time_s + row.time_eval_s));
    }

    /// Seconds of a run of `cell`: the mean over the finished runs most like it; `None` without any.
    pub fn seconds(&self, cell: &Cell) -> Option<f64> {
        let own = likeness(cell);
        (1..=own.len()).rev().find_map(|shared| {
            let like = self.known.iter().filter(|(other, _)| other[..shared] == own[..shared]);
            let seconds: Vec<f64> = like.map(|(_, seconds)| *seconds).collect();
            let count = seconds.len();
            (count > 0).then(|| seconds.iter().sum::<f64>() / count as f64)
        })
    }

    /// Seconds that `cells` take, `jobs` at a time; `None` where nothing is known.
    pub fn total<'a>(&self, cells: impl IntoIterator<Item = &'a Cell>, jobs: usize) -> Option<f64> {
        let each: Option<Vec<f64>> = cells.into_iter().map(|cell| self.seconds(cell)).collect();
        Some(each?.iter().sum::<f64>() / jobs.max(1) as f64)
    }
}

fn likeness(cell: &Cell) -> Likeness {
    let settings = &cell.settings;
    let share = settings.selection.map(|s| s.fraction.to_string()).unwrap_or_default();
    let selector = settings.selection.map(|s| s.selector.to_string()).unwrap_or_default();
    // The first is what matters most.
    [
        format!("{} {:?}", settings.dataset, settings.limit_train),
        name_of(settings.model),
        share,
        name_of(settings.variant),
        selector,
    ]
}
