//! SWaST: alternate weight pruning and coreset selection in one training run.
//!
//! [`swast`] is the algorithm; [`selector`] and [`pruner`] are its S and P. [`plan`] says which runs a figure
//! needs, [`run`] makes one and [`record`] is what it leaves.
#![deny(unsafe_code)]

pub mod batch;
pub mod bench;
pub mod commands;
pub mod draws;
pub mod history;
pub mod images;
pub mod libtorch;
pub mod loss;
pub mod measure;
pub mod model;
pub mod plan;
pub mod progress;
pub mod pruner;
pub mod record;
pub mod run;
pub mod settings;
pub mod sgd;
pub mod sparsity;
pub mod state;
pub mod statistics;
pub mod swast;
pub mod sweep;
pub mod training_data;
