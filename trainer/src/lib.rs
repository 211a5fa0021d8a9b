//! SWaST: alternate weight pruning and coreset selection in one training run.

pub mod stream;
