#include "norm_kernels.h"

// Set by the build script, with the compiler's flags for the vector units meant.
#ifndef SWAST_KERNELS
#define SWAST_KERNELS kernels_base
#endif

namespace swast {
namespace {

#define INLINED __attribute__((always_inline))

// Runs `body` with the number of lanes as a constant where the strip is whole, so that sums stay in registers.
template <class Body>
INLINED inline void with_lanes(const Strip& strip, Body body) {
    if (strip.lanes == LANES) {
        body([] { return LANES; });
    } else {
        body([&] { return strip.lanes; });
    }
}

void moments(const float* x, Strip strip, const float* centre, float* first, float* second) {
    x += strip.offset;
    with_lanes(strip, [&](auto lanes) INLINED {
        float a[LANES] = {}, b[LANES] = {}, c[LANES];
        for (int64_t l = 0; l < lanes(); ++l) c[l] = centre[l];
        for (int64_t r = 0; r < strip.rows; ++r, x += strip.stride) {
            for (int64_t l = 0; l < lanes(); ++l) {
                const float d = x[l] - c[l];
                a[l] += d;
                b[l] += d * d;
            }
        }
        for (int64_t l = 0; l < lanes(); ++l) first[l] += a[l], second[l] += b[l];
    });
}

template <Ending kEnding>
INLINED inline void forward_as(
    const float* __restrict x, const float* __restrict shortcut, float* __restrict y, Strip strip, Affine at) {
    with_lanes(strip, [&](auto lanes) INLINED {
        for (int64_t r = 0, o = strip.offset; r < strip.rows; ++r, o += strip.stride) {
            for (int64_t l = 0; l < lanes(); ++l) {
                float value = (x[o + l] - at.mean[l]) * at.factor[l] + at.shift[l];
                if (kEnding == Ending::ShortcutAndRectifier) value += shortcut[o + l];
                // NaN must pass, to be reported as a diverged loss.
                if (kEnding != Ending::Nothing) value = value < 0.0f ? 0.0f : value;
                y[o + l] = value;
            }
        }
    });
}

void forward(const float* x, const float* shortcut, float* y, Strip strip, Affine at, Ending ending) {
    switch (ending) {
        case Ending::Nothing: return forward_as<Ending::Nothing>(x, shortcut, y, strip, at);
        case Ending::Rectifier: return forward_as<Ending::Rectifier>(x, shortcut, y, strip, at);
        case Ending::ShortcutAndRectifier:
            return forward_as<Ending::ShortcutAndRectifier>(x, shortcut, y, strip, at);
    }
}

// dz of one value; `centred` is x - mean.
template <Ending kEnding>
INLINED inline float upstream(const Upstream& up, int64_t i, float centred, const Affine& at, int64_t l) {
    const float dy = up.dy[i];
    switch (kEnding) {
        case Ending::Nothing: return dy;
        case Ending::Rectifier: return centred * at.factor[l] + at.shift[l] > 0.0f ? dy : 0.0f;
        case Ending::ShortcutAndRectifier: return up.gate[i] > 0.0f ? dy : 0.0f;
    }
}

template <Ending kEnding>
INLINED inline void sums_as(const Upstream& up, Strip strip, Affine at, float* first, float* second) {
    float* __restrict dz = up.dz;
    with_lanes(strip, [&](auto lanes) INLINED {
        float a[LANES] = {}, b[LANES] = {};
        for (int64_t r = 0, o = strip.offset; r < strip.rows; ++r, o += strip.stride) {
            for (int64_t l = 0; l < lanes(); ++l) {
                const float centred = up.x[o + l] - at.mean[l];
                const float gradient = upstream<kEnding>(up, o + l, centred, at, l);
                if (kEnding == Ending::ShortcutAndRectifier) dz[o + l] = gradient;
                a[l] += gradient;
                b[l] += gradient * centred;
            }
        }
        for (int64_t l = 0; l < lanes(); ++l) first[l] += a[l], second[l] += b[l];
    });
}

void sums(Upstream up, Strip strip, Affine at, float* first, float* second) {
    switch (up.ending) {
        case Ending::Nothing: return sums_as<Ending::Nothing>(up, strip, at, first, second);
        case Ending::Rectifier: return sums_as<Ending::Rectifier>(up, strip, at, first, second);
        case Ending::ShortcutAndRectifier:
            return sums_as<Ending::ShortcutAndRectifier>(up, strip, at, first, second);
    }
}

template <Ending kEnding>
INLINED inline void backward_as(
    const Upstream& up, float* __restrict dx, Strip strip, Affine at, const float* slope, const float* offset) {
    with_lanes(strip, [&](auto lanes) INLINED {
        for (int64_t r = 0, o = strip.offset; r < strip.rows; ++r, o += strip.stride) {
            for (int64_t l = 0; l < lanes(); ++l) {
                const float centred = up.x[o + l] - at.mean[l];
                const float gradient = upstream<kEnding>(up, o + l, centred, at, l);
                dx[o + l] = at.factor[l] * gradient + (slope[l] * centred + offset[l]);
            }
        }
    });
}

void backward(Upstream up, float* dx, Strip strip, Affine at, const float* slope, const float* offset) {
    switch (up.ending) {
        case Ending::Nothing: return backward_as<Ending::Nothing>(up, dx, strip, at, slope, offset);
        case Ending::Rectifier: return backward_as<Ending::Rectifier>(up, dx, strip, at, slope, offset);
        // The pass of the sums wrote dz.
        case Ending::ShortcutAndRectifier:
            up.dy = up.dz;
            return backward_as<Ending::Nothing>(up, dx, strip, at, slope, offset);
    }
}

}  // namespace

const Kernels SWAST_KERNELS = {moments, forward, sums, backward};

}  // namespace swast
