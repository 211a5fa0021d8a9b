//! The residual blocks of a network that are computed by their active weights alone, where that is faster.

pub mod pays;

use clap::ValueEnum;
use tch::{Kind, Tensor};

use super::architecture::{Architecture, Block, Conv};
use super::network::Network;
use super::ops::{NORM_EPSILON, NORM_MOMENTUM};
use crate::libtorch::sparse::{
    ConvParameters, NormConstants, Shape, SparseBlock, from_lanes, lanes, to_lanes,
};
use pays::{Layer, leading_dense};

/// Which kernels a CPU trains pruned networks with, in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Kernels {
    /// Sparse ones from where they are faster.
    #[default]
    Auto,
    /// Dense ones.
    Dense,
    /// Sparse ones wherever there are any.
    Sparse,
}

/// A part of a network as sparse kernels see it: the stem, or a residual block.
#[derive(Debug)]
struct Part<'a> {
    convs: Vec<&'a Conv>,
    /// Convolutions in a row; one on the shortcut may follow them.
    chain: usize,
    /// Whether the shortcut is the input.
    identity: bool,
}

impl<'a> Part<'a> {
    /// The parts of `architecture` in order.
    fn all(architecture: &'a Architecture) -> Vec<Self> {
        let stem = Self { convs: vec![&architecture.stem], chain: 1, identity: false };
        let block = |block: &'a Block| Self {
            convs: block.convs.iter().chain(&block.downsample).collect(),
            chain: block.convs.len(),
            identity: block.downsample.is_none(),
        };
        std::iter::once(stem).chain(architecture.blocks.iter().map(block)).collect()
    }

    fn shapes(&self) -> Vec<Shape> {
        let shape = |conv: &&Conv| Shape {
            inputs: conv.inputs as i64,
            outputs: conv.outputs as i64,
            kernel: conv.kernel as i64,
            stride: conv.stride as i64,
            from: conv.from as i64,
            side: conv.side as i64,
        };
        self.convs.iter().map(shape).collect()
    }
}

/// Lists of active weights of the parts of a network.
#[derive(Debug)]
pub struct Sparse {
    /// Which state of the masks the lists belong to.
    masks: MaskState,
    /// The first part that is computed by them; those before it are dense.
    first: usize,
    blocks: Vec<SparseBlock>,
}

/// A state of a buffer of masks: it changes whenever somebody writes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MaskState {
    address: usize,
    version: i64,
}

impl MaskState {
    fn of(masks: &Tensor) -> Self {
        Self { address: masks.data_ptr() as usize, version: masks.internal_version() }
    }
}

impl Sparse {
    /// The lists of `network` under `masks` (1 where a parameter is active, laid out as the parameters), for steps of
    /// `images` images.
    pub fn new(network: &Network, masks: &Tensor, images: i64, kernels: Kernels) -> Self {
        let architecture = &network.architecture;
        let mask = |conv: &&Conv| {
            let slot = &network.parameters.slots[3 * conv.index];
            masks.narrow(0, slot.offset as i64, slot.len as i64)
        };
        let parts = Part::all(architecture);
        let density = |conv: &&Conv| mask(conv).mean(Kind::Double).double_value(&[]);
        let layers = |part: &Part| -> Vec<Layer> {
            part.convs.iter().map(|conv| Layer::new(conv, density(conv))).collect()
        };
        // The max-pool after a stem is libtorch's.
        let least = usize::from(architecture.max_pool);
        let first = match kernels {
            Kernels::Dense => parts.len(),
            Kernels::Sparse => least,
            Kernels::Auto => {
                leading_dense(&parts.iter().map(layers).collect::<Vec<_>>(), images).max(least)
            }
        };
        let block = |part: &Part| {
            let masks: Vec<_> = part.convs.iter().map(mask).collect();
            SparseBlock::new(&part.shapes(), &masks, part.chain, part.identity)
        };
        let blocks = parts[first..].iter().map(block).collect();
        Self { masks: MaskState::of(masks), first, blocks }
    }

    /// Whether the lists are those of `masks` as they are now.
    pub fn is_of(&self, masks: &Tensor) -> bool {
        self.masks == MaskState::of(masks)
    }

    /// The first part that is computed by active weights, the stem being part 0; none for too few `images` to fill lanes.
    pub fn first(&self, images: i64) -> Option<usize> {
        (!self.blocks.is_empty() && 2 * images > lanes()).then_some(self.first)
    }

    /// Input of the classifier of `network`, `[N, features]`, from `x`, what goes into its first sparse part. Statistics
    /// are those of the batch.
    pub fn features(&self, network: &Network, x: &Tensor) -> Tensor {
        let images = x.size()[0];
        let norm = NormConstants { momentum: NORM_MOMENTUM, epsilon: NORM_EPSILON };
        let mut x = to_lanes(x);
        for (part, block) in Part::all(&network.architecture)[self.first..].iter().zip(&self.blocks)
        {
            let convs: Vec<_> = part.convs.iter().map(|conv| learned(network, conv)).collect();
            x = block.train(&x, images, &convs, norm);
        }
        from_lanes(&x.mean_dim([2_i64, 3].as_slice(), true, Kind::Float), images).flatten(1, 3)
    }
}

fn learned<'a>(network: &'a Network, conv: &Conv) -> ConvParameters<'a> {
    let [weight, scale, shift] = network.of_conv(conv);
    let statistics = &network.statistics[conv.index];
    let (mean, variance) = (&statistics.mean, &statistics.variance);
    ConvParameters { weight, scale, shift, mean, variance }
}
