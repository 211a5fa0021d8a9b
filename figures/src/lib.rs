//! The tables of the SWaST experiments and the figures drawn from them.
//!
//! Producers (`swast-analysis`, `swast-trainer`) and drawings share the row types of [`rows`] and
//! nothing else: a CSV table is the only border between computing a number and showing it.
//!
//! The road of a number: [`table`] reads rows, [`results`] picks those of one artifact, the module
//! of the figure turns them into series and a [`scene::Sheet`], [`canvas`] draws that.

#![forbid(unsafe_code)]

pub mod claim;
pub mod figure;
pub mod over_epochs;
pub mod provenance;
pub mod results;
pub mod scene;
pub mod variant;

pub mod figure1;
pub mod figure5;
pub mod figure6;
pub mod figure7;
pub mod selectors;

pub mod lab;

pub mod canvas;
pub mod cli;
pub mod draw;
