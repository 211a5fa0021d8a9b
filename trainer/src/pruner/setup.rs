//! What a pruner is: what it knows beforehand, when it is called, and what it may change.

use swast_tables::spec::Options;
use tch::Tensor;

use super::masks::MaskedModel;
use super::region::Region;
use super::schedule::UpdateSchedule;
use crate::persist::{Fields, Persist};
use crate::sparsity::distribution::Distribution;

/// What the next pass over a mini-batch is for, known before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassKind {
    /// The optimizer steps; only the gradients of active weights are needed.
    Step,
    /// The optimizer steps, but the pruner needs the gradients of inactive weights as well.
    Dense,
    /// The gradients of all weights are spent on the masks; the optimizer does not step, and the step does not count.
    Update,
}

/// An online pruning method: the P of Algorithm 1. Its methods are listed in the order in which they are called: around
/// an epoch, around each of the passes of a mini-batch, and around the optimizer step. Whatever changes in it survives a
/// stop ([`Persist`]).
pub trait Pruner: Persist + Send {
    /// Before the first mini-batch of `epoch` (from 1).
    fn begin_epoch(&mut self, _epoch: u32, _model: MaskedModel) {}

    /// What the next mini-batch is for, after `step` optimizer steps.
    fn kind(&self, _step: u64) -> PassKind {
        PassKind::Step
    }

    /// Number of forward and backward passes over each mini-batch, whose gradients are averaged.
    fn passes(&self) -> u32 {
        1
    }

    /// Whether it has no part in the passes and the optimizer step of a [`PassKind::Step`], which can then be captured and
    /// replayed: neither [`Pruner::begin_pass`] nor [`Pruner::end_pass`] nor [`Pruner::observe`] does anything, and there
    /// is one pass.
    fn is_aside(&self) -> bool {
        true
    }

    /// Before pass `pass` (from 0): may change the weights for this pass alone.
    fn begin_pass(&mut self, _step: u64, _pass: u32, _model: MaskedModel) {}

    /// After the pass: undoes that, and turns the gradient of the weights passed into that of the weights.
    fn end_pass(&mut self, _gradient: &mut Tensor, _model: MaskedModel) {}

    /// Before the optimizer steps: sees the gradient of the mini-batch (laid out as the parameters, without weight
    /// decay), and may change it. That of inactive weights is valid after [`PassKind::Dense`] only.
    fn observe(&mut self, _kind: PassKind, _gradient: &mut Tensor, _model: MaskedModel) {}

    /// In place of the optimizer step, where [`Pruner::kind`] said so: spends the gradient on the masks.
    fn update(&mut self, _step: u64, _gradient: &Tensor, _model: MaskedModel) {}

    /// After an optimizer step; `step` counts it.
    fn stepped(&mut self, _step: u64, _model: MaskedModel) {}

    /// After the last mini-batch of `epoch`. The weights left here are those that are measured, scored by
    /// selectors, and saved.
    ///
    /// Returns true if the weights changed abruptly, so batch-norm statistics must be recomputed.
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

/// A pruner that leaves the masks as they are; nothing in it changes.
#[derive(Debug)]
pub struct Idle;

impl Persist for Idle {
    fn persist(&mut self, _at: &mut dyn Fields) {}
}

impl Pruner for Idle {}

/// The options of a pruner, from which it is set up.
pub trait Method: Options {
    /// Whether it starts with the whole network and removes weights, so that it may rank them across layers;
    /// the others start with random masks and keep the number of connections of every layer.
    const STARTS_DENSE: bool = false;
    /// How its authors spread the prune rate over the layers.
    const DISTRIBUTION: Distribution = Distribution::Erk;

    /// The pruner of a run.
    fn pruner(self, setup: PrunerSetup) -> Box<dyn Pruner>;
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
    /// The parts of the network that are pruned, with their budgets.
    pub regions: Vec<Region>,
    /// Number of maskable weights of the network.
    pub weights: usize,
}
