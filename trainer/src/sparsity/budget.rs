//! How many weights of every layer stay in a run of a given variant.

use super::distribution::Distribution;
use crate::model::architecture::Layer;

/// Which layers are pruned and at which rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// Nothing is pruned.
    Dense,
    /// The classifier alone, at the given rate (SWaST-trim).
    Classifier(f64),
    /// The backbone at `backbone` spread by `distribution`, the classifier at `classifier`, neither in nor
    /// charged to the backbone's budget (SWaST-cut, pruning alone).
    Split {
        /// How the backbone's rate is spread.
        distribution: Distribution,
        /// Prune rate of the backbone.
        backbone: f64,
        /// Prune rate of the classifier.
        classifier: f64,
    },
    /// One budget over all layers, the classifier included.
    Joint {
        /// How the rate is spread.
        distribution: Distribution,
        /// Prune rate of the network.
        rate: f64,
    },
}

impl Budget {
    /// Density of every layer; exactly 1 where a layer is not pruned.
    pub fn densities(self, layers: &[Layer]) -> Vec<f64> {
        let split = |backbone: Vec<f64>, rate: f64| {
            let mut backbone = backbone.into_iter();
            let density =
                |l: &Layer| if l.classifier { 1.0 - rate } else { backbone.next().unwrap_or(1.0) };
            layers.iter().map(density).collect()
        };
        match self {
            Self::Dense => vec![1.0; layers.len()],
            Self::Classifier(rate) => split(Vec::new(), rate),
            Self::Split { distribution, backbone, classifier } => {
                let inner: Vec<_> = layers.iter().filter(|l| !l.classifier).cloned().collect();
                split(distribution.densities(&inner, backbone), classifier)
            }
            Self::Joint { distribution, rate } => distribution.densities(layers, rate),
        }
    }
}

/// Weights that stay in each layer: all but `floor((1 - density) * weights)`, and at least one.
pub fn active_counts(layers: &[Layer], densities: &[f64]) -> Vec<usize> {
    let count = |(layer, density): (&Layer, &f64)| {
        let zeros = ((1.0 - density) * layer.weights() as f64).floor() as usize;
        (layer.weights() - zeros).max(1)
    };
    layers.iter().zip(densities).map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, ModelKind};

    #[test]
    fn counts_of_resnet18_are_the_reference() {
        let layers = Architecture::new(ModelKind::ResNet18, 10, 32).layers();
        let budget = Budget::Joint { distribution: Distribution::Erk, rate: 0.9 };
        let active = active_counts(&layers, &budget.densities(&layers));
        let of = |name: &str| active[layers.iter().position(|l| l.name == name).unwrap()];
        for (name, ones) in [
            ("conv1", 1728),
            ("layer1.0.conv1", 17684),
            ("layer2.0.conv1", 26129),
            ("layer2.0.conv2", 34575),
            ("layer2.0.downsample.0", 8192),
            ("layer3.0.conv1", 51466),
            ("layer3.1.conv1", 68357),
            ("layer3.0.downsample.0", 32768),
            ("layer4.0.conv1", 102140),
            ("layer4.1.conv2", 135922),
            ("layer4.0.downsample.0", 101612),
            ("fc", 5120),
        ] {
            assert_eq!(of(name), ones, "{name}");
        }
        assert_eq!(active.iter().sum::<usize>(), 1_116_453);
    }

    #[test]
    fn classifier_has_a_rate_of_its_own() {
        let layers = Architecture::new(ModelKind::ResNet8, 10, 32).layers();
        let budget =
            Budget::Split { distribution: Distribution::Erk, backbone: 0.5, classifier: 0.9 };
        let active = active_counts(&layers, &budget.densities(&layers));
        let (fc, backbone) = active.split_last().unwrap();
        let weights: usize = layers.iter().filter(|l| !l.classifier).map(Layer::weights).sum();
        assert_eq!(*fc, 64);
        let spent = backbone.iter().sum::<usize>() as f64 / weights as f64;
        assert!((spent - 0.5).abs() < layers.len() as f64 / weights as f64, "{spent}");

        let trim = Budget::Classifier(0.7).densities(&layers);
        assert!(trim[..trim.len() - 1].iter().all(|d| *d == 1.0));
        assert_eq!(active_counts(&layers, &trim).last(), Some(&192));
    }
}
