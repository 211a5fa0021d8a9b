//! A network as it is, made ready to look at many images without gradients.

use tch::{Device, Tensor};

use super::network::{Forward, Network};
use super::ops::{Mode, mean};
use super::sparse::part::{Part, first_sparse};
use super::sparse::pays::Work;
use super::sparse::pooled;
use crate::libtorch::arithmetic::Precision;
use crate::libtorch::folded::{Folded, FoldedBlock};
use crate::libtorch::sparse::to_lanes;

/// A network without gradients, by running statistics. Weights that are 0 are left out where that is faster.
#[derive(Debug)]
pub struct Inference<'a> {
    network: &'a Network,
    /// The parts before these blocks are dense.
    first: usize,
    blocks: Vec<FoldedBlock>,
}

impl<'a> Inference<'a> {
    /// `network` as it is, for about `images` images.
    pub fn new(network: &'a Network, images: i64) -> Self {
        let _guard = tch::no_grad_guard();
        let can = network.device() == Device::Cpu && network.precision == Precision::Fp32;
        let architecture = &network.architecture;
        let density = |conv: &_| {
            let weight = network.of_conv(conv).weight;
            weight.count_nonzero(None::<i64>).int64_value(&[]) as f64 / weight.numel() as f64
        };
        let first = || first_sparse(architecture, network.kernels, density, Work::Once { images });
        let first = can.then(first).flatten().unwrap_or(network.parts());
        let parts = Part::all(architecture);
        let blocks = parts[first..].iter().map(|part| folded(network, part)).collect();
        Self { network, first, blocks }
    }

    /// Whether it leaves out weights in any part.
    pub fn is_sparse(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Looks at `images` (`[N, 3, H, W]`, normalised).
    pub fn forward(&self, images: &Tensor) -> Forward {
        let _guard = tch::no_grad_guard();
        self.network.classified(self.features(images))
    }

    /// Input of the classifier, f32.
    fn features(&self, images: &Tensor) -> Tensor {
        let _reduced = self.network.precision.guard(self.network.device());
        let x = self.network.leading(images, Mode::Evaluate, self.first);
        if self.is_sparse() {
            pooled(&FoldedBlock::run(&self.blocks, &to_lanes(&x)), x.size()[0])
        } else {
            mean(&x, false)
        }
    }
}

fn folded(network: &Network, part: &Part) -> FoldedBlock {
    let convs = part.convs.iter().zip(part.shapes()).map(|(conv, shape)| {
        let (weight, bias) = network.of_conv(conv).weight_and_bias();
        Folded { shape, weight, bias }
    });
    FoldedBlock::new(&convs.collect::<Vec<_>>(), part.chain, part.identity)
}
