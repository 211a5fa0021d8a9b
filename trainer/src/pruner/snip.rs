//! SNIP (Lee et al. 2019): prune once, before the first optimizer step, where a weight times its gradient is
//! smallest, and leave the masks alone from then on.
//!
//! Within each layer, as the authors of RigL run it beside their method, or among all layers with the
//! distribution `global`, as its own authors do; each layer keeps at least one weight, since at high rates
//! the global ranking can empty a layer and cut the network in two. The saliency comes from the first
//! mini-batch, which is spent on it; the weights that stay are not drawn anew.

use tch::Tensor;

use super::region::Region;
use super::{Action, MaskedModel, Pruner};

/// The state of SNIP.
#[derive(Debug)]
pub struct Snip {
    /// What is still to be pruned: everything before the first mini-batch, nothing after it.
    pending: Vec<Region>,
}

impl Snip {
    /// Prunes each of `regions` to its budget.
    pub fn new(regions: Vec<Region>) -> Self {
        Self { pending: regions }
    }
}

impl Pruner for Snip {
    fn observe(&mut self, _step: u64, gradient: &mut Tensor, model: MaskedModel) -> Action {
        if self.pending.is_empty() {
            return Action::Step;
        }
        let MaskedModel { parameters, momentum, masks } = model;
        let _guard = tch::no_grad_guard();
        for region in std::mem::take(&mut self.pending) {
            let saliency = (region.of(gradient) * region.of(&parameters.flat)).abs();
            masks.keep(&region, &region.highest(&saliency, region.active));
        }
        masks.apply(&mut parameters.flat);
        masks.apply(momentum);
        Action::MaskUpdated
    }
}
