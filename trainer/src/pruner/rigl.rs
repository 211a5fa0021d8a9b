//! RigL: drop the smallest active weights, grow where the dense gradient is largest (Evci et al. 2020,
//! Algorithm 1; paper, Appendix C), with the semantics of the authors' TensorFlow code: an update takes the
//! place of the optimizer step and does not advance the step, and what it does to a layer is
//! [`rewire`].
//!
//! We leave out the authors' N(0, 1e-5) noise on the drop score, which lets an inactive connection take the
//! place of an active one now and then; ties go to the lower index instead. Optionally the gradient is the
//! mean over the last mini-batches, signed, its magnitude taken afterwards: small batches make it noisy, and
//! a mean of magnitudes, which ports average over replicas, would favour that noise.

use tch::Tensor;

use super::rewire::rewire;
use super::schedule::UpdateSchedule;
use super::{Action, MaskedModel, Masks, Pruner};

/// The state of RigL between updates.
#[derive(Debug)]
pub struct Rigl {
    schedule: UpdateSchedule,
    /// Number of mini-batches whose mean gradient decides where to grow.
    averaged: u64,
    last_update: Option<u64>,
    /// Sum of the gradients seen for the coming update, and their number.
    collected: Option<(Tensor, u64)>,
}

impl Rigl {
    /// RigL on the given schedule; an update grows by the mean gradient of up to `averaged` mini-batches, the
    /// last one its own, none from before the previous update.
    pub fn new(schedule: UpdateSchedule, averaged: u64) -> Self {
        Self { schedule, averaged, last_update: None, collected: None }
    }

    fn collect(&mut self, gradient: &Tensor) -> (Tensor, u64) {
        match self.collected.take() {
            Some((sum, count)) => (sum + gradient, count + 1),
            None => (gradient.shallow_clone(), 1),
        }
    }
}

impl Pruner for Rigl {
    fn observe(&mut self, step: u64, gradient: &mut Tensor, model: MaskedModel) -> Action {
        let next = self.schedule.next(self.last_update);
        if self.schedule.is_due(step, self.last_update) {
            self.last_update = Some(step);
            let (sum, count) = self.collect(gradient);
            update(self.schedule.drop_fraction(step), &(sum / count as f64), model);
            return Action::MaskUpdated;
        }
        if next.is_some_and(|next| (next.saturating_sub(self.averaged - 1)..next).contains(&step)) {
            // The optimizer changes the gradient in place, so the first one is copied.
            let (sum, count) = self.collect(gradient);
            self.collected = Some((if count == 1 { sum.copy() } else { sum }, count));
            return Action::DenseStep;
        }
        Action::Step
    }

    fn schedule(&self) -> Option<UpdateSchedule> {
        Some(self.schedule)
    }
}

/// Moves the share `fraction` of each layer's active connections to where `gradient` is largest.
pub fn update(fraction: f64, gradient: &Tensor, model: MaskedModel) {
    rewire(fraction, model, |layer| Masks::part(gradient, layer).abs());
}
