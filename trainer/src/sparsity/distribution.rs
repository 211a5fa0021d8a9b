//! Spreading one prune rate over the layers: uniform, Erdős-Rényi and Erdős-Rényi-Kernel
//! (Evci et al. 2020, section 3; paper, Appendix C), or left to one ranking over all layers.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::model::architecture::Layer;

/// How a prune rate is spread over the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Erdős-Rényi-Kernel: density in proportion to the sum of a weight's dimensions over their product.
    Erk,
    /// Erdős-Rényi: the same with the kernel's dimensions left out.
    Er,
    /// The same density everywhere (by default but in the first layer, which is dense).
    Uniform,
    /// Wherever one ranking over all layers leaves the weights; decided during training.
    Global,
}

/// Whether the first layer, the smallest and the most used, is pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstLayer {
    /// It stays dense, outside of the budget: no other layer makes up for it.
    Dense,
    /// It is pruned like the others.
    Pruned,
}

impl Distribution {
    /// What RigL's authors do with the first layer: dense with `uniform`, pruned with the others (which make
    /// it dense where the budget allows).
    pub fn first_layer(self) -> FirstLayer {
        if self == Self::Uniform { FirstLayer::Dense } else { FirstLayer::Pruned }
    }

    /// Density of each of `layers` at `prune_rate` in [0, 1), all of them pruned; `None` for `global`.
    pub fn densities(self, layers: &[Layer], prune_rate: f64) -> Option<Vec<f64>> {
        match self {
            Self::Uniform => Some(vec![1.0 - prune_rate; layers.len()]),
            Self::Erk => Some(erdos_renyi(layers, prune_rate, score)),
            Self::Er => Some(erdos_renyi(layers, prune_rate, |shape| score(&shape[..2]))),
            Self::Global => None,
        }
    }
}

fn score(dimensions: &[usize]) -> f64 {
    let sum: usize = dimensions.iter().sum();
    let product: usize = dimensions.iter().product();
    sum as f64 / product as f64
}

/// Densities `epsilon * score`, epsilon such that the whole budget is spent. Layers that would be denser than
/// 1 are dense; they are charged to the budget and epsilon is found again, for the highest scores first.
fn erdos_renyi(layers: &[Layer], prune_rate: f64, score: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    let scores: Vec<f64> = layers.iter().map(|l| score(&l.shape)).collect();
    let mut dense = vec![false; layers.len()];
    loop {
        let (mut budget, mut divisor, mut highest) = (0.0, 0.0, 0.0_f64);
        for ((layer, &score), &is_dense) in layers.iter().zip(&scores).zip(&dense) {
            let weights = layer.weights() as f64;
            let zeros = (prune_rate * weights).floor();
            if is_dense {
                budget -= zeros;
            } else {
                budget += weights - zeros;
                divisor += score * weights;
                highest = highest.max(score);
            }
        }
        let epsilon = budget / divisor;
        if divisor == 0.0 || epsilon * highest <= 1.0 {
            let density =
                |(&score, &dense): (&f64, &bool)| if dense { 1.0 } else { epsilon * score };
            return scores.iter().zip(&dense).map(density).collect();
        }
        for (is_dense, score) in dense.iter_mut().zip(&scores) {
            *is_dense |= *score == highest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, ModelKind};

    fn densities(distribution: Distribution, prune_rate: f64) -> (Vec<Layer>, Vec<f64>) {
        let layers = Architecture::new(ModelKind::ResNet18, 10, 32).layers();
        let densities = distribution.densities(&layers, prune_rate).unwrap();
        (layers, densities)
    }

    #[test]
    fn erk_of_resnet18_is_the_reference() {
        let (layers, densities) = densities(Distribution::Erk, 0.9);
        for (name, density) in [
            ("conv1", 1.0),
            ("layer1.0.conv1", 0.47968349),
            ("layer1.1.conv2", 0.47968349),
            ("layer2.0.conv1", 0.35439303),
            ("layer2.1.conv2", 0.23447216),
            ("layer2.0.downsample.0", 1.0),
            ("layer3.0.conv1", 0.17451172),
            ("layer3.0.conv2", 0.11589368),
            ("layer3.0.downsample.0", 1.0),
            ("layer4.0.conv1", 0.08658466),
            ("layer4.1.conv1", 0.05761124),
            ("layer4.0.downsample.0", 0.77523475),
            ("fc", 1.0),
        ] {
            let at = layers.iter().position(|l| l.name == name).unwrap();
            assert!((densities[at] - density).abs() < 1e-8, "{name}: {}", densities[at]);
        }
    }

    #[test]
    fn epsilon_and_capped_layers_are_the_reference_at_every_rate() {
        for (rate, epsilon, capped) in [
            (0.5, 820.382428941, 14),
            (0.8, 280.704358068, 9),
            (0.9, 131.963077303, 4),
            (0.95, 64.024988213, 3),
            (0.98, 24.942383038, 2),
            (0.99, 12.173808708, 1),
        ] {
            let (layers, densities) = densities(Distribution::Erk, rate);
            let last = layers.iter().position(|l| l.name == "layer4.1.conv2").unwrap();
            let found = densities[last] / score(&layers[last].shape);
            assert!((found / epsilon - 1.0).abs() < 1e-9, "{rate}: {found}");
            assert_eq!(densities.iter().filter(|d| **d == 1.0).count(), capped, "{rate}");
        }
    }

    #[test]
    fn er_ignores_the_kernel() {
        let (layers, densities) = densities(Distribution::Er, 0.9);
        let at = |name: &str| layers.iter().position(|l| l.name == name).unwrap();
        let found = densities[at("layer1.0.conv1")] / score(&[64, 64]);
        assert!((found / 16.702748675 - 1.0).abs() < 1e-9, "{found}");
        assert_eq!((densities[at("conv1")], densities[at("fc")]), (1.0, 1.0));
    }

    /// WRN-22-2 of the authors' CIFAR experiments: a stem, three groups of three blocks, 1x1 shortcuts.
    fn wide_resnet() -> Vec<Layer> {
        let layer = |name: &str, shape: &[usize]| Layer {
            name: name.into(),
            shape: shape.to_vec(),
            positions: 1,
            classifier: name == "fc",
        };
        let mut layers = vec![layer("conv1", &[16, 3, 3, 3])];
        let mut inputs = 16;
        for width in [32, 64, 128] {
            layers.push(layer("shortcut", &[width, inputs, 1, 1]));
            for _ in 0..3 {
                layers.push(layer("conv", &[width, inputs, 3, 3]));
                layers.push(layer("conv", &[width, width, 3, 3]));
                inputs = width;
            }
        }
        layers.push(layer("fc", &[10, 128]));
        layers
    }

    #[test]
    fn a_dense_first_layer_is_not_charged_to_the_budget() {
        let layers = wide_resnet();
        assert_eq!(layers.iter().map(Layer::weights).sum::<usize>(), 1_076_912);
        let epsilon = |layers: &[Layer], rate| {
            let densities = Distribution::Erk.densities(layers, rate).unwrap();
            let widest = layers.len() - 2;
            densities[widest] / score(&layers[widest].shape)
        };
        for (rate, all, without_first) in [
            (0.8, 75.607675112, 75.736214605),
            (0.9, 35.938151494, 36.072967338),
            (0.95, 17.349126344, 17.486895161),
        ] {
            let (found, rest) = (epsilon(&layers, rate), epsilon(&layers[1..], rate));
            assert!((found / all - 1.0).abs() < 1e-9, "{rate}: {found}");
            assert!((rest / without_first - 1.0).abs() < 1e-9, "{rate}: {rest}");
        }
    }
}
