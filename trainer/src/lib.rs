//! SWaST: alternate weight pruning and coreset selection in one training run.
//!
//! [`train::swast`] is the algorithm; [`swast_selection`] and [`pruner`] are its S and P. [`plan`] lists the runs an
//! artifact needs, [`run`](mod@run) makes one, and [`run::record`] is what it leaves.
#![deny(unsafe_code)]

pub mod commands;

pub mod plan;
pub mod run;
pub mod settings;

pub mod feed;
pub mod train;

pub mod pruner;
pub mod sparsity;

pub mod model;

pub mod draws;
pub mod libtorch;
pub mod persist;
