//! Batch norm with what follows it in a residual network, as one operation for training on a CPU; see `norm.cpp`.

use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::guarded::taken;
use crate::model::network::NormStatistics;

#[allow(unsafe_code, reason = "the interface of norm.cpp")]
unsafe extern "C" {
    fn swast_norm(
        x: *const C_tensor,
        shortcut: *const C_tensor,
        scale: *const C_tensor,
        shift: *const C_tensor,
        running_mean: *const C_tensor,
        running_variance: *const C_tensor,
        momentum: f64,
        epsilon: f64,
        rectify: bool,
    ) -> *mut C_tensor;
}

/// What follows a batch norm.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// Nothing.
    Nothing,
    /// A rectifier.
    Rectifier,
    /// The addition of a shortcut, then a rectifier.
    Shortcut(&'a Tensor),
}

/// Batch norm of `x` (`[N, C, H, W]`, f32, on the CPU) with the statistics of the batch, which move the running
/// `statistics`, then `ending`. `scale` and `shift` have one value per channel. Differentiable by `x`, `scale`,
/// `shift` and the shortcut.
///
/// # Panics
/// When shapes do not fit together.
#[allow(unsafe_code, reason = "the interface of norm.cpp")]
pub fn norm(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    statistics: &NormStatistics,
    (momentum, epsilon): (f64, f64),
    ending: Ending,
) -> Tensor {
    let (shortcut, rectify) = match ending {
        Ending::Nothing => (ptr::null(), false),
        Ending::Rectifier => (ptr::null(), true),
        Ending::Shortcut(shortcut) => (shortcut.as_ptr(), true),
    };
    // SAFETY: all pointers are those of live tensors, which the callee only borrows; the result is a new tensor that
    // nobody else owns, or null.
    unsafe {
        let made = swast_norm(
            x.as_ptr(),
            shortcut,
            scale.as_ptr(),
            shift.as_ptr(),
            statistics.mean.as_ptr(),
            statistics.variance.as_ptr(),
            momentum,
            epsilon,
            rectify,
        );
        taken(made, "batch norm")
    }
}
