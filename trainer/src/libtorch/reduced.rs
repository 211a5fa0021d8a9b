//! Weights in 16 bits, all by one conversion of the buffer that they lie in; see `reduced.cpp`.

use std::ptr;

use tch::{Kind, Tensor};
use torch_sys::C_tensor;

use super::kernels::tensor_from_raw;

#[allow(unsafe_code, reason = "the interface of reduced.cpp")]
unsafe extern "C" {
    fn swast_reduced(
        flat: *const C_tensor,
        views: *const *const C_tensor,
        count: i64,
        half: bool,
        made: *mut *mut C_tensor,
    ) -> *mut C_tensor;
}

/// The `views` of the buffer `flat` (f32 `[n]`), in order, as `kind`, which is [`Kind::Half`] or [`Kind::BFloat16`]; all of
/// the buffer is converted at once. Differentiable by the views, the gradients being f32.
///
/// # Panics
/// When they are no views of it.
pub fn reduced(flat: &Tensor, views: &[&Tensor], kind: Kind) -> Vec<Tensor> {
    let views: Vec<_> = views.iter().map(|view| view.as_ptr()).collect();
    let mut made = vec![ptr::null_mut(); views.len()];
    #[allow(unsafe_code, reason = "the interface of reduced.cpp")]
    // SAFETY: both lists have as many entries as is said, and the live tensors are only borrowed; what the callee hands
    // over is ours, all of it once it has not failed.
    unsafe {
        let (count, half) = (views.len() as i64, kind == Kind::Half);
        let (list, room) = (views.as_ptr().cast(), made.as_mut_ptr());
        let _flat =
            tensor_from_raw(swast_reduced(flat.as_ptr(), list, count, half, room), "conversion");
        made.into_iter().map(|made| Tensor::from_ptr(made)).collect()
    }
}
