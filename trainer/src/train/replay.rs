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
//! | fp16: the scale of the loss, and leaving out steps that overflow | captured with the step |
//! | state preservation, the history of forgetting | captured with the step |
//! | streamed images | read eagerly into the captured mini-batch |
//! | a short mini-batch, the last of an epoch | eager |
//!
//! A selection changes what is in the buffers, so nothing is captured again after it. Only the first recording of states
//! adds a term to the loss: from then on it is another step.

use crate::libtorch::graph::Graph;

/// Full steps before one is captured on CUDA: in these cuDNN finds its fastest convolutions.
const EAGER: u32 = 4;

/// A step that is replayed on a frozen state `F`, or will be.
pub struct Replay<F> {
    /// Eager steps taken so far.
    eager: u32,
    /// Where recorded states lie, if the step preserves any.
    recorded: Option<usize>,
    captured: Option<Captured<F>>,
    captures: usize,
}

/// A step on buffers at fixed addresses.
struct Captured<F> {
    frozen: Box<F>,
    /// Absent on a CPU.
    graph: Option<Graph>,
}

impl<F> Default for Replay<F> {
    fn default() -> Self {
        Self { eager: 0, recorded: None, captured: None, captures: 0 }
    }
}

impl<F> Replay<F> {
    /// How often a step has been captured.
    pub fn captures(&self) -> usize {
        self.captures
    }

    /// Whether the next step, whose recorded states lie at `recorded`, is replayed. The first ones are not.
    pub fn is_due(&mut self, recorded: Option<usize>, cuda: bool) -> bool {
        if recorded != self.recorded {
            *self = Self { recorded, captures: self.captures, ..Self::default() };
        }
        let due = self.eager >= if cuda { EAGER } else { 1 };
        self.eager += u32::from(!due);
        due
    }

    /// Replays the step; where it was not captured yet, that which `take` does on the frozen state. On a CPU `take` does
    /// it every time.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn step<E>(
        &mut self,
        cuda: bool,
        freeze: impl FnOnce() -> F,
        take: impl Fn(&mut F) -> Result<(), E>,
    ) -> Result<(), E> {
        let captured = match &mut self.captured {
            Some(captured) => captured,
            none => {
                self.captures += 1;
                none.insert(Captured::new(freeze(), cuda, &take)?)
            }
        };
        match &captured.graph {
            Some(graph) => graph.replay(),
            None => take(&mut captured.frozen)?,
        }
        Ok(())
    }
}

impl<F> Captured<F> {
    fn new<E>(frozen: F, cuda: bool, take: &impl Fn(&mut F) -> Result<(), E>) -> Result<Self, E> {
        let mut frozen = Box::new(frozen);
        let mut taken = Ok(());
        let graph = cuda.then(|| Graph::capture(|| taken = take(&mut frozen)));
        taken.map(|()| Self { frozen, graph })
    }
}
