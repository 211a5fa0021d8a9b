//! The parts of a network, and which of them sparse kernels compute.

use super::super::architecture::{Architecture, Block, Conv};
use super::Kernels;
use super::pays::{Choice, Layer, Work, choice};
use crate::libtorch::sparse::Shape;

/// A part of a network as sparse kernels see it: the stem, or a residual block.
#[derive(Debug)]
pub struct Part<'a> {
    /// Its convolutions.
    pub convs: Vec<&'a Conv>,
    /// Convolutions in a row; one on the shortcut may follow them.
    pub chain: usize,
    /// Whether the shortcut is the input.
    pub identity: bool,
}

impl<'a> Part<'a> {
    /// The parts of `architecture` in order.
    pub fn all(architecture: &'a Architecture) -> Vec<Self> {
        let stem = Self { convs: vec![&architecture.stem], chain: 1, identity: false };
        let block = |block: &'a Block| Self {
            convs: block.convs.iter().chain(&block.downsample).collect(),
            chain: block.convs.len(),
            identity: block.downsample.is_none(),
        };
        std::iter::once(stem).chain(architecture.blocks.iter().map(block)).collect()
    }

    /// The shapes of its convolutions.
    pub fn shapes(&self) -> Vec<Shape> {
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

/// Which parts of `architecture` sparse kernels compute in `work`, if any. `density` is the active share of the weights of a
/// convolution.
pub fn sparse_parts(
    architecture: &Architecture,
    kernels: Kernels,
    density: impl Fn(&Conv) -> f64,
    work: Work,
) -> Option<Choice> {
    let parts = Part::all(architecture);
    let layers = |part: &Part| -> Vec<Layer> {
        part.convs.iter().map(|conv| Layer::new(conv, density(conv))).collect()
    };
    if kernels == Kernels::Dense {
        return None;
    }
    // The max-pool after a stem is libtorch's.
    let least = usize::from(architecture.max_pool);
    choice(&parts.iter().map(layers).collect::<Vec<_>>(), least, kernels, work)
}
