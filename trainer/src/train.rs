//! Training: Algorithm 1 and what it is made of.

pub mod data;
pub mod history;
pub mod loss;
pub mod measure;
pub mod objective;
pub mod sgd;
pub mod state;
pub mod swast;
