//! SWaST: alternate weight pruning and coreset selection in one training run.
//!
//! [`swast`] is the algorithm; [`selector`] and [`pruner`] are its S and P. [`plan`] says which runs a figure
//! needs, [`run`] makes one and [`record`] is what it leaves.
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
