//! Floating-point operations: one multiply-add counts 2; bias, batch norm and rectifiers are not counted.

use crate::model::architecture::Layer;
use crate::persist::{Fields, Persist};

/// Operations of one sample's forward pass through `layers` with `active` unmasked weights each.
pub fn forward(layers: &[Layer], active: &[usize]) -> f64 {
    layers.iter().zip(active).map(|(l, &active)| 2.0 * (active * l.positions) as f64).sum()
}

/// Operations of one sample's forward pass through dense `layers`.
pub fn forward_dense(layers: &[Layer]) -> f64 {
    forward(layers, &layers.iter().map(Layer::weights).collect::<Vec<_>>())
}

/// Operations so far of one training run, and what dense training on all data would have cost.
///
/// Passes through the masked network are counted as they happen and priced later, with [`Meter::settle`]: how
/// many weights of a layer are active may be known on the device alone until the end of an epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Meter {
    layers: Vec<Layer>,
    /// Operations of one sample's dense forward pass.
    dense: f64,
    /// Forward passes of one sample through the masked network that are not priced yet; a backward pass is two.
    unpriced: f64,
    total: f64,
}

impl Meter {
    /// A meter for `layers`.
    pub fn new(layers: &[Layer]) -> Self {
        let dense = forward_dense(layers);
        Self { layers: layers.to_vec(), dense, unpriced: 0.0, total: 0.0 }
    }

    /// Counts an optimizer step on `samples`: forward, and backward at twice its cost.
    pub fn step(&mut self, samples: usize) {
        self.unpriced += 3.0 * samples as f64;
    }

    /// Counts forward and backward passes with a dense weight gradient (Evci et al. 2020, Appendix G).
    pub fn dense_gradient(&mut self, samples: usize) {
        self.unpriced += 2.0 * samples as f64;
        self.total += self.dense * samples as f64;
    }

    /// Counts forward passes alone: scoring for a selection, recording of states.
    pub fn forward(&mut self, samples: usize) {
        self.unpriced += samples as f64;
    }

    /// Takes out the passes that are not priced yet; they come back to [`Meter::settle`].
    pub fn take_unpriced(&mut self) -> f64 {
        std::mem::take(&mut self.unpriced)
    }

    /// Prices `passes` made while each layer had `active` weights.
    pub fn settle(&mut self, passes: f64, active: &[usize]) {
        self.total += passes * forward(&self.layers, active);
    }

    /// Operations counted and priced so far.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Operations counted and priced so far over those of dense training for `epochs` on `samples`.
    pub fn relative(&self, samples: usize, epochs: u32) -> f64 {
        self.total / (3.0 * self.dense * samples as f64 * f64::from(epochs))
    }
}

impl Persist for Meter {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("unpriced", &mut self.unpriced);
        at.plain("total", &mut self.total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, ModelKind};
    use crate::sparsity::distribution::Distribution;

    #[test]
    fn resnet18_on_cifar_costs_what_the_reference_says() {
        let layers = Architecture::new(ModelKind::ResNet18, 10, 32).layers();
        assert_eq!(forward_dense(&layers), 1_110_845_440.0);
        let densities = Distribution::Erk.densities(&layers, 0.9).unwrap();
        let active: Vec<_> = crate::sparsity::budget::active_counts(&layers, &densities);
        let share = forward(&layers, &active) / forward_dense(&layers);
        // The reference multiplies by real densities, we by whole weights.
        assert!((share - 0.248177).abs() < 1e-5, "{share}");
    }

    #[test]
    fn rigl_costs_three_sparse_passes_and_a_dense_one_at_updates() {
        let layers = Architecture::new(ModelKind::ResNet18, 10, 32).layers();
        let active: Vec<_> = layers.iter().map(|l| l.weights() / 4).collect();
        let mut meter = Meter::new(&layers);
        (0..100).for_each(|_| meter.step(1));
        meter.dense_gradient(1);
        let passes = meter.take_unpriced();
        assert_eq!((passes, meter.take_unpriced()), (302.0, 0.0));
        meter.settle(passes, &active);
        let (sparse, dense) = (forward(&layers, &active), forward_dense(&layers));
        let expected = 100.0 * 3.0 * sparse + 2.0 * sparse + dense;
        assert!((meter.total() / expected - 1.0).abs() < 1e-12);
        assert!((meter.relative(101, 1) - expected / (3.0 * dense * 101.0)).abs() < 1e-12);
    }
}
