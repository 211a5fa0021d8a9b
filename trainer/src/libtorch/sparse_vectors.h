// What sparse_kernels.cpp does with vectors, besides loading and storing them.
#pragma once
#include <cstdint>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#include "vectors.h"

namespace swast {
namespace {

// Registers hold the sums of ROWS x COLUMNS places, and leave room for a weight.
#if defined(__AVX512F__)
constexpr int64_t ROWS = 4, COLUMNS = 4;
#else
constexpr int64_t ROWS = 2, COLUMNS = 4;
#endif

INLINED inline Vector all(float value) { return value - Vector{}; }

// Past the caches, where there is a way.
INLINED inline void store_past(float* to, Vector value) {
#if defined(__AVX512F__)
    _mm512_stream_ps(to, (__m512)value);
#elif defined(__AVX2__)
    _mm256_stream_ps(to, (__m256)value);
#else
    store(to, value);
#endif
}

// After the last of them, before other threads read.
INLINED inline void finish_stores() {
#if defined(__AVX512F__) || defined(__AVX2__)
    _mm_sfence();
#endif
}

// NaN passes, to be reported as a diverged loss.
INLINED inline Vector rectified(Vector x) {
#if defined(__AVX512F__)
    return (Vector)_mm512_max_ps(_mm512_setzero_ps(), (__m512)x);
#elif defined(__AVX2__)
    return (Vector)_mm256_max_ps(_mm256_setzero_ps(), (__m256)x);
#else
    return x < 0.0f ? Vector{} : x;
#endif
}

// x where gate is above 0, else 0.
INLINED inline Vector where_open(Vector gate, Vector x) { return gate > 0.0f ? x : Vector{}; }

// The sums of four vectors, LANES / 4 partial ones each: those of vector i begin at place PARTIAL[i] of the result.
#if defined(__AVX512F__)
constexpr int64_t PARTIAL[4] = {0, 4, 8, 12};
INLINED inline Vector folded(Vector a, Vector b, Vector c, Vector d) {
    const __m512 s = (__m512)a, t = (__m512)b, u = (__m512)c, v = (__m512)d;
    const __m512 x = _mm512_add_ps(_mm512_shuffle_f32x4(s, t, 0x44), _mm512_shuffle_f32x4(s, t, 0xEE));
    const __m512 y = _mm512_add_ps(_mm512_shuffle_f32x4(u, v, 0x44), _mm512_shuffle_f32x4(u, v, 0xEE));
    return (Vector)_mm512_add_ps(_mm512_shuffle_f32x4(x, y, 0x88), _mm512_shuffle_f32x4(x, y, 0xDD));
}
#elif defined(__AVX2__)
constexpr int64_t PARTIAL[4] = {0, 4, 2, 6};
INLINED inline Vector folded(Vector a, Vector b, Vector c, Vector d) {
    const Vector x = __builtin_shufflevector(a, b, 0, 1, 2, 3, 12, 13, 14, 15) +
        __builtin_shufflevector(a, b, 4, 5, 6, 7, 8, 9, 10, 11);
    const Vector y = __builtin_shufflevector(c, d, 0, 1, 2, 3, 12, 13, 14, 15) +
        __builtin_shufflevector(c, d, 4, 5, 6, 7, 8, 9, 10, 11);
    return __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13) +
        __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15);
}
#else
constexpr int64_t PARTIAL[4] = {0, 1, 2, 3};
INLINED inline Vector folded(Vector a, Vector b, Vector c, Vector d) {
    const Vector x = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
    const Vector y = __builtin_shufflevector(c, d, 0, 1, 4, 5) + __builtin_shufflevector(c, d, 2, 3, 6, 7);
    return __builtin_shufflevector(x, y, 0, 2, 4, 6) + __builtin_shufflevector(x, y, 1, 3, 5, 7);
}
#endif

}  // namespace
}  // namespace swast
