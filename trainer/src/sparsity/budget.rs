//! How many weights stay in a run of a given variant, and among which weights they are chosen.

use super::distribution::{Distribution, FirstLayer};
use crate::model::architecture::Layer;

/// How one rate is spread over several layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// The rule.
    pub distribution: Distribution,
    /// Whether the first of the layers takes part.
    pub first_layer: FirstLayer,
}

impl Spread {
    /// `distribution` as its authors use it.
    pub fn usual(distribution: Distribution) -> Self {
        Self { distribution, first_layer: distribution.first_layer() }
    }

    /// Number of layers at the front that stay dense and outside of the budget.
    fn spared(self) -> usize {
        usize::from(self.first_layer == FirstLayer::Dense)
    }
}

/// Which layers are pruned and at which rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// Nothing is pruned.
    Dense,
    /// The classifier alone, at the given rate (SWaST-trim).
    Classifier(f64),
    /// The backbone at `backbone` spread by `spread`, the classifier at `classifier`, neither in nor charged
    /// to the backbone's budget (SWaST-cut, pruning alone).
    Split {
        /// How the backbone's rate is spread.
        spread: Spread,
        /// Prune rate of the backbone.
        backbone: f64,
        /// Prune rate of the classifier.
        classifier: f64,
    },
    /// One budget over all layers, the classifier included.
    Joint {
        /// How the rate is spread.
        spread: Spread,
        /// Prune rate of the network.
        rate: f64,
    },
}

/// Layers that share one budget: `active` of their weights stay, and which ones is decided among all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Numbers of the layers, ascending.
    pub layers: Vec<usize>,
    /// Number of their weights that stay; fewer than they have, and at least one a layer.
    pub active: usize,
}

/// Layers under one rate.
struct Part {
    layers: Vec<usize>,
    spread: Spread,
    rate: f64,
}

impl Part {
    fn own(&self, layers: &[Layer]) -> Vec<Layer> {
        self.pruned().iter().map(|&i| layers[i].clone()).collect()
    }

    fn pruned(&self) -> &[usize] {
        &self.layers[self.spread.spared().min(self.layers.len())..]
    }

    fn groups(&self, layers: &[Layer]) -> Vec<Group> {
        let own = self.own(layers);
        let alone = |(&layer, active)| Group { layers: vec![layer], active };
        if let Some(densities) = self.spread.distribution.densities(&own, self.rate) {
            return self.pruned().iter().zip(active_counts(&own, &densities)).map(alone).collect();
        }
        let weights: usize = own.iter().map(Layer::weights).sum();
        let zeros = (self.rate * weights as f64).floor() as usize;
        vec![Group { layers: self.pruned().to_vec(), active: (weights - zeros).max(own.len()) }]
    }
}

impl Budget {
    fn parts(self, layers: &[Layer]) -> Vec<Part> {
        let every = Spread { distribution: Distribution::Uniform, first_layer: FirstLayer::Pruned };
        let numbers = |classifier: bool| -> Vec<usize> {
            (0..layers.len()).filter(|&i| layers[i].classifier == classifier).collect()
        };
        let classifier = |rate| Part { layers: numbers(true), spread: every, rate };
        match self {
            Self::Dense => Vec::new(),
            Self::Classifier(rate) => vec![classifier(rate)],
            Self::Split { spread, backbone, classifier: rate } => {
                vec![Part { layers: numbers(false), spread, rate: backbone }, classifier(rate)]
            }
            Self::Joint { spread, rate } => {
                vec![Part { layers: (0..layers.len()).collect(), spread, rate }]
            }
        }
    }

    /// Density of every layer, exactly 1 where a layer is not pruned; `None` where a ranking during training
    /// decides.
    pub fn densities(self, layers: &[Layer]) -> Option<Vec<f64>> {
        let mut all = vec![1.0; layers.len()];
        for part in self.parts(layers) {
            let own = part.spread.distribution.densities(&part.own(layers), part.rate)?;
            for (&layer, density) in part.pruned().iter().zip(own) {
                all[layer] = density;
            }
        }
        Some(all)
    }

    /// The groups of layers from which weights are removed: each layer alone where the distribution gives it
    /// a density of its own, all together where it is global.
    pub fn groups(self, layers: &[Layer]) -> Vec<Group> {
        let weights = |g: &Group| g.layers.iter().map(|&i| layers[i].weights()).sum::<usize>();
        let parts = self.parts(layers);
        parts.iter().flat_map(|p| p.groups(layers)).filter(|g| g.active < weights(g)).collect()
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
        let budget = Budget::Joint { spread: Spread::usual(Distribution::Erk), rate: 0.9 };
        let active = active_counts(&layers, &budget.densities(&layers).unwrap());
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
        let spread = Spread::usual(Distribution::Erk);
        let budget = Budget::Split { spread, backbone: 0.5, classifier: 0.9 };
        let active = active_counts(&layers, &budget.densities(&layers).unwrap());
        let (fc, backbone) = active.split_last().unwrap();
        let weights: usize = layers.iter().filter(|l| !l.classifier).map(Layer::weights).sum();
        assert_eq!(*fc, 64);
        let spent = backbone.iter().sum::<usize>() as f64 / weights as f64;
        assert!((spent - 0.5).abs() < layers.len() as f64 / weights as f64, "{spent}");

        let trim = Budget::Classifier(0.7).densities(&layers).unwrap();
        assert!(trim[..trim.len() - 1].iter().all(|d| *d == 1.0));
        assert_eq!(active_counts(&layers, &trim).last(), Some(&192));
    }

    #[test]
    fn groups_are_single_layers_or_everything_under_one_rate() {
        let layers = Architecture::new(ModelKind::ResNet8, 10, 32).layers();
        let split = |distribution, first_layer| {
            let spread = Spread { distribution, first_layer };
            Budget::Split { spread, backbone: 0.9, classifier: 0.5 }.groups(&layers)
        };
        let fc = Group { layers: vec![layers.len() - 1], active: 320 };
        let backbone: usize = layers.iter().filter(|l| !l.classifier).map(Layer::weights).sum();

        let global = split(Distribution::Global, FirstLayer::Pruned);
        let active = backbone - backbone * 9 / 10;
        let all = Group { layers: (0..layers.len() - 1).collect(), active };
        assert_eq!(global, [all, fc.clone()]);
        let spared = split(Distribution::Global, FirstLayer::Dense);
        let rest = backbone - layers[0].weights();
        assert_eq!(spared[0].layers[0], 1);
        assert_eq!(spared[0].active, rest - rest * 9 / 10);

        let uniform = split(Distribution::Uniform, FirstLayer::Dense);
        assert_eq!(uniform.len(), layers.len() - 1);
        assert_eq!(uniform[0], Group { layers: vec![1], active: 231 });
        assert_eq!(split(Distribution::Uniform, FirstLayer::Pruned).len(), layers.len());
        // ERK leaves the smallest layers dense: they belong to no group.
        let erk = split(Distribution::Erk, FirstLayer::Pruned);
        let spread = Spread::usual(Distribution::Erk);
        let budget = Budget::Split { spread, backbone: 0.9, classifier: 0.5 };
        let active = active_counts(&layers, &budget.densities(&layers).unwrap());
        let expected: Vec<_> = (0..layers.len())
            .filter(|&i| active[i] < layers[i].weights())
            .map(|i| Group { layers: vec![i], active: active[i] })
            .collect();
        assert_eq!(erk, expected);
        assert_eq!(Budget::Classifier(0.5).groups(&layers), [fc]);
        assert!(Budget::Classifier(0.0).groups(&layers).is_empty());
    }
}
