//! The commands, one file each: arguments in, a report out.

pub mod data;
pub mod evaluate;
pub mod sparsity;
pub mod sweep;
pub mod train;
