//! The pruners: their rules on cases small enough to follow by hand, their random parts at 5 standard
//! deviations, and whole runs of every kind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod choices;
#[path = "../support/feed.rs"]
mod feed;
mod matrix;
mod moves;
mod probmask;
mod removals;
mod statistics;
#[path = "../support/mod.rs"]
mod support;
mod toy;
