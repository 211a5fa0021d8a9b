//! Residual blocks without gradients, by active weights alone (`folded.cpp`).

use tch::Tensor;
use torch_sys::C_tensor;

use super::kernels::{failed, tensor_from_raw};
use super::sparse::Shape;

/// The C++ value behind a [`FoldedBlock`].
#[repr(C)]
struct RawBlock {
    _opaque: [u8; 0],
}

#[allow(unsafe_code, reason = "the interface of folded.cpp")]
unsafe extern "C" {
    fn swast_folded_block(
        layout: Layout,
        shapes: *const Shape,
        weights: *const *const C_tensor,
        biases: *const *const C_tensor,
        convs: i64,
        chain: i64,
        identity: bool,
    ) -> *mut RawBlock;
    fn swast_folded_free(block: *mut RawBlock);
    fn swast_folded_run(
        blocks: *const *const RawBlock,
        count: i64,
        x: *const C_tensor,
    ) -> *mut C_tensor;
}

/// How images lie in memory.
#[repr(i64)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Side by side in the lanes of vectors, see [`super::sparse`]: a block of lanes goes through all residual blocks while
    /// it is in the cache.
    Lanes,
    /// One by one, with the places of each in the lanes: for a few images, which would leave lanes empty.
    Planes,
}

/// The convolutions of a residual block, into which batch norm is folded.
#[derive(Debug)]
pub struct FoldedBlock {
    raw: *mut RawBlock,
}

/// A convolution with a bias.
#[derive(Debug)]
pub struct Folded {
    /// The shape.
    pub shape: Shape,
    /// Its weight, f32 on the CPU.
    pub weight: Tensor,
    /// What is added, one value per channel.
    pub bias: Tensor,
}

impl FoldedBlock {
    /// For images in `layout`. The first `chain` of `convs` follow each other, one on the shortcut comes last; where there is none, the shortcut is
    /// the input if `identity`, else there is no shortcut. Weights that are 0 are left out.
    ///
    /// # Panics
    /// When shapes do not fit together.
    pub fn new(layout: Layout, convs: &[Folded], chain: usize, identity: bool) -> Self {
        let shapes: Vec<_> = convs.iter().map(|conv| conv.shape).collect();
        let weights: Vec<_> = convs.iter().map(|conv| conv.weight.as_ptr()).collect();
        let biases: Vec<_> = convs.iter().map(|conv| conv.bias.as_ptr()).collect();
        #[allow(unsafe_code, reason = "the interface of folded.cpp")]
        // SAFETY: the lists have an entry for each convolution, and the callee only borrows them.
        let raw = unsafe {
            let (weights, biases) = (weights.as_ptr().cast(), biases.as_ptr().cast());
            let (count, chain) = (convs.len() as i64, chain as i64);
            swast_folded_block(layout, shapes.as_ptr(), weights, biases, count, chain, identity)
        };
        if raw.is_null() {
            failed("lists of active weights");
        }
        Self { raw }
    }

    /// Sends `x` through `blocks`, one or more, all made for the same layout: blocks of lanes, or images `[N, C, S, S]`
    /// for [`Layout::Planes`].
    ///
    /// # Panics
    /// When shapes do not fit together.
    pub fn run(blocks: &[Self], x: &Tensor) -> Tensor {
        assert!(!blocks.is_empty(), "blocks to go through");
        let raw: Vec<*const RawBlock> = blocks.iter().map(|block| block.raw.cast_const()).collect();
        #[allow(unsafe_code, reason = "the interface of folded.cpp")]
        // SAFETY: all are live; the callee only borrows them and the tensor, and hands over what it makes.
        unsafe {
            let made = swast_folded_run(raw.as_ptr(), raw.len() as i64, x.as_ptr());
            tensor_from_raw(made, "sparse blocks")
        }
    }
}

impl Drop for FoldedBlock {
    fn drop(&mut self) {
        #[allow(unsafe_code, reason = "the interface of folded.cpp")]
        // SAFETY: nobody else owns the pointer.
        unsafe {
            swast_folded_free(self.raw);
        }
    }
}
