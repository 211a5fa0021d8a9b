//! The optimizer step in one pass over memory, and what goes before it where the loss is scaled; see `sgd.cpp`.

use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::kernels::tensor_from_raw;

#[allow(unsafe_code, reason = "the interface of sgd.cpp")]
unsafe extern "C" {
    fn swast_sgd(
        parameters: *const C_tensor,
        gradient: *const C_tensor,
        momentum: *const C_tensor,
        rate: *const C_tensor,
        share: f64,
        decay: f64,
        spoiled: *const C_tensor,
    ) -> *mut C_tensor;
    fn swast_unscale(
        gradient: *const C_tensor,
        factor: *const C_tensor,
        spoiled: *const C_tensor,
    ) -> *mut C_tensor;
}

/// `g <- g + decay * w; m <- share * m + g; w <- w - rate * (g + share * m)` for w in `parameters`, g in `gradient` and m
/// in `momentum`, each f32 `[n]`; the `rate` is f32 without dimensions. All are changed in place but the rate; none is where
/// `spoiled`, f32 without dimensions, is 1.
///
/// # Panics
/// When shapes or devices do not fit together.
#[allow(unsafe_code, reason = "the interface of sgd.cpp")]
pub fn fused_sgd(
    [parameters, gradient, momentum]: [&Tensor; 3],
    rate: &Tensor,
    share: f64,
    decay: f64,
    spoiled: Option<&Tensor>,
) {
    let [w, g, m] = [parameters, gradient, momentum].map(Tensor::as_ptr);
    let spoiled = spoiled.map_or(ptr::null(), |spoiled| spoiled.as_ptr());
    // SAFETY: pointers are null or those of live tensors, which the callee only borrows; what it hands over is ours.
    let _parameters = unsafe {
        tensor_from_raw(swast_sgd(w, g, m, rate.as_ptr(), share, decay, spoiled), "optimizer")
    };
}

/// Multiplies `gradient` (f32 `[n]`) by `factor` in place, and sets `spoiled` to 1 where any number in it is not finite;
/// both f32 without dimensions.
///
/// # Panics
/// When devices do not fit together.
#[allow(unsafe_code, reason = "the interface of sgd.cpp")]
pub fn unscale(gradient: &mut Tensor, factor: &Tensor, spoiled: &mut Tensor) {
    let (gradient, factor, spoiled) = (gradient.as_ptr(), factor.as_ptr(), spoiled.as_ptr());
    // SAFETY: all pointers are those of live tensors, which the callee only borrows; what it hands over is ours.
    let _gradient =
        unsafe { tensor_from_raw(swast_unscale(gradient, factor, spoiled), "gradient") };
}
