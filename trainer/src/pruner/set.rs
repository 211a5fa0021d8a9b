//! SET: drop the smallest active weights, grow at random (Mocanu et al. 2018), as the authors of RigL run it
//! beside their method: the same share dropped on the same schedule, but after an optimizer step, which is
//! not given up, and on the step then reached, so that the first update follows the first step.
//!
//! The original drops a constant share of the smallest positive and the largest negative weights once an
//! epoch; ports that grow by a coin flip for every position keep the number of connections only on average.
//! Here exactly as many grow as were dropped, at the highest of 63-bit ranks.

use rand::RngExt;
use tch::Tensor;

use super::rewire::rewire;
use super::schedule::UpdateSchedule;
use super::{Action, MaskedModel, Pruner};
use crate::draws;
use swast_tables::stream::stream;

/// The state of SET between updates.
#[derive(Debug)]
pub struct Set {
    schedule: UpdateSchedule,
    seed: u64,
    last_update: Option<u64>,
}

impl Set {
    /// SET on the given schedule, growing where `seed` says.
    pub fn new(schedule: UpdateSchedule, seed: u64) -> Self {
        Self { schedule, seed, last_update: None }
    }
}

impl Pruner for Set {
    fn observe(&mut self, _step: u64, _gradient: &mut Tensor, _model: MaskedModel) -> Action {
        Action::Step
    }

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
