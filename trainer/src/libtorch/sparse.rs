//! Residual blocks by active weights alone (`sparse.cpp`), on blocks of lanes: `[blocks, channels, side, side, lanes]`,
//! a block being as many images as a vector has lanes, the last one filled up with images of zeros.

use tch::Tensor;
use torch_sys::C_tensor;

use super::kernels::{Norm, failed, tensor_from_raw};

/// The C++ value behind a [`SparseBlock`].
#[repr(C)]
struct SharedBlock {
    _opaque: [u8; 0],
}

#[allow(unsafe_code, reason = "the interface of sparse.cpp")]
unsafe extern "C" {
    fn swast_sparse_lanes() -> i64;
    fn swast_sparse_block(
        shapes: *const Shape,
        masks: *const *const C_tensor,
        convs: i64,
        chain: i64,
        identity: bool,
    ) -> *mut SharedBlock;
    fn swast_sparse_free(block: *mut SharedBlock);
    fn swast_sparse_train(
        block: *mut SharedBlock,
        x: *const C_tensor,
        images: i64,
        learned: *const *const C_tensor,
        running: *const *const C_tensor,
        momentum: f64,
        epsilon: f64,
    ) -> *mut C_tensor;
    fn swast_to_lanes(x: *const C_tensor) -> *mut C_tensor;
    fn swast_from_lanes(x: *const C_tensor, images: i64) -> *mut C_tensor;
}

/// A convolution without bias, padded by half its kernel.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels in.
    pub inputs: i64,
    /// Channels out.
    pub outputs: i64,
    /// Side of the kernel: 1 or 3.
    pub kernel: i64,
    /// Stride: 1 or 2.
    pub stride: i64,
    /// Side of the input.
    pub from: i64,
    /// Side of the output.
    pub side: i64,
}

/// How many images a block of lanes holds on this processor.
pub fn lanes() -> i64 {
    #[allow(unsafe_code, reason = "the interface of sparse.cpp")]
    // SAFETY: it reads a constant.
    unsafe {
        swast_sparse_lanes()
    }
}

/// The convolutions of a residual block with the lists of their active weights.
#[derive(Debug)]
pub struct SparseBlock {
    raw: *mut SharedBlock,
    convs: usize,
}

#[allow(unsafe_code, reason = "a value of C++")]
// SAFETY: the value behind the pointer is bound to no thread.
unsafe impl Send for SparseBlock {}

impl SparseBlock {
    /// Convolutions of `shapes`, with the weights active that are not 0 in `masks` (of the shape of the weight, f32, on
    /// the CPU). The first `chain` follow each other, one on the shortcut comes last; where there is none, the shortcut
    /// is the input if `identity`, else there is no shortcut.
    ///
    /// # Panics
    /// When shapes do not fit together.
    pub fn new(shapes: &[Shape], masks: &[Tensor], chain: usize, identity: bool) -> Self {
        assert_eq!(shapes.len(), masks.len(), "a mask for each convolution");
        let masks: Vec<_> = masks.iter().map(Tensor::as_ptr).collect();
        let (convs, chain) = (shapes.len() as i64, chain as i64);
        #[allow(unsafe_code, reason = "the interface of sparse.cpp")]
        // SAFETY: both lists have `convs` entries, and the callee only borrows them.
        let raw = unsafe {
            swast_sparse_block(shapes.as_ptr(), masks.as_ptr().cast(), convs, chain, identity)
        };
        if raw.is_null() {
            failed("lists of active weights");
        }
        Self { raw, convs: shapes.len() }
    }

    /// The block on `x` (blocks of lanes that hold `images` images), each convolution with its weight and batch norm, with
    /// the statistics of the batch, which move the running ones. Differentiable by `x`, weights, scales and shifts; the
    /// gradient of inactive weights is 0.
    ///
    /// # Panics
    /// When shapes do not fit together.
    pub fn train(&self, x: &Tensor, images: i64, convs: &[(&Tensor, Norm)]) -> Tensor {
        assert!(convs.len() == self.convs && self.convs > 0, "parameters for each convolution");
        let learned = |(w, n): &(&Tensor, Norm)| [w.as_ptr(), n.scale.as_ptr(), n.shift.as_ptr()];
        let running = |(_, n): &(&Tensor, Norm)| [n.mean.as_ptr(), n.variance.as_ptr()];
        let learned: Vec<_> = convs.iter().flat_map(learned).collect();
        let running: Vec<_> = convs.iter().flat_map(running).collect();
        let Norm { momentum, epsilon, .. } = convs[0].1;
        #[allow(unsafe_code, reason = "the interface of sparse.cpp")]
        // SAFETY: the lists have three and two entries for each convolution of the live block, all of them live tensors
        // that the callee only borrows; it hands over what it makes.
        unsafe {
            let (learned, running) = (learned.as_ptr().cast(), running.as_ptr().cast());
            let (block, x) = (self.raw, x.as_ptr());
            let made = swast_sparse_train(block, x, images, learned, running, momentum, epsilon);
            tensor_from_raw(made, "sparse block")
        }
    }
}

impl Drop for SparseBlock {
    fn drop(&mut self) {
        #[allow(unsafe_code, reason = "the interface of sparse.cpp")]
        // SAFETY: nobody else owns the pointer; passes that are still to come share the value behind it.
        unsafe {
            swast_sparse_free(self.raw);
        }
    }
}

/// Images `[N, C, S, S]` (f32, on the CPU) as blocks of lanes; differentiable.
pub fn to_lanes(images: &Tensor) -> Tensor {
    #[allow(unsafe_code, reason = "the interface of sparse.cpp")]
    // SAFETY: the callee only borrows the live tensor, and hands over what it makes.
    unsafe {
        tensor_from_raw(swast_to_lanes(images.as_ptr()), "blocks of lanes")
    }
}

/// The first `images` images of blocks of lanes, `[images, C, S, S]`; differentiable.
pub fn from_lanes(x: &Tensor, images: i64) -> Tensor {
    #[allow(unsafe_code, reason = "the interface of sparse.cpp")]
    // SAFETY: the callee only borrows the live tensor, and hands over what it makes.
    unsafe {
        tensor_from_raw(swast_from_lanes(x.as_ptr(), images), "images of blocks of lanes")
    }
}
