//! The optimizer step in one pass over memory, and what goes before it where the loss is scaled; see `sgd.cpp`.

use std::ptr;

use tch::{Device, Kind, Tensor};
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
    fn swast_masked_sgd(
        parameters: *const C_tensor,
        gradient: *const C_tensor,
        momentum: *const C_tensor,
        mask: *const C_tensor,
        rate: *const C_tensor,
        share: f64,
        decay: f64,
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

/// The same on a CPU, each product and sum rounded by itself. Where the `mask` (f32 `[n]`, 1 for active weights) is 0, weights
/// and momentum must be 0; they are not looked at, nor is the gradient. The gradient is left as it is.
///
/// # Panics
/// When shapes do not fit together, or a tensor is elsewhere.
#[allow(unsafe_code, reason = "the interface of sgd.cpp")]
pub fn masked_sgd(
    [parameters, gradient, momentum]: [&Tensor; 3],
    mask: Option<&Tensor>,
    rate: &Tensor,
    share: f64,
    decay: f64,
) {
    let all = [Some(parameters), Some(gradient), Some(momentum), mask];
    for tensor in all.into_iter().flatten() {
        let fits = tensor.is_contiguous()
            && tensor.kind() == Kind::Float
            && tensor.size() == parameters.size()
            && tensor.device() == Device::Cpu;
        assert!(fits, "the optimizer goes through float buffers of one length on a CPU");
    }
    let [w, g, m] = [parameters, gradient, momentum].map(Tensor::as_ptr);
    let mask = mask.map_or(ptr::null(), |mask| mask.as_ptr());
    // SAFETY: pointers are null or those of live tensors, which the callee only borrows and whose shapes were checked; what it
    // hands over is ours.
    let _parameters = unsafe {
        tensor_from_raw(swast_masked_sgd(w, g, m, mask, rate.as_ptr(), share, decay), "optimizer")
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
