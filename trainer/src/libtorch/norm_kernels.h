// The inner loops of norm.cpp over strips: `rows` rows of up to LANES values, `stride` values apart. Parameters and
// sums have one value per lane. Compiled once for each generation of vector units.
#pragma once
#include <cstdint>

namespace swast {

constexpr int64_t LANES = 32;

// What follows the batch norm.
enum class Ending { Nothing, Rectifier, ShortcutAndRectifier };

struct Strip {
    int64_t offset, rows, stride, lanes;
};

// y = (x - mean) * factor + shift.
struct Affine {
    const float *mean, *factor, *shift;
};

// The gradient dz before the ending, from dy after it. `gate` (the output) and `dz` (to be written) belong to endings
// with a shortcut; elsewhere the rectifier's mask is computed again from x.
struct Upstream {
    const float *x, *dy, *gate;
    float* dz;
    Ending ending;
};

struct Kernels {
    // Adds x - centre and its square to the sums.
    void (*moments)(const float* x, Strip, const float* centre, float* first, float* second);
    // Writes the output; `shortcut` is read by the ending that adds it.
    void (*forward)(const float* x, const float* shortcut, float* y, Strip, Affine, Ending);
    // Adds dz and dz (x - mean) to the sums, and writes dz where there is a shortcut.
    void (*sums)(Upstream, Strip, Affine, float* first, float* second);
    // Writes dx = factor * dz + slope * (x - mean) + offset.
    void (*backward)(Upstream, float* dx, Strip, Affine, const float* slope, const float* offset);
};

extern const Kernels kernels_base;
#ifdef SWAST_X86
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#endif

}  // namespace swast
