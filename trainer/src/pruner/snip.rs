//! SNIP (Lee et al. 2019): prune once, before the first optimizer step, where a weight times its gradient is
//! smallest, and leave the masks alone from then on.
//!
//! Within each layer, as the authors of RigL run it beside their method, or among all layers with the
//! distribution `global`, as its own authors do; each layer keeps at least one weight, since at high rates
//! the global ranking can empty a layer and cut the network in two. The saliency comes from the first
//! mini-batch, which is spent on it; the weights that stay keep their values.

use tch::Tensor;

use super::region::Region;
use super::{MaskedModel, Method, PassKind, Pruner, PrunerSetup};
use crate::persist::{Fields, Persist};

swast_tables::options! {
    /// Masks once, before the first step, where weight times gradient is smallest (Lee et al. 2019)
    Snip "snip" {}
}

impl Method for Snip {
    const STARTS_DENSE: bool = true;

    fn pruner(self, setup: PrunerSetup) -> Box<dyn Pruner> {
        Box::new(SnipPruner::new(setup.regions))
    }
}

/// The state of SNIP.
#[derive(Debug)]
pub struct SnipPruner {
    regions: Vec<Region>,
    /// Whether the regions are still to be pruned: before the first mini-batch.
    pending: bool,
}

impl SnipPruner {
    /// Prunes each of `regions` to its budget.
    pub fn new(regions: Vec<Region>) -> Self {
        Self { pending: !regions.is_empty(), regions }
    }
}

impl Persist for SnipPruner {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("pending", &mut self.pending);
    }
}

impl Pruner for SnipPruner {
    fn kind(&self, _step: u64) -> PassKind {
        if self.pending { PassKind::Update } else { PassKind::Step }
    }

    fn update(&mut self, _step: u64, gradient: &Tensor, model: MaskedModel) {
        let MaskedModel { parameters, momentum, masks } = model;
        let _guard = tch::no_grad_guard();
        for region in &self.regions {
            let saliency = (region.of(gradient) * region.of(&parameters.flat)).abs();
            masks.keep(region, &region.highest(&saliency, region.active));
        }
        masks.apply(&mut parameters.flat);
        masks.apply(momentum);
        self.pending = false;
    }
}
