//! Reading results: the rows of one artifact, where they come from, how runs are named, and what the paper claims of
//! them.

pub mod block;
pub mod chance;
pub mod claim;
pub mod judge;
pub mod outcome;
pub mod over_epochs;
pub mod paper;
pub mod provenance;
pub mod results;
pub mod sample;
pub mod variant;
