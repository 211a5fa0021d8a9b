//! Pruners change the masks during training. Each is one file with one type behind [`Pruner`]; adding one
//! touches its file, its `mod` line here and one arm of [`build`].

pub mod masks;
pub mod rigl;
pub mod schedule;
pub mod static_random;

use clap::ValueEnum;
use tch::Tensor;

pub use masks::Masks;
use schedule::UpdateSchedule;

use crate::model::parameters::Parameters;

/// The pruners that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrunerKind {
    /// Drops the smallest weights and grows where the gradient is largest (Evci et al. 2020).
    Rigl,
    /// Keeps the random mask it starts with.
    StaticRandom,
}

/// What became of a mini-batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The gradients belong to the optimizer.
    Step,
    /// The gradients were spent on the masks; the optimizer must not use them, and the step does not count.
    MaskUpdated,
}

/// What a pruner may look at and change.
#[derive(Debug)]
pub struct Sparse<'a> {
    /// Weights; exactly 0 where masked.
    pub parameters: &'a mut Parameters,
    /// Momentum, laid out as the parameters; exactly 0 where masked.
    pub momentum: &'a mut Tensor,
    /// The masks.
    pub masks: &'a mut Masks,
}

/// An online pruning method: the P of Algorithm 1.
pub trait Pruner: Send {
    /// Sees the dense gradients of every mini-batch (`gradient` is laid out as the parameters and holds no
    /// weight decay) before the optimizer does. `step` counts the optimizer steps taken so far.
    fn observe(&mut self, step: u64, gradient: &Tensor, model: Sparse) -> Action;

    /// Steps between updates and the last step at which one may happen, where masks change at all.
    fn schedule(&self) -> Option<UpdateSchedule>;
}

/// The pruner of `kind` for a run of `planned_steps` mini-batches; `update_every` overrides its interval.
pub fn build(kind: PrunerKind, planned_steps: u64, update_every: Option<u64>) -> Box<dyn Pruner> {
    match kind {
        PrunerKind::Rigl => {
            Box::new(rigl::Rigl::new(UpdateSchedule::planned(planned_steps, update_every)))
        }
        PrunerKind::StaticRandom => Box::new(static_random::StaticRandom),
    }
}
