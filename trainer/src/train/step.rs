//! A training step: the only copy of it, for runs and for measurements of speed.

use swast_datasets::DatasetError;
use tch::{Kind, Tensor};

use super::loss::{cross_entropy, preservation, weighted_mean};
use super::samples::{Batch, Recorded};
use super::state::State;
use crate::feed::Feed;
use crate::model::Network;
use crate::model::ops::Mode;
use crate::pruner::PassKind;
use crate::settings::{Objective, Sgd};

/// What a step needs besides the state.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The loss.
    pub objective: Objective,
    /// The optimizer.
    pub sgd: Sgd,
    /// Where images come from.
    pub feed: &'a dyn Feed,
}

/// The parts of a step, in order; forward and backward passes take turns where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Gathering the mini-batch and augmenting its images.
    Input,
    /// A forward pass and the loss.
    Forward,
    /// A backward pass.
    Backward,
    /// The optimizer step or the mask update.
    Update,
}

/// What a forward pass in training gives.
struct Forward {
    /// The loss to descend, a scalar.
    loss: Tensor,
    /// Whether each sample was classified correctly, `[B]`.
    hits: Tensor,
    /// B times the loss, and the number of correct predictions; `[2]`, f64, on the device.
    totals: Tensor,
}

impl Step<'_> {
    /// Trains on the next `len` samples of the epoch: an optimizer step or a mask update, as the pruner says
    /// beforehand. `done` hears of each part of the step as it ends. Waits for images where they are streamed, never for the device otherwise.
    ///
    /// # Errors
    /// When an image cannot be read.
    pub fn take(
        &self,
        state: &mut State,
        len: i64,
        mut done: impl FnMut(Part),
    ) -> Result<(), DatasetError> {
        let kind = state.kind();
        let mode = if kind == PassKind::Step { Mode::Train } else { Mode::TrainDense };
        let State { batch, samples, course, .. } = state;
        let batch = batch.fill(samples, course, self.feed, len)?;
        done(Part::Input);
        let passes = state.passes();
        let mut mean: Option<Tensor> = None;
        for pass in 0..passes {
            state.begin_pass(pass);
            let Forward { loss, hits, totals } = self.forward(&mut state.network, &batch, mode);
            state.course.totals += totals / f64::from(passes);
            if let (Some(history), 0) = (&mut state.history, pass) {
                history.observe(&batch.slots.indices, &hits);
            }
            done(Part::Forward);
            let gradient = state.gradient(&loss);
            mean = Some(mean.map_or_else(|| gradient.shallow_clone(), |sum| sum + &gradient));
            done(Part::Backward);
        }
        if let Some(sum) = mean {
            let gradient = if passes == 1 { sum } else { sum / f64::from(passes) };
            state.spend(kind, gradient, len as usize, self.sgd);
        }
        state.course.advance(len);
        done(Part::Update);
        Ok(())
    }

    /// Weighted cross-entropy of `network` on `batch`, plus lambda times the divergence from the recorded states where
    /// there are any (paper, Eq. 3).
    fn forward(&self, network: &mut Network, batch: &Batch, mode: Mode) -> Forward {
        let Batch { slots, weights, recorded } = batch;
        let logits = network.forward(&slots.images, mode).logits;
        let each = cross_entropy(&logits, &slots.labels);
        let mut loss = weighted_mean(&each, weights, self.objective.weighting);
        if let Some(Recorded { logits: recorded, member }) = recorded {
            loss += self.objective.lambda * preservation(&logits, recorded, member);
        }
        let hits = logits.argmax(-1, false).eq_tensor(&slots.labels);
        let sum = loss.detach().to_kind(Kind::Double) * slots.labels.size()[0];
        let totals = Tensor::stack(&[sum, hits.sum(Kind::Double)], 0);
        Forward { loss, hits, totals }
    }
}
