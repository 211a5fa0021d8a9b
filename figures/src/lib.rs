//! The figures of the SWaST experiments, drawn from their tables.
//!
//! Producers (`swast-analysis`, `swast-trainer`) and drawings share the row types of [`swast_tables`] and
//! nothing else: a CSV table is the only border between computing a number and showing it.
//!
//! The road of a number: [`read`] picks the rows of one artifact, the module of the artifact in [`artifact`] turns them
//! into series and a [`scene::Sheet`], [`canvas`] draws that.

#![forbid(unsafe_code)]

pub mod scene;

pub mod canvas;
pub mod read;
pub mod text;

pub mod figure;

pub mod artifact;
pub mod lab;

pub mod cli;
pub mod draw;
pub mod report;
