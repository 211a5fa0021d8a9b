//! The operation that residual networks consist of: a convolution, its batch norm, and what follows that.

mod conv;

use tch::{Device, Kind, Tensor};

use super::architecture::Conv;
use crate::libtorch::arithmetic::Precision;
use crate::libtorch::kernels::{Epilogue, Norm, batch_norm, convolve, convolve_and_finish};
pub(super) use conv::supports as has_own_kernels;

/// Share of a mini-batch in the running statistics after it.
pub const NORM_MOMENTUM: f64 = 0.1;
const NORM_EPSILON: f64 = 1e-5;

/// Whether batch norm uses (and updates) the statistics of the batch, or the running ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, running statistics updated; only the gradients of active weights are needed.
    Train,
    /// The same with the gradients of all weights.
    TrainDense,
    /// Running statistics.
    Evaluate,
}

impl Precision {
    /// The precision of a pass in `mode`: f32 where the gradients of fp16 would be lost, as the loss is scaled for the
    /// optimizer alone.
    pub(super) fn of_pass(self, mode: Mode) -> Self {
        match (self, mode) {
            (Self::Fp16, Mode::TrainDense | Mode::Evaluate) => Self::Fp32,
            _ => self,
        }
    }
}

impl Mode {
    /// Whether it updates the running statistics.
    pub fn trains(self) -> bool {
        matches!(self, Self::Train | Self::TrainDense)
    }
}

/// Running statistics of one batch norm.
#[derive(Debug)]
pub struct NormStatistics {
    /// Running mean, one per channel.
    pub mean: Tensor,
    /// Running variance, one per channel.
    pub variance: Tensor,
}

/// A convolution with its parameters and its batch norm's.
#[derive(Debug, Clone, Copy)]
pub struct ConvNorm<'a> {
    /// The shape.
    pub conv: &'a Conv,
    /// Weight of the convolution.
    pub weight: &'a Tensor,
    /// Scale of the batch norm, one per channel.
    pub scale: &'a Tensor,
    /// Shift of the batch norm, one per channel.
    pub shift: &'a Tensor,
    /// Running statistics of the batch norm.
    pub statistics: &'a NormStatistics,
}

impl ConvNorm<'_> {
    /// Applies both to `x`, then `epilogue`.
    pub fn apply(self, x: &Tensor, mode: Mode, precision: Precision, epilogue: Epilogue) -> Tensor {
        let own = self.has_own_kernels(precision);
        match (mode, x.device()) {
            (Mode::Evaluate, _) => self.folded(own).apply(x, epilogue),
            (Mode::Train | Mode::TrainDense, Device::Cpu) => {
                let x = if own { convolve(x, self.weight) } else { self.by_libtorch(x) };
                batch_norm(&x.to_kind(Kind::Float), self.norm(), epilogue)
            }
            (Mode::Train | Mode::TrainDense, _) => {
                let normed = self.by_libtorch(x).batch_norm(
                    Some(self.scale),
                    Some(self.shift),
                    Some(&self.statistics.mean),
                    Some(&self.statistics.variance),
                    true,
                    NORM_MOMENTUM,
                    NORM_EPSILON,
                    true,
                );
                finished(normed, epilogue)
            }
        }
    }

    /// Whether our kernels can compute the convolution. They round more than libtorch's, but less than f32 that is cut to
    /// TF32.
    pub fn has_own_kernels(&self, precision: Precision) -> bool {
        let on_cpu = self.weight.device() == Device::Cpu && precision == Precision::Fp32;
        on_cpu && has_own_kernels(self.conv)
    }

    /// The running statistics are constants: batch norm folds into the convolution, which saves a pass over the
    /// activations, the larger part of the cost of narrow networks. By our kernels if `own`.
    pub fn folded(&self, own: bool) -> FoldedConv {
        let factor = self.scale / (&self.statistics.variance + NORM_EPSILON).sqrt();
        let bias = self.shift - &self.statistics.mean * &factor;
        let weight = self.weight * factor.reshape([-1, 1, 1, 1]);
        FoldedConv { weight, bias, stride: self.conv.stride as i64, own }
    }

    fn by_libtorch(self, x: &Tensor) -> Tensor {
        by_libtorch(x, self.weight, None, self.conv.stride as i64)
    }

    /// The batch norm alone.
    pub fn norm(&self) -> Norm<'_> {
        Norm {
            scale: self.scale,
            shift: self.shift,
            mean: &self.statistics.mean,
            variance: &self.statistics.variance,
            momentum: NORM_MOMENTUM,
            epsilon: NORM_EPSILON,
        }
    }
}

/// A convolution into which batch norm is folded, by the running statistics as they were.
#[derive(Debug)]
pub struct FoldedConv {
    /// Its weight.
    pub weight: Tensor,
    /// What is added, one value per channel.
    pub bias: Tensor,
    stride: i64,
    /// Whether our kernels compute it.
    own: bool,
}

impl FoldedConv {
    /// Applies it to `x`, then `epilogue`.
    pub fn apply(&self, x: &Tensor, epilogue: Epilogue) -> Tensor {
        // Our fused kernel has no backward pass.
        if self.own && !self.weight.requires_grad() {
            convolve_and_finish(x, &self.weight, &self.bias, epilogue)
        } else {
            finished(by_libtorch(x, &self.weight, Some(&self.bias), self.stride), epilogue)
        }
    }
}

fn by_libtorch(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: i64) -> Tensor {
    x.conv2d(weight, bias, stride, weight.size()[2] / 2, 1, 1)
}

fn finished(mut x: Tensor, epilogue: Epilogue) -> Tensor {
    match epilogue {
        Epilogue::Nothing => x,
        Epilogue::Rectifier => x.relu_(),
        Epilogue::Shortcut(shortcut) => x.g_add_(shortcut).relu_(),
    }
}

/// The mean over all places of `x` (`[N, C, H, W, ...]`), f32.
pub fn mean(x: &Tensor, keep: bool) -> Tensor {
    x.mean_dim([2_i64, 3].as_slice(), keep, Kind::Float)
}
