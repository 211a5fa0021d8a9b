//! Pruners change the masks during training. Each is one file with one type behind [`Pruner`]; adding one
//! touches its file, its `mod` line here, and its name in [`PrunerKind`] and [`build`].

pub mod magnitude;
pub mod masks;
pub mod probmask;
pub mod region;
pub mod rewire;
pub mod rigl;
pub mod schedule;
pub mod set;
pub mod snip;
pub mod static_random;
pub mod tally;

use clap::ValueEnum;
use tch::Tensor;

pub use masks::Masks;
use region::Region;
use schedule::UpdateSchedule;

use crate::model::parameters::Parameters;

/// The pruners that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrunerKind {
    /// Drops the smallest weights and grows where the gradient is largest (Evci et al. 2020).
    Rigl,
    /// Keeps the random mask it starts with.
    StaticRandom,
    /// Drops the smallest weights and grows at random (Mocanu et al. 2018).
    Set,
    /// Starts dense and masks the smallest weights step by step (Zhu and Gupta 2017).
    GradualMagnitude,
    /// Masks once, before the first step, where weight times gradient is smallest (Lee et al. 2019).
    Snip,
    /// Learns the probability of every weight to stay, under one budget (Zhou et al. 2021).
    #[value(name = "probmask")]
    ProbMask,
}

impl PrunerKind {
    /// Whether it starts with the whole network and removes weights, so that it may rank them across layers;
    /// the others start with random masks and keep the number of connections of every layer.
    pub fn starts_dense(self) -> bool {
        matches!(self, Self::GradualMagnitude | Self::Snip | Self::ProbMask)
    }
}

/// What became of a mini-batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The gradients belong to the optimizer; only those of active weights were needed.
    Step,
    /// The gradients belong to the optimizer, but the pruner needed those of inactive weights as well.
    DenseStep,
    /// The gradients, all of them, were spent on the masks; the optimizer must not use them, and the step does
    /// not count.
    MaskUpdated,
}

/// What a pruner may look at and change.
#[derive(Debug)]
pub struct MaskedModel<'a> {
    /// Weights; exactly 0 where masked.
    pub parameters: &'a mut Parameters,
    /// Momentum, laid out as the parameters; exactly 0 where masked.
    pub momentum: &'a mut Tensor,
    /// The masks.
    pub masks: &'a mut Masks,
}

/// An online pruning method: the P of Algorithm 1. Its methods are called in the order they stand here:
/// around an epoch, around each of the passes of a mini-batch, and around the optimizer step.
pub trait Pruner: Send {
    /// Before the first mini-batch of `epoch` (from 1).
    fn begin_epoch(&mut self, _epoch: u32, _model: MaskedModel) {}

    /// Number of forward and backward passes over each mini-batch, whose gradients are averaged.
    fn passes(&self) -> u32 {
        1
    }

    /// Before pass `pass` (from 0): may change the weights for this pass alone.
    fn begin_pass(&mut self, _step: u64, _pass: u32, _model: MaskedModel) {}

    /// After the pass: undoes that, and turns the gradient of the weights passed into that of the weights.
    fn end_pass(&mut self, _gradient: &mut Tensor, _model: MaskedModel) {}

    /// Sees the dense gradients of every mini-batch (`gradient` is laid out as the parameters and holds no
    /// weight decay) before the optimizer does. `step` counts the optimizer steps taken so far.
    fn observe(&mut self, step: u64, gradient: &mut Tensor, model: MaskedModel) -> Action;

    /// After an optimizer step; `step` counts it.
    fn stepped(&mut self, _step: u64, _model: MaskedModel) {}

    /// After the last mini-batch of `epoch`. The weights left here are those that are measured, scored by
    /// selectors, and saved.
    ///
    /// Whether the network became another one at a stroke, which the statistics gathered in training do not fit.
    fn end_epoch(&mut self, _epoch: u32, _model: MaskedModel) -> bool {
        false
    }

    /// Share of the maskable weights that are active; expected, where masks are random. `counted` is that of
    /// the masks.
    fn density(&self, counted: f64) -> f64 {
        counted
    }

    /// Steps between updates and the last step at which one may happen, where masks change every few steps.
    fn schedule(&self) -> Option<UpdateSchedule> {
        None
    }
}

/// What a pruner knows of its run beforehand.
#[derive(Debug)]
pub struct PrunerSetup {
    /// Seed of the run.
    pub seed: u64,
    /// Epochs of the run.
    pub epochs: u32,
    /// Number of its mini-batches.
    pub steps: u64,
    /// Optimizer steps between two mask updates; absent for the planned number.
    pub update_every: Option<u64>,
    /// Mini-batches whose mean gradient RigL grows by.
    pub averaged: u64,
    /// The parts of the network that are pruned, with their budgets.
    pub regions: Vec<Region>,
    /// Number of maskable weights of the network.
    pub weights: usize,
}

/// The pruner of `kind` for a run with the given setup.
pub fn build(kind: PrunerKind, setup: PrunerSetup) -> Box<dyn Pruner> {
    let PrunerSetup { steps, update_every, .. } = setup;
    let planned = UpdateSchedule::planned(steps, update_every);
    match kind {
        PrunerKind::Rigl => Box::new(rigl::Rigl::new(planned, setup.averaged)),
        PrunerKind::StaticRandom => Box::new(static_random::StaticRandom),
        PrunerKind::Set => Box::new(set::Set::new(planned, setup.seed)),
        PrunerKind::GradualMagnitude => {
            let schedule = UpdateSchedule::gradual(steps, update_every);
            Box::new(magnitude::GradualMagnitude::new(schedule, setup.regions))
        }
        PrunerKind::Snip => Box::new(snip::Snip::new(setup.regions)),
        PrunerKind::ProbMask => Box::new(probmask::ProbMask::new(setup)),
    }
}
