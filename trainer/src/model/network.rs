//! A residual network: parameters, running statistics and the forward pass.

use tch::{Device, Kind, Tensor};

use super::architecture::{Architecture, Block, Conv};
use super::parameters::Parameters;
use crate::libtorch::arithmetic::Precision;
use crate::libtorch::conv::{convolve, convolve_and_finish, suits};
use crate::libtorch::norm::{Ending, norm};

/// Share of a mini-batch in the running statistics after it.
pub const NORM_MOMENTUM: f64 = 0.1;
const NORM_EPSILON: f64 = 1e-5;

/// Whether batch norm uses (and updates) the statistics of the batch, or the running ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, running statistics updated.
    Train,
    /// Running statistics.
    Evaluate,
}

/// Running statistics of one batch norm.
#[derive(Debug)]
pub struct NormStatistics {
    /// Running mean, one per channel.
    pub mean: Tensor,
    /// Running variance, one per channel.
    pub variance: Tensor,
}

/// A residual network with its state.
#[derive(Debug)]
pub struct Network {
    /// What it consists of.
    pub architecture: Architecture,
    /// Its parameters.
    pub parameters: Parameters,
    /// Running statistics, one per convolution.
    pub statistics: Vec<NormStatistics>,
    /// Number of batches the running statistics have seen.
    pub batches_seen: i64,
    /// Precision of convolutions.
    pub precision: Precision,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Forward {
    /// Input of the classifier, `[N, features]`.
    pub features: Tensor,
    /// Output of the classifier, `[N, classes]`.
    pub logits: Tensor,
}

/// Whether networks are faster on `device` with images that lie channels-last (`NHWC`) in memory.
pub fn prefers_channels_last(device: Device) -> bool {
    device == Device::Cpu
}

impl Network {
    /// A freshly initialised network.
    pub fn new(architecture: Architecture, seed: u64, device: Device) -> Self {
        let parameters = Parameters::new(&architecture, seed, device);
        let float = (Kind::Float, device);
        let statistics = architecture
            .convs()
            .map(|c| NormStatistics {
                mean: Tensor::zeros([c.outputs as i64], float),
                variance: Tensor::ones([c.outputs as i64], float),
            })
            .collect();
        let precision = Precision::default();
        Self { architecture, parameters, statistics, batches_seen: 0, precision }
    }

    /// Device of the parameters.
    pub fn device(&self) -> Device {
        self.parameters.flat.device()
    }

    /// Runs `images` (`[N, 3, H, W]`, normalised) through the network. The classifier is f32 in every precision.
    pub fn forward(&mut self, images: &Tensor, mode: Mode) -> Forward {
        if mode == Mode::Train {
            self.batches_seen += 1;
        }
        let features = self.features(images, mode);
        let classifier = &self.parameters.views[self.parameters.views.len() - 2..];
        let logits = features.linear(&classifier[0], Some(&classifier[1]));
        Forward { features, logits }
    }

    /// Input of the classifier, f32.
    fn features(&self, images: &Tensor, mode: Mode) -> Tensor {
        let _reduced = self.precision.guard(self.device());
        let mut x = self.conv_norm(images, &self.architecture.stem, mode, Ending::Rectifier);
        if self.architecture.max_pool {
            x = x.max_pool2d(3, 2, 1, 1, false);
        }
        for block in &self.architecture.blocks {
            x = self.block(&x, block, mode);
        }
        x.mean_dim([2_i64, 3].as_slice(), false, Kind::Float)
    }

    fn block(&self, input: &Tensor, block: &Block, mode: Mode) -> Tensor {
        let shortcut = match &block.downsample {
            Some(conv) => self.conv_norm(input, conv, mode, Ending::Nothing),
            None => input.shallow_clone(),
        };
        let mut x = input.shallow_clone();
        for (position, conv) in block.convs.iter().enumerate() {
            let last = position + 1 == block.convs.len();
            let ending = if last { Ending::Shortcut(&shortcut) } else { Ending::Rectifier };
            x = self.conv_norm(&x, conv, mode, ending);
        }
        x
    }

    /// A convolution, its batch norm, and what follows that.
    fn conv_norm(&self, x: &Tensor, conv: &Conv, mode: Mode, ending: Ending) -> Tensor {
        let [weight, scale, shift] = &self.parameters.views[3 * conv.index..3 * conv.index + 3]
        else {
            unreachable!("each convolution has three parameter tensors")
        };
        let statistics = &self.statistics[conv.index];
        let by_libtorch = |weight: &Tensor, bias: Option<&Tensor>| {
            let (stride, padding) = (conv.stride as i64, conv.kernel as i64 / 2);
            x.conv2d(weight, bias, stride, padding, 1, 1)
        };
        // Convolutions of our own round more than libtorch's, but less than f32 that is cut to TF32.
        let own = self.device() == Device::Cpu && self.precision == Precision::Fp32 && suits(conv);
        match (mode, self.device()) {
            (Mode::Evaluate, _) => {
                // The running statistics are constants: batch norm folds into the convolution, which saves a
                // pass over the activations, the larger part of the cost of narrow networks.
                let factor = scale / (&statistics.variance + NORM_EPSILON).sqrt();
                let bias = shift - &statistics.mean * &factor;
                let folded = weight * factor.reshape([-1, 1, 1, 1]);
                if own {
                    convolve_and_finish(x, &folded, &bias, ending)
                } else {
                    ended(by_libtorch(&folded, Some(&bias)), ending)
                }
            }
            (Mode::Train, Device::Cpu) => {
                let settings = (NORM_MOMENTUM, NORM_EPSILON);
                let x = if own { convolve(x, weight) } else { by_libtorch(weight, None) };
                norm(&x.to_kind(Kind::Float), (scale, shift), statistics, settings, ending)
            }
            (Mode::Train, _) => {
                let normed = by_libtorch(weight, None).batch_norm(
                    Some(scale),
                    Some(shift),
                    Some(&statistics.mean),
                    Some(&statistics.variance),
                    true,
                    NORM_MOMENTUM,
                    NORM_EPSILON,
                    true,
                );
                ended(normed, ending)
            }
        }
    }
}

fn ended(mut x: Tensor, ending: Ending) -> Tensor {
    match ending {
        Ending::Nothing => x,
        Ending::Rectifier => x.relu_(),
        Ending::Shortcut(shortcut) => x.g_add_(shortcut).relu_(),
    }
}
