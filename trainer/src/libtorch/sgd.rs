//! The optimizer step in one pass over memory; see `sgd.cpp`.

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
    ) -> *mut C_tensor;
}

/// `g <- g + decay * w; m <- share * m + g; w <- w - rate * (g + share * m)` for w in `parameters`, g in `gradient` and m
/// in `momentum`, each f32 `[n]`; the `rate` is f32 without dimensions. All are changed in place but the rate.
///
/// # Panics
/// When shapes or devices do not fit together.
#[allow(unsafe_code, reason = "the interface of sgd.cpp")]
pub fn fused_sgd(
    [parameters, gradient, momentum]: [&Tensor; 3],
    rate: &Tensor,
    share: f64,
    decay: f64,
) {
    let [w, g, m] = [parameters, gradient, momentum].map(Tensor::as_ptr);
    // SAFETY: all pointers are those of live tensors, which the callee only borrows; what it hands over is ours.
    let _parameters =
        unsafe { tensor_from_raw(swast_sgd(w, g, m, rate.as_ptr(), share, decay), "optimizer") };
}
