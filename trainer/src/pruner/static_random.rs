//! The baseline that never changes its random masks.

use super::{Method, Pruner, PrunerSetup};
use crate::persist::{Fields, Persist};

swast_tables::options! {
    /// Keeps the random masks it starts with
    StaticRandom "static-random" {}
}

impl Method for StaticRandom {
    fn pruner(self, _setup: PrunerSetup) -> Box<dyn Pruner> {
        Box::new(StaticPruner)
    }
}

/// Keeps the masks as they are; nothing in it changes.
#[derive(Debug)]
struct StaticPruner;

impl Persist for StaticPruner {
    fn persist(&mut self, _at: &mut dyn Fields) {}
}

impl Pruner for StaticPruner {}
