//! Training: Algorithm 1 and what it is made of.
//!
//! [`swast`] is the algorithm, [`step`](mod@step) the only copy of a training step, [`state`] all that changes.

pub mod swast;

pub mod outcome;

pub mod double_loss;
pub mod points;
pub mod preserve;
pub mod replay;
pub mod scale;
pub mod select;
pub mod step;

pub mod state;

pub mod course;
pub mod data;
pub mod history;
pub mod measure;
pub mod pruned;
pub mod samples;
pub mod times;

pub mod loss;
pub mod sgd;
