//! What a run shows of itself while it is trained, and why it may end early.

use std::ops::ControlFlow;

use swast_datasets::DatasetError;
use thiserror::Error;

use super::measure::Measured;
use super::select::{NotSelected, Selected};
use super::state::State;
use crate::libtorch::failure::Failure;

/// Why a run ended early.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The loss is no number, or infinite.
    #[error("epoch {epoch}: the {which} loss is {loss}; lower --learning-rate (now {rate}) or --lambda. {kept}", kept = kept(*epoch))]
    Diverged {
        /// The epoch.
        epoch: u32,
        /// Which loss.
        which: &'static str,
        /// The loss.
        loss: f64,
        /// Learning rate of the first epoch.
        rate: f64,
    },
    /// libtorch failed.
    #[error("epoch {epoch}: {cause}. {kept}", kept = kept(*epoch))]
    Failed {
        /// The epoch.
        epoch: u32,
        /// The cause.
        cause: Failure,
    },
    /// No coreset was selected.
    #[error("epoch {epoch}: {cause}")]
    Select {
        /// The epoch.
        epoch: u32,
        /// The cause.
        cause: NotSelected,
    },
    /// An image could not be read.
    #[error("epoch {epoch}: {cause}")]
    Data {
        /// The epoch.
        epoch: u32,
        /// The cause.
        cause: DatasetError,
    },
    /// What follows the run could not.
    #[error(transparent)]
    Follower(#[from] FollowError),
}

/// Which rows of a run that ends in `epoch` are kept.
fn kept(epoch: u32) -> String {
    match epoch.saturating_sub(1) {
        0 => "No epoch was finished; rows of selections are kept".to_owned(),
        before => format!("Rows up to epoch {before} are kept"),
    }
}

/// Why what follows a run could not follow it, such as a full disk.
pub type FollowError = Box<dyn std::error::Error + Send + Sync>;

/// What an epoch came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Its learning rate.
    pub rate: f64,
    /// Mean training loss, preservation included.
    pub loss: f64,
    /// Share of the samples that were classified correctly as they were seen.
    pub accuracy: f64,
    /// Measurements after it, where they were due.
    pub measured: Option<Measured>,
    /// Seconds, selection included, evaluation excluded.
    pub time_s: f64,
}

/// Follows a run: a record on disk, a progress bar, a test.
pub trait Observer {
    /// A coreset was selected.
    fn selected(&mut self, selected: &Selected, state: &State) -> Result<(), FollowError>;
    /// A mini-batch was trained on; the run stops here, to be continued, where the answer is to break.
    fn stepped(&mut self, state: &mut State) -> Result<ControlFlow<()>, FollowError>;
    /// An epoch is over.
    fn trained(&mut self, trained: &Trained, state: &State) -> Result<(), FollowError>;
}
