//! Floating-point operations: one multiply-add counts 2; bias, batch norm and rectifiers are not counted.

use crate::model::architecture::Layer;

/// Operations of one sample's forward pass through `layers` of which `active` weights each are not masked.
pub fn forward(layers: &[Layer], active: &[usize]) -> f64 {
    layers.iter().zip(active).map(|(l, &active)| 2.0 * (active * l.positions) as f64).sum()
}

/// Operations of one sample's forward pass through dense `layers`.
pub fn forward_dense(layers: &[Layer]) -> f64 {
    forward(layers, &layers.iter().map(Layer::weights).collect::<Vec<_>>())
}

/// Operations so far of one training run, and what dense training on all data would have cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Meter {
    dense: f64,
    sparse: f64,
    total: f64,
}

impl Meter {
    /// A meter for `layers` with `active` weights each; both stay the same throughout a run.
    pub fn new(layers: &[Layer], active: &[usize]) -> Self {
        Self { dense: forward_dense(layers), sparse: forward(layers, active), total: 0.0 }
    }

    /// Counts an optimizer step on `samples`: forward, and backward at twice its cost.
    pub fn step(&mut self, samples: usize) {
        self.total += 3.0 * self.sparse * samples as f64;
    }

    /// Counts a mask update that needs the dense weight gradient (Evci et al. 2020, Appendix G).
    pub fn mask_update(&mut self, samples: usize) {
        self.total += (2.0 * self.sparse + self.dense) * samples as f64;
    }

    /// Counts forward passes alone: scoring for a selection, recording of states.
    pub fn forward(&mut self, samples: usize) {
        self.total += self.sparse * samples as f64;
    }

    /// Operations counted so far.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Operations counted so far over those of dense training for `epochs` on `samples`.
    pub fn relative(&self, samples: usize, epochs: u32) -> f64 {
        self.total / (3.0 * self.dense * samples as f64 * f64::from(epochs))
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
        let densities = Distribution::Erk.densities(&layers, 0.9);
        let active: Vec<_> = crate::sparsity::budget::active_counts(&layers, &densities);
        let share = forward(&layers, &active) / forward_dense(&layers);
        // The reference multiplies by real densities, we by whole weights.
        assert!((share - 0.248177).abs() < 1e-5, "{share}");
    }

    #[test]
    fn rigl_costs_three_sparse_passes_and_a_dense_one_at_updates() {
        let layers = Architecture::new(ModelKind::ResNet18, 10, 32).layers();
        let active: Vec<_> = layers.iter().map(|l| l.weights() / 4).collect();
        let mut meter = Meter::new(&layers, &active);
        (0..100).for_each(|_| meter.step(1));
        meter.mask_update(1);
        let (sparse, dense) = (forward(&layers, &active), forward_dense(&layers));
        let expected = 100.0 * 3.0 * sparse + 2.0 * sparse + dense;
        assert!((meter.total() / expected - 1.0).abs() < 1e-12);
        assert!((meter.relative(101, 1) - expected / (3.0 * dense * 101.0)).abs() < 1e-12);
    }
}
