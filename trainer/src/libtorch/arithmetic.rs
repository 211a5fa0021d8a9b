//! How libtorch calculates: its precision, and whether the same numbers come out every time; see `arithmetic.cpp`.

use clap::ValueEnum;
use tch::{Device, Kind};
use thiserror::Error;

#[allow(unsafe_code, reason = "the interface of arithmetic.cpp")]
unsafe extern "C" {
    fn swast_begin_reduced(cuda: bool, half: bool);
    fn swast_end_reduced(cuda: bool);
    fn swast_allow_tf32(allow: bool);
    fn swast_deterministic(deterministic: bool);
}

/// Precision of convolutions and matrix products. Parameters, batch norm, losses, the optimizer, selection scores
/// and the rankings of pruners are f32 in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Precision {
    /// 32-bit floating point.
    #[default]
    Fp32,
    /// 32-bit floating point, the factors of products rounded to 10 bits of mantissa; CUDA only.
    Tf32,
    /// 16-bit floating point with 7 bits of mantissa, where a network allows it.
    Bf16,
    /// The same with 10 bits of mantissa; the loss is scaled, so that small gradients are not lost.
    Fp16,
}

/// The precision asked for is not to be had.
#[derive(Debug, Error)]
#[error("--precision tf32: CUDA devices only; choose fp32, bf16 or fp16, or another --device")]
pub struct PrecisionError;

impl Precision {
    /// The precision `asked` for on `device`; by default that which networks are trained in there.
    ///
    /// # Errors
    /// When the device does not have it.
    pub fn resolve(asked: Option<Self>, device: Device) -> Result<Self, PrecisionError> {
        let cuda = device.is_cuda();
        match asked {
            Some(Self::Tf32) if !cuda => Err(PrecisionError),
            Some(precision) => Ok(precision),
            None if cuda => Ok(Self::Bf16),
            None => Ok(Self::Fp32),
        }
    }

    /// What convolutions calculate in, where that has 16 bits.
    pub fn reduced(self) -> Option<Kind> {
        match self {
            Self::Fp32 | Self::Tf32 => None,
            Self::Bf16 => Some(Kind::BFloat16),
            Self::Fp16 => Some(Kind::Half),
        }
    }

    /// Calculates in this precision on `device` for as long as the guard lives.
    pub fn guard(self, device: Device) -> Guard {
        let cuda = device.is_cuda();
        let reduced = self.reduced().map(|kind| {
            #[allow(unsafe_code, reason = "the interface of arithmetic.cpp")]
            // SAFETY: it sets values of the thread; the guard takes them back.
            unsafe {
                swast_begin_reduced(cuda, kind == Kind::Half);
            }
            cuda
        });
        Guard { reduced }
    }
}

/// Ends a reduced precision when dropped.
#[derive(Debug)]
pub struct Guard {
    /// Whether it is that of CUDA; `None` where nothing was reduced.
    reduced: Option<bool>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(cuda) = self.reduced {
            #[allow(unsafe_code, reason = "the interface of arithmetic.cpp")]
            // SAFETY: it takes back what the guard's making set.
            unsafe {
                swast_end_reduced(cuda);
            }
        }
    }
}

/// Sets what holds for the whole program: whether f32 may be rounded to TF32, and whether CUDA shall give the same
/// numbers every time, at the price of slower operations. A CPU always does. To be called before the first tensor
/// is made.
#[allow(unsafe_code, reason = "the interface of arithmetic.cpp")]
pub fn prepare_arithmetic(precision: Precision, deterministic: bool) {
    // SAFETY: both only set values of libtorch's global context.
    unsafe {
        swast_allow_tf32(precision == Precision::Tf32);
        swast_deterministic(deterministic);
    }
}
