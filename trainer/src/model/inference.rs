//! A network as it is, made ready to look at many images without gradients.

use tch::{Device, Tensor};

use super::architecture::Conv;
use super::network::{Forward, Network};
use super::ops::{FoldedConv, mean};
use super::sparse::part::{Part, sparse_parts};
use super::sparse::pays::{Choice, Dense, Layer, Passes, Work};
use super::sparse::pooled;
use crate::libtorch::arithmetic::Precision;
use crate::libtorch::folded::{Folded, FoldedBlock, Layout};
use crate::libtorch::kernels::Epilogue;
use crate::libtorch::sparse::to_lanes;

/// A network without gradients, by running statistics. Weights that are 0 are left out where that is faster.
#[derive(Debug)]
pub struct Inference<'a> {
    network: &'a Network,
    /// The convolutions of the leading parts, by all weights.
    dense: Vec<FoldedConv>,
    /// Whether these take images channels-first.
    channels_first: bool,
    /// The other parts, by active weights.
    blocks: Vec<FoldedBlock>,
    /// How images lie there.
    layout: Layout,
}

impl<'a> Inference<'a> {
    /// `network` as it is, for `passes`.
    pub fn new(network: &'a Network, passes: Passes) -> Self {
        let _guard = tch::no_grad_guard();
        let can = network.device() == Device::Cpu && network.precision == Precision::Fp32;
        let architecture = &network.architecture;
        let density = |conv: &_| {
            let weight = network.of_conv(conv).weight;
            weight.count_nonzero(None::<i64>).int64_value(&[]) as f64 / weight.numel() as f64
        };
        let work = Work::Passes(passes);
        let choice =
            can.then(|| sparse_parts(architecture, network.kernels, density, work)).flatten();
        let all = network.parts();
        let Choice { first, layout } =
            choice.unwrap_or(Choice { first: all, layout: Layout::Lanes });
        let parts = Part::all(architecture);
        let leading: Vec<_> = parts[..first].iter().flat_map(|part| &part.convs).collect();
        let layers: Vec<_> = leading.iter().map(|conv| Layer::new(conv, 1.0)).collect();
        let Dense { own, channels_first } = Dense::new(&layers, passes);
        let dense = leading.iter().zip(own).map(|(conv, own)| {
            let conv = network.of_conv(conv);
            conv.folded(own && conv.has_own_kernels(network.precision))
        });
        let blocks = parts[first..].iter().map(|part| folded(network, layout, part));
        let (dense, blocks) = (dense.collect(), blocks.collect());
        Self { network, dense, channels_first: can && channels_first, blocks, layout }
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

    /// Input of the classifier, `[N, features]`, f32.
    fn features(&self, images: &Tensor) -> Tensor {
        let _reduced = self.network.precision.guard(self.network.device());
        let first = self.network.parts() - self.blocks.len();
        let images = if self.channels_first { &images.contiguous() } else { images };
        let apply =
            |conv: &Conv, x: &Tensor, epilogue: Epilogue| self.dense[conv.index].apply(x, epilogue);
        let x = self.network.leading(images, first, apply);
        match (self.is_sparse(), self.layout) {
            (false, _) => mean(&x, false),
            (true, Layout::Planes) => mean(&FoldedBlock::run(&self.blocks, &x), false),
            (true, Layout::Lanes) => {
                pooled(&FoldedBlock::run(&self.blocks, &to_lanes(&x)), x.size()[0])
            }
        }
    }
}

fn folded(network: &Network, layout: Layout, part: &Part) -> FoldedBlock {
    let convs = part.convs.iter().zip(part.shapes()).map(|(conv, shape)| {
        let FoldedConv { weight, bias, .. } = network.of_conv(conv).folded(false);
        Folded { shape, weight, bias }
    });
    FoldedBlock::new(layout, &convs.collect::<Vec<_>>(), part.chain, part.identity)
}
