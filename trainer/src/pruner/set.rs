//! SET: drop the smallest active weights, grow at random (Mocanu et al. 2018), as the authors of RigL run it
//! beside their method: the same share dropped on the same schedule, but after an optimizer step, which is
//! not given up, and on the step then reached, so that the first update follows the first step.
//!
//! The original drops a constant share of the smallest positive and the largest negative weights once an
//! epoch; ports that grow by a coin flip for every position keep the number of connections only on average.
//! Here exactly as many grow as were dropped, at the highest of 63-bit ranks.

use rand::RngExt;
use swast_tables::stream::stream;

use super::rewire::rewire;
use super::schedule::UpdateSchedule;
use super::{MaskedModel, Method, Pruner, PrunerSetup};
use crate::draws;
use crate::persist::{Fields, Persist};

swast_tables::options! {
    /// Drops the smallest weights and grows at random (Mocanu et al. 2018)
    Set "set" {
        /// Optimizer steps between two updates; none: a hundredth of the planned steps, between 20 and 100
        update_every: Option<u64> = None; |every| *every != Some(0) => "give at least 1",
    }
}

impl Method for Set {
    fn pruner(self, setup: PrunerSetup) -> Box<dyn Pruner> {
        let schedule = UpdateSchedule::planned(setup.steps, self.update_every);
        Box::new(SetPruner::new(schedule, setup.seed))
    }
}

/// The state of SET between updates.
#[derive(Debug)]
pub struct SetPruner {
    schedule: UpdateSchedule,
    seed: u64,
    last_update: Option<u64>,
}

impl SetPruner {
    /// SET on the given schedule; `seed` decides where it grows.
    pub fn new(schedule: UpdateSchedule, seed: u64) -> Self {
        Self { schedule, seed, last_update: None }
    }
}

impl Persist for SetPruner {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("last-update", &mut self.last_update);
    }
}

impl Pruner for SetPruner {
    fn stepped(&mut self, step: u64, model: MaskedModel) {
        if self.schedule.is_due(step, self.last_update) {
            self.last_update = Some(step);
            update(self.schedule.drop_fraction(step), self.seed, step, model);
        }
    }

    fn schedule(&self) -> Option<UpdateSchedule> {
        Some(self.schedule)
    }
}

/// Moves the share `fraction` of each layer's active connections to random places of the layer, drawn from
/// `seed` for `step`.
pub fn update(fraction: f64, seed: u64, step: u64, model: MaskedModel) {
    let mut keys = stream(seed, "set-growth", step);
    let device = model.momentum.device();
    rewire(fraction, model, |layer| draws::ranks(keys.random(), layer.layer.weights(), device));
}
