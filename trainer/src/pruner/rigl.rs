//! RigL: drop the smallest active weights, grow where the dense gradient is largest (Evci et al. 2020,
//! Algorithm 1; paper, Appendix C), with the semantics of the authors' TensorFlow code:
//!
//! * an update takes the place of the optimizer step and does not advance the step;
//! * a connection dropped a moment ago is a candidate for growth, and keeps its weight and momentum when it
//!   grows back; any other grown connection starts at weight 0 and momentum 0;
//! * the number of active connections of a layer never changes.
//!
//! We leave out the authors' N(0, 1e-5) noise on the drop score, which lets an inactive connection take the
//! place of an active one now and then; ties go to the lower index instead.

use tch::Tensor;

use super::schedule::{UpdateSchedule, drop_count};
use super::{Action, Masks, Pruner, Sparse};

/// The state of RigL between updates.
#[derive(Debug)]
pub struct Rigl {
    schedule: UpdateSchedule,
    last_update: Option<u64>,
}

impl Rigl {
    /// RigL on the given schedule.
    pub fn new(schedule: UpdateSchedule) -> Self {
        Self { schedule, last_update: None }
    }
}

impl Pruner for Rigl {
    fn observe(&mut self, step: u64, gradient: &Tensor, model: Sparse) -> Action {
        if !self.schedule.is_due(step, self.last_update) {
            return Action::Step;
        }
        self.last_update = Some(step);
        update(self.schedule.drop_fraction(step), gradient, model);
        Action::MaskUpdated
    }

    fn schedule(&self) -> Option<UpdateSchedule> {
        Some(self.schedule)
    }
}

/// Moves the share `fraction` of each layer's active connections to where `gradient` is largest.
pub fn update(fraction: f64, gradient: &Tensor, model: Sparse) {
    let Sparse { parameters, momentum, masks } = model;
    let _guard = tch::no_grad_guard();
    for layer in masks.layers.iter().filter(|l| l.active < l.layer.weights()) {
        let dropped = drop_count(layer.active, fraction) as i64;
        if dropped == 0 {
            continue;
        }
        let mut mask = Masks::part(&masks.flat, layer);
        let weight = Masks::part(&parameters.flat, layer);
        let gradient = Masks::part(gradient, layer);

        // Inactive weights are 0 and score -1, below every active one, so they never survive the drop.
        let drop_score = weight.abs() + (&mask - 1.0);
        let kept = top(&drop_score, layer.active as i64 - dropped);
        let grow_score = gradient.abs().index_fill(0, &kept, -1.0);
        let grown = top(&grow_score, dropped);

        let _ = mask.zero_();
        let _ = mask.index_fill_(0, &Tensor::cat(&[kept, grown], 0), 1.0);
    }
    // Whatever is inactive now, dropped weights and their momentum, must be exactly 0; what was grown anew
    // was inactive, hence 0 already.
    masks.apply(&mut parameters.flat);
    masks.apply(momentum);
}

/// Indices of the `count` largest scores; among equals the lower index is first.
fn top(scores: &Tensor, count: i64) -> Tensor {
    let (_, order) = scores.sort_stable(true, 0, true);
    order.narrow(0, 0, count)
}
