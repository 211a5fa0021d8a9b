//! The tables of the SWaST experiments and the figures drawn from them.
//!
//! Producers (`swast-analysis`, `swast-trainer`) and drawings share the row types of [`rows`] and
//! nothing else: a CSV table is the only border between computing a number and showing it.

#![forbid(unsafe_code)]

pub mod rows;
pub mod table;
