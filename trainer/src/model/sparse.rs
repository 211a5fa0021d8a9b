//! The residual blocks of a network that are computed by their active weights alone, where that is faster.

pub mod part;
pub mod pays;

use clap::ValueEnum;
use tch::{Kind, Tensor};

use super::architecture::{Architecture, Conv};
use super::ops::{ConvNorm, mean};
use super::parameters::Parameters;
use crate::libtorch::sparse::{SparseBlock, from_lanes, lanes, to_lanes};
use part::{Part, sparse_parts};
use pays::Work;

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
    /// The lists of a network of `architecture` under `masks` (1 where a parameter is active, laid out as the parameters),
    /// for steps of `images` images.
    pub fn new(
        (architecture, parameters): (&Architecture, &Parameters),
        masks: &Tensor,
        images: i64,
        kernels: Kernels,
    ) -> Self {
        let mask = |conv: &&Conv| {
            let slot = &parameters.slots[3 * conv.index];
            masks.narrow(0, slot.offset as i64, slot.len as i64)
        };
        let density = |conv: &Conv| mask(&conv).mean(Kind::Double).double_value(&[]);
        let choice = sparse_parts(architecture, kernels, density, Work::Steps { images });
        let parts = Part::all(architecture);
        let first = choice.map_or(parts.len(), |choice| choice.first);
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

    /// Whether any part is computed by active weights in passes over `images` images; few images would leave lanes empty.
    pub fn serves(&self, images: i64) -> bool {
        !self.blocks.is_empty() && 2 * images > lanes()
    }

    /// The first part that is computed by active weights, the stem being part 0.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Input of the classifier, `[N, features]`, from `x`, what goes into the first sparse part of the `architecture`;
    /// `of_conv` gives the parameters of its convolutions. Statistics are those of the batch.
    pub fn features<'a>(
        &self,
        architecture: &'a Architecture,
        of_conv: impl Fn(&'a Conv) -> ConvNorm<'a>,
        x: &Tensor,
    ) -> Tensor {
        let images = x.size()[0];
        let mut x = to_lanes(x);
        for (part, block) in Part::all(architecture)[self.first..].iter().zip(&self.blocks) {
            let convs: Vec<_> = part.convs.iter().map(|conv| of_conv(conv)).collect();
            let convs: Vec<_> = convs.iter().map(|conv| (conv.weight, conv.norm())).collect();
            x = block.train(&x, images, &convs);
        }
        pooled(&x, images)
    }
}

/// The means over all places of `images` images in blocks of lanes, `[N, C]`.
pub(super) fn pooled(x: &Tensor, images: i64) -> Tensor {
    from_lanes(&mean(x, true), images).flatten(1, 3)
}
