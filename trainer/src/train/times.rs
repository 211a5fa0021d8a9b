//! How long the parts of a run take.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::persist::{Fields, Persist};

/// Seconds spent on the parts of a run, in all attempts at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// Training and selection.
    pub total: f64,
    /// Selection.
    pub select: f64,
    /// Number of selections.
    pub selections: u32,
    /// Epochs on coresets, selection left out.
    pub coreset: f64,
    /// Number of those epochs.
    pub coreset_epochs: u32,
    /// Evaluation.
    pub evaluate: f64,
    /// The epoch under way, selection included.
    pub epoch: f64,
    /// Selection before it.
    pub epoch_select: f64,
}

impl Times {
    /// Adds the seconds since `clock` to the epoch under way, and starts `clock` again.
    pub fn lap(&mut self, clock: &mut Instant) {
        self.epoch += lap(clock);
    }

    /// Notes a selection of `seconds`, which are part of the epoch.
    pub fn selected(&mut self, seconds: f64) {
        self.epoch_select = seconds;
        self.select += seconds;
        self.selections += 1;
    }

    /// Ends the epoch and returns its seconds.
    pub fn end_epoch(&mut self) -> f64 {
        let epoch = std::mem::take(&mut self.epoch);
        let select = std::mem::take(&mut self.epoch_select);
        self.total += epoch;
        if self.selections > 0 {
            self.coreset += epoch - select;
            self.coreset_epochs += 1;
        }
        epoch
    }
}

/// The seconds since `clock`, which starts again.
pub fn lap(clock: &mut Instant) -> f64 {
    let now = Instant::now();
    now.duration_since(std::mem::replace(clock, now)).as_secs_f64()
}

impl Persist for Times {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("times", self);
    }
}
