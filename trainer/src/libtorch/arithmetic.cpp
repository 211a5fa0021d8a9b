// How libtorch calculates: lower precision where a network allows it, and the same numbers every time. tch reaches
// neither for the CPU, nor libtorch's switches for TF32 and for deterministic operations.

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>

#include <cstdlib>

extern "C" {

// Convolutions and matrix products of the calling thread in 16 bits from now on, on the device type given: f16 if `half`,
// else bf16.
void swast_begin_reduced(bool cuda, bool half) {
    const auto device = cuda ? at::kCUDA : at::kCPU;
    at::autocast::set_autocast_dtype(device, half ? at::kHalf : at::kBFloat16);
    at::autocast::set_autocast_enabled(device, true);
    at::autocast::increment_nesting();
}

// Ends what swast_begin_reduced began; converted weights are forgotten, so that the next pass sees the updated ones.
void swast_end_reduced(bool cuda) {
    if (at::autocast::decrement_nesting() == 0) {
        at::autocast::clear_cache();
    }
    at::autocast::set_autocast_enabled(cuda ? at::kCUDA : at::kCPU, false);
}

// Whether f32 products on CUDA may round their factors to TF32. libtorch's own default is yes for convolutions.
void swast_allow_tf32(bool allow) {
    at::globalContext().setAllowTF32CuDNN(allow);
    at::globalContext().setAllowTF32CuBLAS(allow);
}

// The same numbers every time, or the fastest convolutions that cuDNN finds by trying.
void swast_deterministic(bool deterministic) {
    auto& context = at::globalContext();
    if (deterministic) {
        // cuBLAS reads it when it starts.
        setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    }
    context.setDeterministicCuDNN(deterministic);
    context.setBenchmarkCuDNN(!deterministic);
    context.setDeterministicAlgorithms(deterministic, /*warn_only=*/true);
    context.setDeterministicFillUninitializedMemory(false);
}
}
