//! A training step: the only copy of it, for runs and for measurements of speed.

use swast_datasets::DatasetError;
use tch::{Kind, Tensor};

use super::loss::{cross_entropy, preservation, weighted_mean};
use super::replay::Replay;
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
    /// beforehand. `done` hears of each part of the step as it ends. Waits for images where they are streamed, never for the
    /// device otherwise.
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
        state.count(kind, len);
        if !self.replayed(state, len)? {
            let batch = self.fill(state, len)?;
            done(Part::Input);
            self.descend(state, &batch, kind, &mut done);
        }
        state.stepped(kind, len);
        done(Part::Update);
        Ok(())
    }

    /// Replays the step where it was captured; `false` where it is to be taken.
    fn replayed(&self, state: &mut State, len: i64) -> Result<bool, DatasetError> {
        if !state.is_capturable(len) {
            return Ok(false);
        }
        let Some(mut replay) = state.replay.take() else { return Ok(false) };
        let due = replay.is_due(state.samples.recorded_at(), state.device().is_cuda());
        let replayed = if due { self.replay(&mut replay, state, len) } else { Ok(()) };
        state.replay = Some(replay);
        replayed.map(|()| due)
    }

    /// Replays the step on the next `len` samples. Streamed images are read before it: no graph can wait for them.
    fn replay(
        &self,
        replay: &mut Replay<State>,
        state: &mut State,
        len: i64,
    ) -> Result<(), DatasetError> {
        let streamed = self.feed.is_streamed();
        if streamed {
            self.fill(state, len)?;
        }
        let take = |frozen: &mut State| {
            let batch = if streamed {
                frozen.batch.first(len, &frozen.samples)
            } else {
                self.fill(frozen, len)?
            };
            self.descend(frozen, &batch, PassKind::Step, &mut |_| ());
            Ok(())
        };
        replay.step(state.device().is_cuda(), || state.frozen(), take)?;
        // A replayed pass does not count itself.
        state.network.batches_seen += 1;
        Ok(())
    }

    /// Fills in the next `len` samples of the epoch.
    ///
    /// # Errors
    /// When an image cannot be read.
    fn fill(&self, state: &mut State, len: i64) -> Result<Batch, DatasetError> {
        let State { batch, samples, course, .. } = state;
        batch.fill(samples, course, self.feed, len)
    }

    /// What a step does with its mini-batch: all that is on the device. For a captured step `state` is frozen, and no
    /// number of the host that changes may be read here.
    fn descend(
        &self,
        state: &mut State,
        batch: &Batch,
        kind: PassKind,
        done: &mut dyn FnMut(Part),
    ) {
        let mode = if kind == PassKind::Step { Mode::Train } else { Mode::TrainDense };
        let passes = state.passes();
        let mut mean: Option<Tensor> = None;
        for pass in 0..passes {
            state.begin_pass(pass);
            let Forward { loss, hits, totals } = self.forward(&mut state.network, batch, mode);
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
            state.spend(kind, gradient, self.sgd);
        }
        state.course.move_on(batch.weights.size()[0]);
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
