//! The baseline that never changes its random masks.

use super::setup::Idle;
use super::{Method, Pruner, PrunerSetup};

swast_tables::options! {
    /// Keeps the random masks it starts with
    StaticRandom "static-random" {}
}

impl Method for StaticRandom {
    fn pruner(self, _setup: PrunerSetup) -> Box<dyn Pruner> {
        Box::new(Idle)
    }
}
