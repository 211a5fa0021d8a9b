//! Which convolutions our kernels have: 3 x 3 weights on a CPU, faster than libtorch's there; see `conv.cpp`.

use crate::model::architecture::Conv;

/// Channels come in multiples of this (`CHANNELS` of `winograd_kernels.h`).
const CHANNELS: usize = 16;

/// Whether our kernels can compute `conv`: 3 x 3 weights at stride 1, channels in multiples of 16.
pub(in crate::model) fn supports(conv: &Conv) -> bool {
    let channels = conv.inputs.is_multiple_of(CHANNELS) && conv.outputs.is_multiple_of(CHANNELS);
    conv.kernel == 3 && conv.stride == 1 && channels
}
