//! What producers of tables, drawings of them and all commands share.
//!
//! [`rows`] has a type per table and [`table`] reads and writes whole tables; [`stats`], [`interval`], [`bootstrap`], [`growth`]
//! and [`share`] summarise raw observations; [`stream`] makes random streams; [`folder`] guards what
//! commands write into; [`names`] and [`usage`] are how they read choices and report mistakes. The crate knows no drawing, no polynomial and no network.

#![forbid(unsafe_code)]

pub mod rows;
pub mod table;

pub mod bootstrap;
pub mod growth;
pub mod interval;
pub mod share;
pub mod stats;

pub mod folder;
pub mod names;
pub mod shell;
pub mod spec;
pub mod stream;
pub mod usage;
