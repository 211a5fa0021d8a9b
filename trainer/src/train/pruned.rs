//! What pruning adds to the state of a run: the masks, the pruner, and the passes made under each state of the masks.

use crate::model::Network;
use crate::persist::{Fields, Persist};
use crate::pruner::region::Region;
use crate::pruner::setup::Idle;
use crate::pruner::tally::Tally;
use crate::pruner::{Masks, Pruner, PrunerSetup};
use crate::settings::Pruning;
use crate::sparsity::flops::Meter;

/// What weights a run prunes, and how.
pub struct Pruned {
    /// The masks.
    pub masks: Masks,
    /// The pruner.
    pub pruner: Box<dyn Pruner>,
    /// Passes under each state of the masks.
    tally: Tally,
}

/// How long a run is.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Epochs.
    pub epochs: u32,
    /// Mini-batches.
    pub steps: u64,
}

impl Pruned {
    /// Masks and pruner before the first epoch of a run with `seed`. Masked weights of `network` become 0.
    pub fn new(pruning: &Pruning, seed: u64, length: Length, network: &mut Network) -> Self {
        let Network { architecture, parameters, .. } = network;
        let layers = architecture.layers();
        let groups = pruning.budget().groups(&layers);
        let masks = if pruning.pruner.starts_dense() {
            Masks::dense(architecture, parameters)
        } else {
            let mut active: Vec<_> = layers.iter().map(|l| l.weights()).collect();
            for group in &groups {
                group.layers.iter().for_each(|&layer| active[layer] = group.active);
            }
            Masks::random(architecture, parameters, &active, seed)
        };
        masks.apply(&mut parameters.flat);
        let region = |group| Region::new(group, architecture, parameters);
        let Length { epochs, steps } = length;
        let regions = groups.iter().map(region).collect();
        let setup = PrunerSetup { seed, epochs, steps, regions, weights: masks.weights() };
        Self { tally: Tally::new(&masks), pruner: pruning.pruner.pruner(setup), masks }
    }

    /// The same masks for a step that is replayed, without a pruner: what it does to them is done between steps.
    pub fn frozen(&self) -> Self {
        let masks = self.masks.frozen();
        Self { tally: Tally::new(&masks), pruner: Box::new(Idle), masks }
    }

    /// Notices a change of the masks; see [`Tally::follow`].
    pub fn follow(&mut self, meter: &mut Meter) {
        self.tally.follow(&self.masks, meter);
    }

    /// Prices all passes counted so far; waits for the device.
    pub fn settle(&mut self, meter: &mut Meter) {
        self.tally.settle(&mut self.masks, meter);
    }

    /// Active share of all maskable weights; expected, where masks are random.
    pub fn density(&self) -> f64 {
        self.pruner.density(self.masks.density())
    }
}

impl Persist for Pruned {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.part("masks", &mut self.masks);
        at.part("pruner", &mut *self.pruner);
        at.part("tally", &mut self.tally);
    }
}
