// The loop of plane_kernels.h, over whichever vectors this file is compiled for.
#include "plane_kernels.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sparse_vectors.h"

// Set by the build script, with the compiler's flags for the vector units meant.
#ifndef SWAST_KERNELS
#define SWAST_KERNELS plane_base
#endif

namespace swast {
namespace {

// Vectors of a result that registers hold beside a weight: all of those of 8 x 8 places.
constexpr int64_t WIDEST = 10;

// WIDTH vectors of one result, from `x` and `y` on. Few sums would wait for themselves: they are kept several times, each
// for some of the weights.
template <int64_t WIDTH>
void strip(const Flat& f, int64_t output, const float* x, float* y, const float* shortcut) {
    constexpr int64_t TIMES = WIDTH >= 8 ? 1 : WIDTH >= 4 ? 2 : 4;
    Vector sums[TIMES][WIDTH] = {};
    const Entry *entry = f.entries + f.first[output], *const stop = f.entries + f.first[output + 1];
    const auto add = [&](const Entry& one, Vector* to) INLINED {
        const Vector weight = all(one.value);
#pragma GCC unroll 10
        for (int64_t i = 0; i < WIDTH; ++i) to[i] += weight * load(x + one.offset + i * LANES);
    };
    for (; stop - entry >= TIMES; entry += TIMES) {
#pragma GCC unroll 4
        for (int64_t t = 0; t < TIMES; ++t) add(entry[t], sums[t]);
    }
    for (; entry < stop; ++entry) add(*entry, sums[0]);
#pragma GCC unroll 10
    for (int64_t i = 0; i < WIDTH; ++i) {
        Vector value = all(f.biases[output]);
#pragma GCC unroll 4
        for (int64_t t = 0; t < TIMES; ++t) value += sums[t][i];
        if (shortcut) value += load(shortcut + i * LANES);
        store(y + i * LANES, f.rectify ? rectified(value) : value);
    }
}

using Strip = void (*)(const Flat&, int64_t, const float*, float*, const float*);

template <size_t... WIDTH>
constexpr std::array<Strip, WIDEST> strips(std::index_sequence<WIDTH...>) {
    return {strip<int64_t(WIDTH) + 1>...};
}

// Strips are the outer loop: what all outputs read of one stays in the cache.
void convolve(const Flat& f, Range some, const float* x, float* y) {
    constexpr auto OF_WIDTH = strips(std::make_index_sequence<WIDEST>());
    const int64_t count = (f.vectors + WIDEST - 1) / WIDEST;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t begin = f.vectors * i / count, end = f.vectors * (i + 1) / count;
        const Strip strip = OF_WIDTH[end - begin - 1];
        for (int64_t output = some.begin; output < some.end; ++output) {
            const int64_t at = output * f.each + begin * LANES;
            strip(f, output, x + begin * LANES, y + at, f.shortcut ? f.shortcut + at : nullptr);
        }
    }
}

}  // namespace

const PlaneKernels SWAST_KERNELS = {LANES, convolve};

}  // namespace swast
