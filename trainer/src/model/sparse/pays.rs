//! Where sparse kernels are faster than dense ones: an estimate from the shapes and densities of layers, never from a
//! clock, so that the same run takes the same kernels every time.

use super::super::architecture::Conv;
use super::super::ops::has_own_kernels;
use super::Kernels;
use crate::libtorch::folded::Layout;
use crate::libtorch::sparse::lanes;

/// What kernels take, in nanoseconds of one thread: for a product of an active weight, for a value that a layer reads or
/// writes in a step, and for a weight, active or not, in a step.
#[derive(Debug, Clone, Copy)]
struct Costs {
    product: f64,
    value: f64,
    weight: f64,
}

/// Forward passes without gradients.
#[derive(Debug, Clone, Copy)]
pub struct Passes {
    /// Images in all.
    pub images: i64,
    /// Images of a pass.
    pub batch: i64,
}

/// What is to be computed.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// Training steps of so many images.
    Steps {
        /// Images of a step.
        images: i64,
    },
    /// Forward passes, with lists made for them.
    Passes(Passes),
}

/// Which parts of a network sparse kernels compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The first of them; those before it are dense.
    pub first: usize,
    /// How images lie in memory from there on.
    pub layout: Layout,
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
    /// Sparse kernels in forward passes, with lists that are made once for all of them.
    sparse_passes: Costs,
    /// Dense kernels of ours in forward passes.
    own_passes: Costs,
    /// Sparse kernels on planes: for an active weight of an image, and for each vector that it meets.
    entry: f64,
    vector: f64,
}

impl Unit {
    /// Costs of libtorch in forward passes: with images channels-first, and channels-last.
    fn libtorch_passes(self) -> [Costs; 2] {
        PASSES.map(|costs| Costs { product: costs.product * self.libtorch.product, ..costs })
    }
}

/// Fitted to blocks of ResNet-18 and 20 at batch 128 and densities from 0.02 to 1, and in passes to the evaluation of both at
/// densities from 0.02 to 0.5, within 15 % (`BENCHMARKS.md`, sparse kernels).
const AVX512: Unit = Unit {
    lanes: 16,
    sparse: Costs { product: 0.0153, value: 2.8, weight: 4.0 },
    own: Costs { product: 0.004, value: 3.0, weight: 46.0 },
    libtorch: Costs { product: 0.010, value: 2.5, weight: 0.0 },
    sparse_passes: Costs { product: 0.0181, value: 0.188, weight: 32.0 },
    own_passes: Costs { product: 0.004, value: 0.6, weight: 15.0 },
    entry: 0.3,
    vector: 0.4,
};
/// From a prototype's crossover densities on a processor with AVX2: 0.4 for 64 channels at 32 x 32, 0.3 for 128 at 16 x 16,
/// 0.6 for 512 at 4 x 4, and above 0.6 where libtorch computes the dense layer. In passes fitted as above.
const AVX2: Unit = Unit {
    lanes: 8,
    sparse: Costs { product: 0.034, value: 2.0, weight: 4.0 },
    own: Costs { product: 0.011, value: 3.0, weight: 60.0 },
    libtorch: Costs { product: 0.030, value: 2.5, weight: 0.0 },
    sparse_passes: Costs { product: 0.025, value: 0.177, weight: 27.0 },
    own_passes: Costs { product: 0.005, value: 0.6, weight: 20.0 },
    entry: 0.6,
    vector: 0.8,
};
/// Half the width of that; libtorch's own kernels do not depend on how ours are compiled. Not measured.
const BASE: Unit = Unit {
    lanes: 4,
    sparse: Costs { product: 0.068, value: 2.0, weight: 4.0 },
    own: Costs { product: 0.022, value: 3.0, weight: 60.0 },
    libtorch: Costs { product: 0.030, value: 2.5, weight: 0.0 },
    sparse_passes: Costs { product: 0.050, value: 0.177, weight: 27.0 },
    own_passes: Costs { product: 0.010, value: 0.6, weight: 20.0 },
    entry: 0.6,
    vector: 0.8,
};
/// Of a value that moves between the layouts of dense and sparse kernels, forward and back.
const CONVERSION: f64 = 3.0;
/// Of a value in a forward pass by libtorch, as a share of one in a step.
const PASSED: f64 = 0.2;
/// Of a weight, for lists on planes that are used once.
const PLANES_LISTED: f64 = 3.0;
/// Of a value of an image, and of a layer, on planes.
const PLANE: [f64; 2] = [0.2, 8000.0];
/// Lanes of their vectors, where the processor has as many.
const PLANE_LANES: i64 = 8;
/// What libtorch takes in forward passes with images channels-first, and channels-last (fitted to ResNet-18 and 20 and 1 to
/// 128 images): products as a share of those in a step, values and weights as if in a step.
const PASSES: [Costs; 2] = [
    Costs { product: 0.75, value: 7.8, weight: 2.9 },
    Costs { product: 1.05, value: 3.9, weight: 5.2 },
];
/// Of a layer that libtorch computes in a pass.
const CALLED: f64 = 80_000.0;
/// Sparse kernels are taken where they take at most this share of the time of dense ones.
const WORTHWHILE: f64 = 0.9;
/// The same in forward passes, which take 15 % more or less than their estimate.
const WORTHWHILE_PASSES: f64 = 0.8;

/// A convolution and the active share of its weights.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    /// Products of an image, if all weights are active.
    products: f64,
    /// Values of an image that it reads, and that it writes.
    values: [f64; 2],
    weights: f64,
    /// Of the output.
    side: f64,
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
            side: conv.side as f64,
            own: has_own_kernels(conv),
            density,
        }
    }

    /// In training steps of `images` images.
    fn steps(&self, costs: Costs, density: f64, images: f64) -> f64 {
        let Costs { product, value, weight } = costs;
        let (products, values) = (product * self.products * density, value * self.values());
        (3.0 * products + values) * images + weight * self.weights
    }

    /// For each image of forward passes.
    fn passed(&self, costs: Costs, density: f64) -> f64 {
        costs.product * self.products * density + costs.value * self.values()
    }

    fn values(&self) -> f64 {
        self.values[0] + self.values[1]
    }

    /// In a dense network in training.
    fn dense_step(&self, unit: Unit, images: i64) -> f64 {
        self.steps(if self.own { unit.own } else { unit.libtorch }, 1.0, images as f64)
    }

    /// In a dense network in forward passes, by our kernels.
    fn own_passes(&self, unit: Unit, Passes { images, batch }: Passes) -> f64 {
        if !self.own {
            return f64::INFINITY;
        }
        let passes = images as f64 / batch as f64;
        self.passed(unit.own_passes, 1.0) * images as f64
            + unit.own_passes.weight * self.weights * passes
    }

    /// The same by libtorch.
    fn libtorch_passes(&self, costs: Costs, Passes { images, batch }: Passes) -> f64 {
        let Costs { value, weight, .. } = costs;
        let image = self.passed(Costs { value: PASSED * value, ..costs }, 1.0);
        // The backward passes take two thirds of what a step does with its weights.
        let pass = weight / 3.0 * self.weights + CALLED;
        image * images as f64 + pass * images as f64 / batch as f64
    }

    fn sparse(&self, layout: Layout, unit: Unit, work: Work) -> f64 {
        // Lanes without an image cost as much as others, and a thread without a block of lanes waits for the other.
        let filled = |images: i64, of: i64| ((images + of - 1) / of * of) as f64;
        match (work, layout) {
            (Work::Steps { images }, _) => {
                self.steps(unit.sparse, self.density, filled(images, unit.lanes))
            }
            (Work::Passes(Passes { images, batch }), Layout::Lanes) => {
                let computed = filled(batch, 2 * unit.lanes) * images as f64 / batch as f64;
                self.passed(unit.sparse_passes, self.density) * computed
                    + unit.sparse_passes.weight * self.weights
            }
            (Work::Passes(Passes { images, .. }), Layout::Planes) => {
                let row = self.side + 2.0;
                let lanes = unit.lanes.min(PLANE_LANES) as f64;
                let vectors = (self.side * row / lanes).ceil();
                let active = self.density * self.weights;
                let products = active * (unit.entry + unit.vector * vectors);
                let image = products + PLANE[0] * self.values() + PLANE[1];
                image * images as f64 + PLANES_LISTED * self.weights
            }
        }
    }
}

/// Which kernels compute the dense layers of a network in forward passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dense {
    /// For each layer, whether ours do.
    pub own: Vec<bool>,
    /// Whether libtorch then takes images channels-first.
    pub channels_first: bool,
}

impl Dense {
    /// The fastest way of `layers` in `passes`.
    pub fn new(layers: &[Layer], passes: Passes) -> Self {
        Self::on(unit(), layers, passes).0
    }

    /// The same, and what it takes.
    fn on(unit: Unit, layers: &[Layer], passes: Passes) -> (Self, f64) {
        let [first, last] = unit.libtorch_passes();
        let all =
            |costs| layers.iter().map(|layer| layer.libtorch_passes(costs, passes)).sum::<f64>();
        let both =
            |layer: &Layer| (layer.own_passes(unit, passes), layer.libtorch_passes(last, passes));
        let mixed: f64 = layers.iter().map(both).map(|(own, libtorch)| own.min(libtorch)).sum();
        let first = all(first);
        if first <= mixed {
            (Self { own: vec![false; layers.len()], channels_first: true }, first)
        } else {
            let own = layers.iter().map(both).map(|(own, libtorch)| own <= libtorch).collect();
            (Self { own, channels_first: false }, mixed)
        }
    }
}

/// What dense `layers` take.
fn dense<'a>(unit: Unit, layers: impl Iterator<Item = &'a Layer>, work: Work) -> f64 {
    match work {
        Work::Steps { images } => layers.map(|layer| layer.dense_step(unit, images)).sum(),
        Work::Passes(passes) => Dense::on(unit, &layers.copied().collect::<Vec<_>>(), passes).1,
    }
}

fn unit() -> Unit {
    [AVX512, AVX2].into_iter().find(|unit| unit.lanes == lanes()).unwrap_or(BASE)
}

/// Which of the `parts` of a network, part `least` or later ones, sparse kernels compute: those that make it fastest, if
/// any do; with [`Kernels::Sparse`] all of them.
pub fn choice(parts: &[Vec<Layer>], least: usize, kernels: Kernels, work: Work) -> Option<Choice> {
    choice_on(unit(), parts, least, kernels, work)
}

fn choice_on(
    unit: Unit,
    parts: &[Vec<Layer>],
    least: usize,
    kernels: Kernels,
    work: Work,
) -> Option<Choice> {
    let layouts: &[Layout] = match work {
        Work::Steps { .. } => &[Layout::Lanes],
        Work::Passes(_) => &[Layout::Lanes, Layout::Planes],
    };
    let firsts = match kernels {
        Kernels::Sparse => least..parts.len().min(least + 1),
        Kernels::Auto | Kernels::Dense => least..parts.len(),
    };
    let all = |layout| firsts.clone().map(move |first| Choice { first, layout });
    let cost = |choice: &Choice| mixed(unit, parts, *choice, work);
    let best = layouts.iter().copied().flat_map(all).min_by(|a, b| cost(a).total_cmp(&cost(b)))?;
    let dense = dense(unit, parts.iter().flatten(), work);
    let share = if matches!(work, Work::Passes(_)) { WORTHWHILE_PASSES } else { WORTHWHILE };
    (kernels == Kernels::Sparse || cost(&best) <= share * dense).then_some(best)
}

/// What it takes to follow `choice`.
fn mixed(unit: Unit, parts: &[Vec<Layer>], choice: Choice, work: Work) -> f64 {
    let (leading, sparse) = parts.split_at(choice.first);
    let border = sparse.first().and_then(|part| part.first()).map_or(0.0, |l| l.values[0]);
    let images = match work {
        Work::Steps { images } | Work::Passes(Passes { images, .. }) => images as f64,
    };
    let layers = sparse.iter().flatten();
    let sparse: f64 = layers.map(|layer| layer.sparse(choice.layout, unit, work)).sum();
    dense(unit, leading.iter().flatten(), work) + sparse + CONVERSION * border * images
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, ModelKind};

    const UNITS: [Unit; 3] = [AVX512, AVX2, BASE];

    /// The parts of `model` on images of 32 x 32, with a `density` of all but the stem.
    fn parts(model: ModelKind, density: f64) -> Vec<Vec<Layer>> {
        let architecture = Architecture::new(model, 10, 32);
        let layer = |conv: &Conv| Layer::new(conv, density);
        let mut parts = vec![vec![Layer::new(&architecture.stem, 1.0)]];
        for block in &architecture.blocks {
            parts.push(block.convs.iter().chain(&block.downsample).map(layer).collect());
        }
        parts
    }

    /// How many parts of `model` are dense in training, and how many there are.
    fn dense_parts(unit: Unit, model: ModelKind, density: f64) -> (usize, usize) {
        let parts = parts(model, density);
        let choice = choice_on(unit, &parts, 0, Kernels::Auto, Work::Steps { images: 128 });
        (choice.map_or(parts.len(), |choice| choice.first), parts.len())
    }

    #[test]
    fn few_images_are_libtorchs_or_lie_in_planes() {
        for unit in UNITS {
            let dense: Vec<Layer> = parts(ModelKind::ResNet18, 1.0).concat();
            let own = |batch| Dense::on(unit, &dense, Passes { images: 1000, batch }).0.own;
            assert!(!own(1).contains(&true) && own(500).contains(&true), "{unit:?}");
            let layout = |model, density, batch| {
                let work = Work::Passes(Passes { images: 1000, batch });
                let choice = choice_on(unit, &parts(model, density), 0, Kernels::Auto, work);
                choice.map(|choice| choice.layout)
            };
            assert_eq!(layout(ModelKind::ResNet18, 0.1, 1), Some(Layout::Planes), "{unit:?}");
            assert_eq!(layout(ModelKind::ResNet18, 0.1, 500), Some(Layout::Lanes), "{unit:?}");
            // Measured: 2.5 times as fast at 0.1, as fast at 0.5.
            assert_eq!(layout(ModelKind::ResNet20, 0.2, 500), Some(Layout::Lanes), "{unit:?}");
            assert_eq!(layout(ModelKind::ResNet20, 0.5, 500), None, "{unit:?}");
        }
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
