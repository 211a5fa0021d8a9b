//! Gradual magnitude pruning (Zhu and Gupta 2017): start dense, and every few steps mask the smallest weights
//! until the prune rate is reached, along a cubic ramp. Within each layer, or among all of them with the
//! distribution `global`.
//!
//! Where we depart from the authors' TensorFlow code:
//!
//! * counts are exact: the authors read their threshold off a histogram of 255 bins, and weights equal to it
//!   go either way; the last update is at the end of the ramp, whatever its interval, so the prune rate is met
//!   exactly;
//! * masked weights are stored as 0 (every weight that counts is in the model, and nothing hidden decays), so
//!   a masked weight does not come back when others shrink below its old value;
//! * among all layers, each keeps at least one weight.

use super::region::Region;
use super::schedule::UpdateSchedule;
use super::{MaskedModel, Method, Pruner, PrunerSetup};
use crate::persist::{Fields, Persist};

swast_tables::options! {
    /// Starts dense and masks the smallest weights step by step (Zhu and Gupta 2017)
    GradualMagnitude "gradual-magnitude" {
        /// Optimizer steps between two updates; none: a hundredth of the planned steps, between 20 and 100
        update_every: Option<u64> = None; |every| *every != Some(0) => "give at least 1",
    }
}

impl Method for GradualMagnitude {
    const STARTS_DENSE: bool = true;

    fn pruner(self, setup: PrunerSetup) -> Box<dyn Pruner> {
        let schedule = UpdateSchedule::gradual(setup.steps, self.update_every);
        Box::new(MagnitudePruner::new(schedule, setup.regions))
    }
}

/// The state of gradual magnitude pruning.
#[derive(Debug)]
pub struct MagnitudePruner {
    schedule: UpdateSchedule,
    regions: Vec<Region>,
    last_update: Option<u64>,
}

impl MagnitudePruner {
    /// Prunes each of `regions` to its budget along `schedule`.
    pub fn new(schedule: UpdateSchedule, regions: Vec<Region>) -> Self {
        Self { schedule, regions, last_update: None }
    }
}

impl Persist for MagnitudePruner {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("last-update", &mut self.last_update);
    }
}

impl Pruner for MagnitudePruner {
    fn stepped(&mut self, step: u64, model: MaskedModel) {
        if self.schedule.is_due(step, self.last_update) || step == self.schedule.end {
            self.last_update = Some(step);
            update(&self.regions, self.schedule.cubic_ramp(step), model);
        }
    }

    fn schedule(&self) -> Option<UpdateSchedule> {
        Some(self.schedule)
    }
}

/// Masks the smallest weights of each region, the share `ramp` of all that its budget removes in the end.
pub fn update(regions: &[Region], ramp: f64, model: MaskedModel) {
    let MaskedModel { parameters, momentum, masks } = model;
    let _guard = tch::no_grad_guard();
    for region in regions {
        let removed = region.weights() - region.active;
        let active = region.weights() - (ramp * removed as f64).floor() as usize;
        let kept = region.highest(&region.magnitudes(&parameters.flat, &masks.flat), active);
        masks.keep(region, &kept);
    }
    masks.apply(&mut parameters.flat);
    masks.apply(momentum);
}
