//! Convolutions of 3 x 3 weights on a CPU, faster than libtorch's; see `conv.cpp`.

use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::guarded::taken;
use super::norm::Ending;
use crate::model::architecture::Conv;

#[allow(unsafe_code, reason = "the interface of conv.cpp")]
unsafe extern "C" {
    fn swast_conv(x: *const C_tensor, weight: *const C_tensor) -> *mut C_tensor;
    fn swast_conv_finished(
        x: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        shortcut: *const C_tensor,
        rectify: bool,
    ) -> *mut C_tensor;
}

/// Channels come in multiples of this (`CHANNELS` of `winograd_kernels.h`).
const CHANNELS: usize = 16;

/// Whether `conv` is one of those that this module has: 3 x 3 weights at stride 1, channels in multiples of 16.
pub fn suits(conv: &Conv) -> bool {
    let channels = conv.inputs.is_multiple_of(CHANNELS) && conv.outputs.is_multiple_of(CHANNELS);
    conv.kernel == 3 && conv.stride == 1 && channels
}

/// `x` (`[N, inputs, H, W]`) convolved with `weight` (`[outputs, inputs, 3, 3]`) at stride 1 with a border of one zero;
/// f32, on the CPU. Differentiable by both. The result lies channels-last in memory.
///
/// # Panics
/// When shapes do not fit together.
#[allow(unsafe_code, reason = "the interface of conv.cpp")]
pub fn convolve(x: &Tensor, weight: &Tensor) -> Tensor {
    // SAFETY: the callee only borrows both live tensors, and hands over what it makes.
    unsafe { taken(swast_conv(x.as_ptr(), weight.as_ptr()), "convolution") }
}

/// As [`convolve`], then the addition of `bias` (`[outputs]`) and `ending`; where no gradients are asked for, all in one
/// pass over memory.
///
/// # Panics
/// When shapes do not fit together.
#[allow(unsafe_code, reason = "the interface of conv.cpp")]
pub fn convolve_and_finish(x: &Tensor, weight: &Tensor, bias: &Tensor, ending: Ending) -> Tensor {
    let (shortcut, rectify) = match ending {
        Ending::Nothing => (ptr::null(), false),
        Ending::Rectifier => (ptr::null(), true),
        Ending::Shortcut(shortcut) => (shortcut.as_ptr(), true),
    };
    let (x, weight, bias) = (x.as_ptr(), weight.as_ptr(), bias.as_ptr());
    // SAFETY: the callee only borrows the live tensors, and hands over what it makes.
    unsafe { taken(swast_conv_finished(x, weight, bias, shortcut, rectify), "convolution") }
}
