//! Follows a run: keeps its rows and checkpoints, shows its progress, and stops it when somebody asks.

use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use swast_tables::rows::EpochRow;
use swast_tables::usage::note;

use super::attempt::{Attempt, RowLengths};
use super::board::Board;
use super::checkpoint::{self, CheckpointError};
use super::notes;
use super::progress::Progress;
use super::record::RecordError;
use super::rows;
use super::stop::{Stop, Stopped};
use crate::persist::{Fields, Persist, Snapshot};
use crate::settings::Settings;
use crate::train::data::TrainingData;
use crate::train::outcome::{FollowError, Observer, Trained};
use crate::train::select::Selected;
use crate::train::state::State;

/// Checkpoints are at least this far apart, where they may be.
const LEAST: Duration = Duration::from_secs(1);
/// Writing checkpoints may take one part of so many of a run's time.
const SHARE: u32 = 60;

/// When checkpoints are due: as often as their cost allows, so that a small run loses little and a large one no time.
#[derive(Debug)]
pub(super) struct Cadence {
    last: Instant,
    spacing: Duration,
    most: Duration,
}

impl Cadence {
    /// At least one every `most`.
    pub(super) fn new(most: Duration) -> Self {
        Self { last: Instant::now(), spacing: LEAST.min(most), most }
    }

    fn is_due(&self) -> bool {
        self.last.elapsed() >= self.spacing
    }

    /// Notes that one was written and took so long.
    fn kept(&mut self, took: Duration) {
        self.last = Instant::now();
        self.spacing = took.saturating_mul(SHARE).max(LEAST).min(self.most);
    }
}

/// What follows a run of `settings`.
pub(super) struct Recorder<'a> {
    pub(super) attempt: Attempt,
    pub(super) progress: Progress,
    pub(super) id: String,
    pub(super) settings: &'a Settings,
    pub(super) data: &'a TrainingData,
    pub(super) stop: Stop,
    pub(super) cadence: Cadence,
    /// Where TensorBoard is to show the run.
    pub(super) board: Option<Board>,
    /// The samples of the last selection, ascending.
    previous: Vec<u32>,
    last: Option<EpochRow>,
    best: f64,
    /// Who stopped the run.
    pub(super) stopped: Option<Stopped>,
}

/// All that a checkpoint keeps.
struct Kept<'a> {
    run: &'a mut String,
    state: &'a mut State,
    previous: &'a mut Vec<u32>,
    lengths: &'a mut RowLengths,
}

impl Persist for Kept<'_> {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("run", self.run);
        at.part("state", self.state);
        at.plain("previous", self.previous);
        at.part("tables", self.lengths);
    }
}

impl<'a> Recorder<'a> {
    /// Follows the run `id` of `settings` on `data`, before its first epoch.
    pub(super) fn new(
        attempt: Attempt,
        progress: Progress,
        id: String,
        (settings, data): (&'a Settings, &'a TrainingData),
        (stop, cadence): (Stop, Cadence),
    ) -> Self {
        let (previous, last, best, stopped, board) = (Vec::new(), None, 0.0, None, None);
        Self {
            attempt,
            progress,
            id,
            settings,
            data,
            stop,
            cadence,
            board,
            previous,
            last,
            best,
            stopped,
        }
    }

    /// The state from which the run goes on: that of the newest checkpoint that is whole and fits, or a `fresh` one.
    pub(super) fn resumed(&mut self, fresh: impl Fn() -> State) -> Result<State, RecordError> {
        let checkpoints = self.attempt.checkpoints()?;
        for path in &checkpoints {
            let mut state = fresh();
            match self.restore(path, &mut state) {
                Ok(()) => {
                    let (epoch, step) = (state.course.epoch, state.step);
                    note(format!("run {}: going on in epoch {epoch}, after step {step}", self.id));
                    self.progress.reach(step);
                    return Ok(state);
                }
                Err(cause) => {
                    let path = path.display();
                    note(format!("{path}: not used, {cause}; looking for the one before"));
                }
            }
        }
        if !checkpoints.is_empty() || !self.attempt.epochs()?.is_empty() {
            note(format!("run {}: no checkpoint is left; starting over", self.id));
        }
        self.attempt.cut_all()?;
        Ok(fresh())
    }

    fn restore(&mut self, path: &Path, state: &mut State) -> Result<(), CheckpointError> {
        let kept = checkpoint::read(path, state.device())?;
        let (mut run, mut lengths) = (String::new(), RowLengths::default());
        let (mut previous, run, lengths_kept) = (Vec::new(), &mut run, &mut lengths);
        kept.restore(&mut Kept { run, state, previous: &mut previous, lengths: lengths_kept })?;
        if *run != self.id {
            return Err(CheckpointError::OtherRun(run.clone()));
        }
        self.attempt.cut(lengths).map_err(CheckpointError::Rows)?;
        let epochs = self.attempt.epochs().map_err(CheckpointError::Rows)?;
        let accuracies = epochs.iter().filter_map(|row| row.test_accuracy);
        self.best = accuracies.fold(0.0, f64::max);
        self.last = epochs.last().cloned();
        self.previous = previous;
        if let Some(board) = &mut self.board {
            let selections = self.attempt.selections().map_err(CheckpointError::Rows)?;
            board.noise_share = selections.last().and_then(|row| row.noise_share);
        }
        Ok(())
    }

    /// Writes a checkpoint.
    fn keep(&mut self, state: &mut State) -> Result<(), RecordError> {
        let started = Instant::now();
        let mut lengths = self.attempt.lengths()?;
        let (run, previous) = (&mut self.id, &mut self.previous);
        let kept = Snapshot::of(&mut Kept { run, state, previous, lengths: &mut lengths });
        self.attempt.checkpoint(&kept)?;
        self.cadence.kept(started.elapsed());
        Ok(())
    }

    /// What the epochs came to on a training set of `samples`.
    pub(super) fn outcome(&self) -> Result<rows::Outcome<'_>> {
        let last = self.last.as_ref().context("a run has at least one epoch")?;
        Ok(rows::Outcome { last, best: self.best, samples: self.data.pool.len() })
    }
}

impl Observer for Recorder<'_> {
    fn selected(&mut self, selected: &Selected, _state: &State) -> Result<(), FollowError> {
        // The first selection shows what the others will be like.
        if self.previous.is_empty() {
            self.progress.aside(|| notes::note_coreset(selected, self.data));
        }
        let samples = rows::coreset_rows(&self.id, selected, self.data);
        let row = rows::selection_row(&self.id, selected, &samples, &self.previous);
        if let Some(board) = &mut self.board {
            board.noise_share = row.noise_share;
        }
        self.previous.clone_from(&selected.samples);
        self.previous.sort_unstable();
        Ok(self.attempt.selection(&row, &samples)?)
    }

    fn stepped(&mut self, state: &mut State) -> Result<ControlFlow<()>, FollowError> {
        self.progress.batch();
        self.stopped = self.stop.asked();
        if self.stopped.is_some() || self.cadence.is_due() {
            self.keep(state)?;
        }
        Ok(if self.stopped.is_some() { Break(()) } else { Continue(()) })
    }

    fn trained(&mut self, trained: &Trained, state: &State) -> Result<(), FollowError> {
        let row = rows::epoch_row(&self.id, trained, self.settings, state);
        self.progress.epoch(&row);
        self.best = self.best.max(row.test_accuracy.unwrap_or(0.0));
        self.attempt.epoch(&row)?;
        if let Some(board) = &mut self.board {
            board.epoch(&row)?;
        }
        self.last = Some(row);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_cost_a_fixed_share_within_bounds() {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        let spacing = |took, most| {
            let mut cadence = Cadence::new(most);
            assert!(cadence.spacing <= LEAST);
            cadence.kept(took);
            cadence.spacing
        };
        assert_eq!(spacing(ms(2), s(600)), s(1));
        assert_eq!(spacing(s(1), s(600)), s(60));
        assert_eq!(spacing(s(30), s(600)), s(600));
        assert_eq!(spacing(ms(2), ms(30)), ms(30));
    }
}
