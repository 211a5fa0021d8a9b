//! Where sparse kernels are faster than dense ones: an estimate from the shapes and densities of layers, never from a
//! clock, so that the same run takes the same kernels every time.

use super::super::architecture::Conv;
use super::super::ops::has_own_kernels;
use crate::libtorch::sparse::lanes;

/// What kernels take, in nanoseconds of one thread: for a product of an active weight, for a value that a layer reads or
/// writes in a step, and for a weight, active or not, in a step.
#[derive(Debug, Clone, Copy)]
struct Costs {
    product: f64,
    value: f64,
    weight: f64,
}

/// What is to be computed.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// Training steps of so many images.
    Steps {
        /// Images of a step.
        images: i64,
    },
    /// One forward pass of all images, with lists made for it.
    Once {
        /// Images in all.
        images: i64,
    },
}

impl Work {
    fn images(self) -> i64 {
        match self {
            Self::Steps { images } | Self::Once { images } => images,
        }
    }

    /// The same of `images` images.
    fn of(self, images: i64) -> Self {
        match self {
            Self::Steps { .. } => Self::Steps { images },
            Self::Once { .. } => Self::Once { images },
        }
    }
}

/// Costs of the kernels on one generation of vector units.
#[derive(Debug, Clone, Copy)]
struct Unit {
    lanes: i64,
    sparse: Costs,
    /// Dense kernels of ours.
    own: Costs,
    /// Dense kernels of libtorch.
    libtorch: Costs,
}

/// Fitted to blocks of ResNet-18 and 20 at batch 128 and densities from 0.02 to 1 (`BENCHMARKS.md`, sparse kernels).
const AVX512: Unit = Unit {
    lanes: 16,
    sparse: Costs { product: 0.0153, value: 2.8, weight: 4.0 },
    own: Costs { product: 0.004, value: 3.0, weight: 46.0 },
    libtorch: Costs { product: 0.010, value: 2.5, weight: 0.0 },
};
/// From a prototype's crossover densities on a processor with AVX2: 0.4 for 64 channels at 32 x 32, 0.3 for 128 at 16 x 16,
/// 0.6 for 512 at 4 x 4, and above 0.6 where libtorch computes the dense layer.
const AVX2: Unit = Unit {
    lanes: 8,
    sparse: Costs { product: 0.034, value: 2.0, weight: 4.0 },
    own: Costs { product: 0.011, value: 3.0, weight: 60.0 },
    libtorch: Costs { product: 0.030, value: 2.5, weight: 0.0 },
};
/// Half the width of that; libtorch's own kernels do not depend on how ours are compiled. Not measured.
const BASE: Unit = Unit {
    lanes: 4,
    sparse: Costs { product: 0.068, value: 2.0, weight: 4.0 },
    own: Costs { product: 0.022, value: 3.0, weight: 60.0 },
    libtorch: Costs { product: 0.030, value: 2.5, weight: 0.0 },
};
/// Of a value that moves between the layouts of dense and sparse kernels, forward and back.
const CONVERSION: f64 = 3.0;
/// Of a value in a forward pass alone, as a share of one in a step.
const PASSED: f64 = 0.2;
/// Of a weight, for lists that are used once.
const LISTED: f64 = 20.0;
/// Images of a batch that is evaluated.
const BATCH: f64 = 500.0;
/// Sparse kernels are taken where they take at most this share of the time of dense ones.
const WORTHWHILE: f64 = 0.9;

/// A convolution and the active share of its weights.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    /// Products of an image, if all weights are active.
    products: f64,
    /// Values of an image that it reads, and that it writes.
    values: [f64; 2],
    weights: f64,
    /// Whether dense kernels of ours compute it.
    own: bool,
    density: f64,
}

impl Layer {
    /// `conv` with the share `density` of its weights active.
    pub fn new(conv: &Conv, density: f64) -> Self {
        let weights = (conv.inputs * conv.outputs * conv.kernel * conv.kernel) as f64;
        let values = |channels: usize, side: usize| (channels * side * side) as f64;
        Self {
            products: weights * (conv.side * conv.side) as f64,
            values: [values(conv.inputs, conv.from), values(conv.outputs, conv.side)],
            weights,
            own: has_own_kernels(conv),
            density,
        }
    }

    fn cost(&self, costs: Costs, density: f64, work: Work) -> f64 {
        let Costs { product, value, weight } = costs;
        let (products, values) =
            (product * self.products * density, value * (self.values[0] + self.values[1]));
        match work {
            Work::Steps { images } => {
                (3.0 * products + values) * images as f64 + weight * self.weights
            }
            Work::Once { images } => {
                let images = images as f64;
                // The backward passes take two thirds of what a step does with its weights.
                let weights = weight / 3.0 * self.weights * (images / BATCH).ceil();
                (products + PASSED * values) * images + weights
            }
        }
    }

    fn dense(&self, unit: Unit, work: Work) -> f64 {
        self.cost(if self.own { unit.own } else { unit.libtorch }, 1.0, work)
    }

    fn sparse(&self, unit: Unit, work: Work) -> f64 {
        // Lanes without an image cost as much as others.
        let filled = (work.images() as u64).next_multiple_of(unit.lanes as u64) as i64;
        let lists = if matches!(work, Work::Once { .. }) { LISTED * self.weights } else { 0.0 };
        self.cost(unit.sparse, self.density, work.of(filled)) + lists
    }
}

/// How many of the leading `parts` of a network are faster by dense kernels, if the others are computed by sparse ones; all
/// of them where sparse kernels do not pay.
pub fn leading_dense(parts: &[Vec<Layer>], work: Work) -> usize {
    let unit = [AVX512, AVX2].into_iter().find(|unit| unit.lanes == lanes());
    leading_dense_on(unit.unwrap_or(BASE), parts, work)
}

fn leading_dense_on(unit: Unit, parts: &[Vec<Layer>], work: Work) -> usize {
    let images = work.images() as f64;
    let sum = |parts: &[Vec<Layer>], cost: fn(&Layer, Unit, Work) -> f64| -> f64 {
        parts.iter().flatten().map(|layer| cost(layer, unit, work)).sum()
    };
    let mixed = |first: usize| {
        let (dense, sparse) = parts.split_at(first);
        let border = sparse.first().and_then(|part| part.first()).map_or(0.0, |l| l.values[0]);
        sum(dense, Layer::dense) + sum(sparse, Layer::sparse) + CONVERSION * border * images
    };
    let best = (0..parts.len()).min_by(|&a, &b| mixed(a).total_cmp(&mixed(b)));
    let pays = |&first: &usize| mixed(first) <= WORTHWHILE * sum(parts, Layer::dense);
    best.filter(pays).unwrap_or(parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, ModelKind};

    const UNITS: [Unit; 3] = [AVX512, AVX2, BASE];

    /// How many parts of `model` are dense, and how many there are, at a `density` of all but the stem.
    fn dense_parts(unit: Unit, model: ModelKind, density: f64) -> (usize, usize) {
        let architecture = Architecture::new(model, 10, 32);
        let layer = |conv: &Conv| Layer::new(conv, density);
        let mut parts = vec![vec![Layer::new(&architecture.stem, 1.0)]];
        for block in &architecture.blocks {
            parts.push(block.convs.iter().chain(&block.downsample).map(layer).collect());
        }
        (leading_dense_on(unit, &parts, Work::Steps { images: 128 }), parts.len())
    }

    #[test]
    fn a_dense_network_is_dense_and_a_sparse_one_sparse_on_any_vector_unit() {
        for unit in UNITS {
            for model in [ModelKind::ResNet8, ModelKind::ResNet18, ModelKind::ResNet20] {
                let (dense, parts) = dense_parts(unit, model, 1.0);
                assert_eq!(dense, parts, "{model:?} on {unit:?}");
                assert!(dense_parts(unit, model, 0.02).0 <= 1, "{model:?} on {unit:?}");
            }
        }
    }

    #[test]
    fn wide_layers_of_few_places_pay_first() {
        for unit in UNITS {
            let mut last = 0;
            for density in [0.05, 0.2, 0.35, 0.5, 1.0] {
                let (dense, _) = dense_parts(unit, ModelKind::ResNet18, density);
                assert!(dense >= last, "more active weights, fewer dense parts on {unit:?}");
                last = dense;
            }
        }
    }
}
