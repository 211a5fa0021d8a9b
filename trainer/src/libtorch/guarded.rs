//! What our C++ hands back: a tensor, or a null pointer and a message; see `guarded.h`.

use std::ffi::{CStr, c_char};

use tch::{TchError, Tensor};
use torch_sys::C_tensor;

#[allow(unsafe_code, reason = "the interface of conv.cpp")]
unsafe extern "C" {
    fn swast_last_error() -> *const c_char;
}

/// Takes over the tensor `made` by `what`.
///
/// # Panics
/// When it is null, with the message that the callee left.
///
/// # Safety
/// `made` comes from a function of ours that has just returned on this thread, and nobody else owns it.
#[allow(unsafe_code, reason = "the interface of conv.cpp")]
pub(super) unsafe fn taken(made: *mut C_tensor, what: &str) -> Tensor {
    // SAFETY: as the caller promises; the message is valid until the next failure on this thread.
    unsafe {
        if made.is_null() {
            let message = CStr::from_ptr(swast_last_error()).to_string_lossy().into_owned();
            // As tch says it, for `failure`.
            panic!("{what}: {:?}", TchError::Torch(message));
        }
        Tensor::from_ptr(made)
    }
}
