//! RigL: drop the smallest active weights, grow where the dense gradient is largest (Evci et al. 2020,
//! Algorithm 1; paper, Appendix C), with the semantics of the authors' TensorFlow code: an update takes the
//! place of the optimizer step and does not advance the step, and what it does to a layer is in
//! `rewire`.
//!
//! We leave out the authors' N(0, 1e-5) noise on the drop score, which lets an inactive connection take the
//! place of an active one now and then; ties go to the lower index instead. Optionally the gradient is the
//! mean over the last mini-batches, signed, its magnitude taken afterwards: small batches make it noisy, and
//! a mean of magnitudes, which ports average over replicas, would favour that noise.

use tch::Tensor;

use super::rewire::rewire;
use super::schedule::UpdateSchedule;
use super::{MaskedModel, Masks, Method, PassKind, Pruner, PrunerSetup};
use crate::persist::{Fields, Persist};

swast_tables::options! {
    /// Drops the smallest weights and grows where the gradient is largest (Evci et al. 2020)
    Rigl "rigl" {
        /// Optimizer steps between two updates; none: a hundredth of the planned steps, between 20 and 100
        update_every: Option<u64> = None; |every| *every != Some(0) => "give at least 1",
        /// Mini-batches whose mean gradient it grows by, at most those since its last update
        average_gradients: u64 = 1; |batches| *batches > 0 => "give at least 1",
    }
}

impl Method for Rigl {
    fn pruner(self, setup: PrunerSetup) -> Box<dyn Pruner> {
        let schedule = UpdateSchedule::planned(setup.steps, self.update_every);
        Box::new(RiglPruner::new(schedule, self.average_gradients))
    }
}

/// The state of RigL between updates.
#[derive(Debug)]
pub struct RiglPruner {
    schedule: UpdateSchedule,
    /// Number of mini-batches whose mean gradient decides where to grow.
    averaged: u64,
    last_update: Option<u64>,
    /// Sum of the gradients seen for the coming update.
    sum: Option<Tensor>,
    /// Number of them.
    collected: u64,
}

impl RiglPruner {
    /// RigL on the given schedule; an update grows by the mean gradient of up to `averaged` mini-batches, the
    /// last one its own, none from before the previous update.
    pub fn new(schedule: UpdateSchedule, averaged: u64) -> Self {
        Self { schedule, averaged, last_update: None, sum: None, collected: 0 }
    }
}

impl Persist for RiglPruner {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("last-update", &mut self.last_update);
        at.optional("sum", &mut self.sum);
        at.plain("collected", &mut self.collected);
    }
}

impl Pruner for RiglPruner {
    fn kind(&self, step: u64) -> PassKind {
        if self.schedule.is_due(step, self.last_update) {
            return PassKind::Update;
        }
        let collects = |next: u64| (next.saturating_sub(self.averaged - 1)..next).contains(&step);
        match self.schedule.next(self.last_update) {
            Some(next) if collects(next) => PassKind::Dense,
            _ => PassKind::Step,
        }
    }

    fn observe(&mut self, kind: PassKind, gradient: &mut Tensor, _model: MaskedModel) {
        if kind == PassKind::Dense {
            // The optimizer changes the gradient in place, so the first one is copied.
            self.sum =
                Some(self.sum.take().map_or_else(|| gradient.copy(), |sum| sum + &*gradient));
            self.collected += 1;
        }
    }

    fn update(&mut self, step: u64, gradient: &Tensor, model: MaskedModel) {
        self.last_update = Some(step);
        let sum = self.sum.take().map_or_else(|| gradient.shallow_clone(), |sum| sum + gradient);
        let mean = sum / (std::mem::take(&mut self.collected) + 1) as f64;
        update(self.schedule.drop_fraction(step), &mean, model);
    }

    fn schedule(&self) -> Option<UpdateSchedule> {
        Some(self.schedule)
    }
}

/// Moves the share `fraction` of each layer's active connections to where `gradient` is largest.
pub fn update(fraction: f64, gradient: &Tensor, model: MaskedModel) {
    rewire(fraction, model, |layer| Masks::part(gradient, layer).abs());
}
