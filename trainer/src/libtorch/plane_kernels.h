// The loop of folded_planes.cpp: a convolution of one image that visits active weights alone, with places side by side in
// the lanes of vectors. Compiled once for each generation of vector units up to AVX2: hardly any vector that a weight meets
// begins where a line of the cache does, and those of AVX-512, a line wide, were no faster for it.
//
// A plane of S x S values lies as rows of S + 2, border included. The loop runs over the rows of the result as if they were
// one, so that a weight meets all of it at one offset; the two places between rows get anything, and zeros afterwards.
#pragma once
#include <cstdint>

#include "range.h"
#include "sparse_kernels.h"

namespace swast {

// A convolution of planes.
struct Flat {
    // Active weights by output: those of output o are from first[o] to first[o + 1].
    const int32_t* first;
    const Entry* entries;
    const float* biases;
    // Vectors of a result, and floats from one plane to the next.
    int64_t vectors, each;
    // Or null: planes that are added.
    const float* shortcut;
    bool rectify;
};

struct PlaneKernels {
    int64_t lanes;
    // The outputs `some` of the image x; `y` is the first place of the first plane inside of its border, as is
    // `shortcut`.
    void (*convolve)(const Flat&, Range some, const float* x, float* y);
};

extern const PlaneKernels plane_base;
#ifdef SWAST_X86
extern const PlaneKernels plane_avx2;
#endif

}  // namespace swast
