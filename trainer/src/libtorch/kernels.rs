//! The operations of our C++ on tensors (`conv.cpp`, `norm.cpp`). They know shapes alone, no model.

use std::ffi::{CStr, c_char};
use std::ptr;

use tch::{TchError, Tensor};
use torch_sys::C_tensor;

#[allow(unsafe_code, reason = "the interface of conv.cpp, norm.cpp and guarded.h")]
unsafe extern "C" {
    fn swast_last_error() -> *const c_char;
    fn swast_conv(x: *const C_tensor, weight: *const C_tensor) -> *mut C_tensor;
    fn swast_conv_finished(
        x: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        shortcut: *const C_tensor,
        rectify: bool,
    ) -> *mut C_tensor;
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

/// What follows an operation, in the same pass over memory.
#[derive(Debug, Clone, Copy)]
pub enum Epilogue<'a> {
    /// Nothing.
    Nothing,
    /// A rectifier.
    Rectifier,
    /// The addition of a shortcut, then a rectifier.
    Shortcut(&'a Tensor),
}

impl Epilogue<'_> {
    /// The shortcut, or a null pointer, and whether a rectifier follows.
    fn parts(self) -> (*const C_tensor, bool) {
        match self {
            Self::Nothing => (ptr::null(), false),
            Self::Rectifier => (ptr::null(), true),
            Self::Shortcut(shortcut) => (shortcut.as_ptr(), true),
        }
    }
}

/// Scale and shift of a batch norm, and the running statistics that it moves; one value per channel.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// Scale.
    pub scale: &'a Tensor,
    /// Shift.
    pub shift: &'a Tensor,
    /// Running mean.
    pub mean: &'a Tensor,
    /// Running variance.
    pub variance: &'a Tensor,
    /// Share of the mini-batch in the running statistics after it.
    pub momentum: f64,
    /// Added to the variance before its root is taken.
    pub epsilon: f64,
}

/// `x` (`[N, inputs, H, W]`) convolved with `weight` (`[outputs, inputs, 3, 3]`) at stride 1 with a border of one zero;
/// f32, on the CPU. Differentiable by both. The result is channels-last in memory.
///
/// # Panics
/// When shapes do not fit together.
#[allow(unsafe_code, reason = "the interface of conv.cpp")]
pub fn convolve(x: &Tensor, weight: &Tensor) -> Tensor {
    // SAFETY: the callee only borrows both live tensors, and hands over what it makes.
    unsafe { tensor_from_raw(swast_conv(x.as_ptr(), weight.as_ptr()), "convolution") }
}

/// As [`convolve`], then the addition of `bias` (`[outputs]`) and `epilogue`; where no gradients are asked for, all in
/// one pass over memory.
///
/// # Panics
/// When shapes do not fit together.
#[allow(unsafe_code, reason = "the interface of conv.cpp")]
pub fn convolve_and_finish(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    epilogue: Epilogue,
) -> Tensor {
    let (shortcut, rectify) = epilogue.parts();
    let (x, weight, bias) = (x.as_ptr(), weight.as_ptr(), bias.as_ptr());
    // SAFETY: the callee only borrows the live tensors, and hands over what it makes.
    unsafe {
        tensor_from_raw(swast_conv_finished(x, weight, bias, shortcut, rectify), "convolution")
    }
}

/// Batch norm of `x` (`[N, C, H, W]`, f32, on the CPU) with the statistics of the batch, which move the running ones,
/// then `epilogue`. Differentiable by `x`, scale, shift and the shortcut.
///
/// # Panics
/// When shapes do not fit together.
#[allow(unsafe_code, reason = "the interface of norm.cpp")]
pub fn batch_norm(x: &Tensor, norm: Norm, epilogue: Epilogue) -> Tensor {
    let Norm { scale, shift, mean, variance, momentum, epsilon } = norm;
    let (shortcut, rectify) = epilogue.parts();
    // SAFETY: all pointers are those of live tensors, which the callee only borrows; the result is a new tensor that
    // nobody else owns, or null.
    unsafe {
        let made = swast_norm(
            x.as_ptr(),
            shortcut,
            scale.as_ptr(),
            shift.as_ptr(),
            mean.as_ptr(),
            variance.as_ptr(),
            momentum,
            epsilon,
            rectify,
        );
        tensor_from_raw(made, "batch norm")
    }
}

/// Takes over the tensor `made` by `what`.
///
/// # Panics
/// When it is null, with the message that the callee left.
///
/// # Safety
/// `made` comes from a function of ours that has just returned on this thread, and nobody else owns it.
#[allow(unsafe_code, reason = "the interface of guarded.h")]
pub(super) unsafe fn tensor_from_raw(made: *mut C_tensor, what: &str) -> Tensor {
    // SAFETY: as the caller promises; the message is valid until the next failure on this thread.
    unsafe {
        if made.is_null() {
            let message = CStr::from_ptr(swast_last_error()).to_string_lossy().into_owned();
            // As tch words it, for `failure`.
            panic!("{what}: {:?}", TchError::Torch(message));
        }
        Tensor::from_ptr(made)
    }
}
