//! Steps that are replayed: on CUDA the host hands over a captured step in one launch, instead of hundreds of kernels one
//! by one, which takes it longer than the device takes to carry them out.
//!
//! A step that can be captured reads and writes buffers at fixed addresses, and no number of the host that changes from
//! step to step. It is taken on a frozen copy of the state, which shares these buffers and has no such numbers. On a CPU
//! a replay is that very code on that very copy, so what would go wrong in a captured step goes wrong there.
//!
//! | step | |
//! |---|---|
//! | a full mini-batch, no pruning or fixed masks | captured |
//! | a full mini-batch between two changes of the masks | captured |
//! | RigL, SNIP: the mini-batch that is spent on the masks | eager |
//! | RigL with averaged gradients: mini-batches whose gradients are collected | eager |
//! | SET, gradual magnitude pruning | captured; masks change eagerly between two steps |
//! | ProbMask: the search | eager: its noise has another key in each pass |
//! | ProbMask: fine-tuning under hard masks | captured |
//! | state preservation, the history of forgetting | captured with the step |
//! | streamed images | read eagerly into the captured mini-batch |
//! | a short mini-batch, the last of an epoch | eager |
//!
//! A selection changes what is in the buffers, so nothing is captured again after it. Only the first recording of states
//! adds a term to the loss: from then on it is another step.

use swast_datasets::DatasetError;

use super::state::State;
use super::step::Step;
use crate::libtorch::graph::Graph;
use crate::pruner::PassKind;

/// Full steps before one is captured on CUDA: in these cuDNN finds its fastest convolutions.
const EAGER: u32 = 4;

/// A step that is replayed, or will be.
#[derive(Default)]
pub struct Replay {
    /// Eager steps taken so far.
    eager: u32,
    /// Where recorded states lie, if the step preserves any.
    recorded: Option<usize>,
    captured: Option<Captured>,
    captures: usize,
}

/// A step on buffers at fixed addresses.
struct Captured {
    frozen: Box<State>,
    /// Absent on a CPU.
    graph: Option<Graph>,
}

impl Replay {
    /// How often a step has been captured.
    pub fn captures(&self) -> usize {
        self.captures
    }

    /// Replays a step on the next `len` samples, after the first ones; `false` where it is still to be taken.
    ///
    /// # Errors
    /// When an image cannot be read.
    pub(super) fn step(
        &mut self,
        step: &Step,
        state: &mut State,
        len: i64,
    ) -> Result<bool, DatasetError> {
        let recorded = state.samples.recorded_at();
        if recorded != self.recorded {
            *self = Self { recorded, captures: self.captures, ..Self::default() };
        }
        let cuda = state.device().is_cuda();
        if self.eager < if cuda { EAGER } else { 1 } {
            self.eager += 1;
            return Ok(false);
        }
        let streamed = step.feed.is_streamed();
        if streamed {
            step.fill(state, len)?;
        }
        let take = |frozen: &mut State| {
            let batch = if streamed {
                frozen.batch.first(len, &frozen.samples)
            } else {
                step.fill(frozen, len)?
            };
            step.descend(frozen, &batch, PassKind::Step, &mut |_| ());
            Ok(())
        };
        let captured = match &mut self.captured {
            Some(captured) => captured,
            none => {
                self.captures += 1;
                none.insert(Captured::new(state.frozen(), cuda, take)?)
            }
        };
        match &captured.graph {
            Some(graph) => graph.replay(),
            None => take(&mut captured.frozen)?,
        }
        state.network.batches_seen += 1;
        Ok(true)
    }
}

impl Captured {
    fn new(
        frozen: State,
        cuda: bool,
        take: impl Fn(&mut State) -> Result<(), DatasetError>,
    ) -> Result<Self, DatasetError> {
        let mut frozen = Box::new(frozen);
        let mut taken = Ok(());
        let graph = cuda.then(|| Graph::capture(|| taken = take(&mut frozen)));
        taken.map(|()| Self { frozen, graph })
    }
}
