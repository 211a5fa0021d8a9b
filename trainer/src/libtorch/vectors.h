// The vectors of the generation that a file of loops is compiled for.
#pragma once
#include <cstdint>

namespace swast {
namespace {

#define INLINED __attribute__((always_inline))

#if defined(__AVX512F__)
constexpr int64_t LANES = 16;
#elif defined(__AVX2__)
constexpr int64_t LANES = 8;
#else
constexpr int64_t LANES = 4;
#endif
typedef float Vector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

INLINED inline Vector load(const float* from) { return *reinterpret_cast<const Vector*>(from); }
INLINED inline void store(float* to, Vector value) { *reinterpret_cast<Vector*>(to) = value; }

}  // namespace
}  // namespace swast
