// The loops of winograd_kernels.h, over whichever vectors this file is compiled for.
#include "winograd_kernels.h"

#include <algorithm>

#include "vectors.h"

// Set by the build script, with the compiler's flags for the vector units meant.
#ifndef SWAST_KERNELS
#define SWAST_KERNELS winograd_base
#endif

namespace swast {
namespace {

#if defined(__AVX512F__)
constexpr int64_t ROWS = 12, GRADIENT_ROWS = 8;
#else
constexpr int64_t ROWS = 6, GRADIENT_ROWS = 4;
#endif

// F(4 x 4, 3 x 3): a tile of 4 x 4 outputs takes 36 products per pair of channels instead of 144. The matrices of its
// transforms, applied to one column.
struct Filtering {
    static constexpr int64_t OUT = 4, TILE = 6;
    // B^T d
    INLINED static void inputs(Vector d[TILE]) {
        const Vector a = d[4] - 4.0f * d[2], b = d[3] - 4.0f * d[1], c = d[4] - d[2], e = 2.0f * (d[3] - d[1]);
        d[0] = 4.0f * d[0] - 5.0f * d[2] + d[4];
        d[5] = 4.0f * d[1] - 5.0f * d[3] + d[5];
        d[1] = a + b, d[2] = a - b, d[3] = c + e, d[4] = c - e;
    }
    // A^T m
    INLINED static void outputs(const Vector m[TILE], Vector y[OUT]) {
        const Vector a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], e = m[3] - m[4];
        y[0] = m[0] + a + c;
        y[1] = b + 2.0f * e;
        y[2] = a + 4.0f * c;
        y[3] = b + 8.0f * e + m[5];
    }
    // A y
    INLINED static void gradients(const Vector y[OUT], Vector m[TILE]) {
        const Vector a = y[0] + y[2], b = y[1] + y[3], c = y[0] + 4.0f * y[2], e = 2.0f * y[1] + 8.0f * y[3];
        m[0] = y[0], m[1] = a + b, m[2] = a - b, m[3] = c + e, m[4] = c - e, m[5] = y[3];
    }
    // G g
    INLINED static void weights(const Vector g[3], Vector u[TILE]) {
        const Vector a = (g[0] + g[2]) * (-1.0f / 6), b = g[1] * (1.0f / 6);
        const Vector c = g[0] * (1.0f / 24) + g[2] * (1.0f / 6), e = g[1] * (1.0f / 12);
        u[0] = 0.25f * g[0], u[1] = a - b, u[2] = a + b, u[3] = c + e, u[4] = c - e, u[5] = g[2];
    }
    // G^T u
    INLINED static void adjoint(const Vector u[TILE], Vector g[3]) {
        const Vector a = u[1] + u[2], b = u[2] - u[1], c = u[3] + u[4], e = u[3] - u[4];
        g[0] = 0.25f * u[0] - a * (1.0f / 6) + c * (1.0f / 24);
        g[1] = b * (1.0f / 6) + e * (1.0f / 12);
        g[2] = (c - a) * (1.0f / 6) + u[5];
    }
};
constexpr int64_t OUT = Filtering::OUT, TILE = Filtering::TILE, PLACES = TILE * TILE;

int64_t across(const Convolved& c) { return (c.width + OUT - 1) / OUT; }
int64_t tiles(const Convolved& c) { return (c.height + OUT - 1) / OUT * across(c); }

// Transformed tiles lie in groups of ROWS: [group][place][row][channel], each place a cache line further than it need
// be, since powers of two fall into the same lines of the cache.
struct Groups {
    float* data;
    int64_t channels;
    int64_t place() const { return ROWS * channels + 16; }
    int64_t group() const { return PLACES * place(); }
    float* at(int64_t tile) const { return data + tile / ROWS * group() + tile % ROWS * channels; }
};

// A pointer to each of the transformed tiles in turn.
class Cursor {
public:
    Cursor(const Groups& groups, int64_t tile) : groups_(groups), at_(groups.at(tile)), row_(tile % ROWS) {}
    float* at() const { return at_; }
    void next() {
        at_ += groups_.channels;
        if (++row_ == ROWS) row_ = 0, at_ += groups_.group() - ROWS * groups_.channels;
    }

private:
    const Groups& groups_;
    float* at_;
    int64_t row_;
};

int64_t groups(const Convolved& c) {
    // Half of a cache of the second level.
    const int64_t bytes = PLACES * ROWS * (c.inputs + c.outputs) * 4;
    return std::max<int64_t>(48 / ROWS, (int64_t(192) << 10) / bytes);
}
int64_t block(const Convolved& c) { return groups(c) * ROWS; }
int64_t scratch(const Convolved& c) {
    return c.width * c.inputs + groups(c) * (Groups{nullptr, c.inputs}.group() + Groups{nullptr, c.outputs}.group());
}

// Tiles side by side in one image, the first of which begins at y, x.
struct Run {
    int64_t image, y, x, count;
};

// Cuts the tiles from `begin` to `end` into runs.
template <class Visit>
void each_run(const Convolved& c, int64_t begin, int64_t end, Visit visit) {
    const int64_t down = tiles(c) / across(c);
    for (int64_t tile = begin; tile < end;) {
        const int64_t row = tile / across(c), column = tile % across(c), count = std::min(across(c) - column, end - tile);
        visit(Run{row / down, row % down * OUT, column * OUT, count}, tile - begin);
        tile += count;
    }
}

// B^T d B of the inputs of the tiles of a run, zeros beyond the border, in the channels of `v` from `from` on. `zeros` is
// as long as a row of an image.
void transform_inputs(const float* x, const float* zeros, const Convolved& c, int64_t from, Run run, const Groups& v,
                      int64_t tile) {
    const float* rows[TILE];
    for (int64_t i = 0; i < TILE; ++i) {
        const int64_t row = run.y + i - 1;
        rows[i] = row >= 0 && row < c.height ? x + (run.image * c.height + row) * c.width * c.inputs : zeros;
    }
    const int64_t place = v.place();
    for (int64_t channel = 0; channel < v.channels; channel += LANES) {
        Vector d[TILE][TILE];
        const auto column = [&](int64_t j, int64_t at) INLINED {
            if (at >= 0 && at < c.width) {
                for (int64_t i = 0; i < TILE; ++i) d[j][i] = load(rows[i] + at * c.inputs + from + channel);
                Filtering::inputs(d[j]);
            } else {
                for (int64_t i = 0; i < TILE; ++i) d[j][i] = Vector{};
            }
        };
        // Two columns belong to the next tile as well.
        column(OUT, run.x - 1);
        column(OUT + 1, run.x);
        Cursor cursor(v, tile);
        for (int64_t t = 0; t < run.count; ++t, cursor.next()) {
            for (int64_t i = 0; i < TILE; ++i) d[0][i] = d[OUT][i], d[1][i] = d[OUT + 1][i];
            for (int64_t j = 2; j < TILE; ++j) column(j, run.x + OUT * t + j - 1);
            float* to = cursor.at() + channel;
            for (int64_t i = 0; i < TILE; ++i) {
                Vector row[TILE];
                for (int64_t j = 0; j < TILE; ++j) row[j] = d[j][i];
                Filtering::inputs(row);
                for (int64_t j = 0; j < TILE; ++j, to += place) store(to, row[j]);
            }
        }
    }
}

// A^T m A: the outputs of the tiles of a run.
void transform_outputs(const Groups& m, int64_t tile, const Convolved& c, Run run, Finish finish, float* y) {
    const int64_t place = m.place(), below = std::min(OUT, c.height - run.y);
    Cursor cursor(m, tile);
    for (int64_t t = 0; t < run.count; ++t, cursor.next(), run.x += OUT) {
        const int64_t start = ((run.image * c.height + run.y) * c.width + run.x) * c.outputs;
        const int64_t beside = std::min(OUT, c.width - run.x);
        for (int64_t channel = 0; channel < c.outputs; channel += LANES) {
            Vector s[TILE][OUT];
            for (int64_t j = 0; j < TILE; ++j) {
                Vector column[TILE];
                for (int64_t i = 0; i < TILE; ++i) column[i] = load(cursor.at() + (TILE * i + j) * place + channel);
                Filtering::outputs(column, s[j]);
            }
            const Vector bias = finish.bias ? load(finish.bias + channel) : Vector{};
            for (int64_t i = 0; i < below; ++i) {
                Vector row[TILE], out[OUT];
                for (int64_t j = 0; j < TILE; ++j) row[j] = s[j][i];
                Filtering::outputs(row, out);
                for (int64_t j = 0; j < beside; ++j) {
                    const int64_t at = start + (i * c.width + j) * c.outputs + channel;
                    Vector value = out[j] + bias;
                    if (finish.shortcut) value += load(finish.shortcut + at);
                    // NaN must pass, to be reported as a diverged loss.
                    if (finish.rectify) value = value < Vector{} ? Vector{} : value;
                    store(y + at, value);
                }
            }
        }
    }
}

// A dy A^T of the gradients by the outputs of the tiles of a run.
void transform_gradients(const float* dy, const Convolved& c, Run run, const Groups& d, int64_t tile) {
    const int64_t place = d.place(), below = std::min(OUT, c.height - run.y);
    Cursor cursor(d, tile);
    for (int64_t t = 0; t < run.count; ++t, cursor.next(), run.x += OUT) {
        const float* from = dy + ((run.image * c.height + run.y) * c.width + run.x) * c.outputs;
        const int64_t beside = std::min(OUT, c.width - run.x);
        for (int64_t channel = 0; channel < c.outputs; channel += LANES) {
            Vector s[OUT][TILE];
            for (int64_t j = 0; j < OUT; ++j) {
                Vector column[OUT];
                for (int64_t i = 0; i < OUT; ++i) {
                    const bool inside = i < below && j < beside;
                    column[i] = inside ? load(from + (i * c.width + j) * c.outputs + channel) : Vector{};
                }
                Filtering::gradients(column, s[j]);
            }
            float* to = cursor.at() + channel;
            for (int64_t i = 0; i < TILE; ++i) {
                Vector row[OUT], m[TILE];
                for (int64_t j = 0; j < OUT; ++j) row[j] = s[j][i];
                Filtering::gradients(row, m);
                for (int64_t j = 0; j < TILE; ++j, to += place) store(to, m[j]);
            }
        }
    }
}

// Calls `body` with the number of vectors of outputs that are worked on at a time.
template <class Body>
INLINED inline void with_vectors(int64_t outputs, Body body) {
    if (outputs % (2 * LANES) == 0) {
        body([] { return int64_t(2); });
    } else {
        body([] { return int64_t(1); });
    }
}

// m [ROWS, VECTORS LANES] (+)= v [ROWS, depth] u [depth, VECTORS LANES].
template <int64_t VECTORS>
INLINED inline void multiply(const float* v, int64_t inputs, const float* u, float* m, int64_t outputs, int64_t depth,
                             bool add) {
    Vector sums[ROWS][VECTORS];
    for (int64_t r = 0; r < ROWS; ++r) {
        for (int64_t w = 0; w < VECTORS; ++w) sums[r][w] = add ? load(m + r * outputs + w * LANES) : Vector{};
    }
    for (int64_t k = 0; k < depth; ++k, u += VECTORS * LANES) {
        Vector weights[VECTORS];
        for (int64_t w = 0; w < VECTORS; ++w) weights[w] = load(u + w * LANES);
#pragma GCC unroll 16
        for (int64_t r = 0; r < ROWS; ++r) {
            for (int64_t w = 0; w < VECTORS; ++w) sums[r][w] += v[r * inputs + k] * weights[w];
        }
    }
    for (int64_t r = 0; r < ROWS; ++r) {
        for (int64_t w = 0; w < VECTORS; ++w) store(m + r * outputs + w * LANES, sums[r][w]);
    }
}

template <int64_t VECTORS>
void multiply_all(const Groups& v, const float* packed, const Groups& m, int64_t count) {
    // A panel of weights of this depth and the rows it meets fit into a cache of the first level.
    constexpr int64_t DEPTH = 256, WIDTH = VECTORS * LANES;
    for (int64_t place = 0; place < PLACES; ++place) {
        for (int64_t output = 0; output < m.channels; output += WIDTH, packed += v.channels * WIDTH) {
            for (int64_t k = 0; k < v.channels; k += DEPTH) {
                const int64_t depth = std::min(DEPTH, v.channels - k);
                for (int64_t tile = 0; tile < count; tile += ROWS) {
                    multiply<VECTORS>(v.at(tile) + place * v.place() + k, v.channels, packed + k * WIDTH,
                                      m.at(tile) + place * m.place() + output, m.channels, depth, k > 0);
                }
            }
        }
    }
}

void convolve(const float* x, const float* packed, float* y, const Convolved& c, Finish finish, Range some,
              float* scratch) {
    const float* zeros = scratch;
    const Groups v{scratch + c.width * c.inputs, c.inputs}, m{v.data + groups(c) * v.group(), c.outputs};
    for (int64_t first = some.begin; first < some.end; first += block(c)) {
        const int64_t count = std::min(block(c), some.end - first);
        const auto runs = [&](auto visit) { each_run(c, first, first + count, visit); };
        runs([&](Run run, int64_t tile) { transform_inputs(x, zeros, c, 0, run, v, tile); });
        with_vectors(c.outputs, [&](auto vectors) { multiply_all<vectors()>(v, packed, m, count); });
        runs([&](Run run, int64_t tile) { transform_outputs(m, tile, c, run, finish, y); });
    }
}

// sums [GRADIENT_ROWS, VECTORS LANES] += v^T d over `count` tiles.
template <int64_t VECTORS>
INLINED inline void correlate(const float* v, const Groups& vs, const float* d, const Groups& ds, int64_t count, float* to) {
    Vector sums[GRADIENT_ROWS][VECTORS];
    for (int64_t r = 0; r < GRADIENT_ROWS; ++r) {
        for (int64_t w = 0; w < VECTORS; ++w) sums[r][w] = load(to + r * ds.channels + w * LANES);
    }
    for (int64_t left = count; left > 0; left -= ROWS, v += vs.group(), d += ds.group()) {
        const int64_t rows = std::min(ROWS, left);
        for (int64_t row = 0; row < rows; ++row) {
            Vector gradients[VECTORS];
            for (int64_t w = 0; w < VECTORS; ++w) gradients[w] = load(d + row * ds.channels + w * LANES);
#pragma GCC unroll 16
            for (int64_t r = 0; r < GRADIENT_ROWS; ++r) {
                for (int64_t w = 0; w < VECTORS; ++w) sums[r][w] += v[row * vs.channels + r] * gradients[w];
            }
        }
    }
    for (int64_t r = 0; r < GRADIENT_ROWS; ++r) {
        for (int64_t w = 0; w < VECTORS; ++w) store(to + r * ds.channels + w * LANES, sums[r][w]);
    }
}

template <int64_t VECTORS>
void correlate_all(const Groups& v, const Groups& d, int64_t count, int64_t stride, float* transformed) {
    for (int64_t place = 0; place < PLACES; ++place, transformed += stride) {
        const float *inputs = v.data + place * v.place(), *gradients = d.data + place * d.place();
        for (int64_t input = 0; input < v.channels; input += GRADIENT_ROWS) {
            for (int64_t output = 0; output < d.channels; output += VECTORS * LANES) {
                correlate<VECTORS>(inputs + input, v, gradients + output, d, count,
                                   transformed + input * d.channels + output);
            }
        }
    }
}

void gradient(const float* x, const float* dy, float* transformed, const Convolved& c, Range inputs, Range some,
              float* scratch) {
    const float* zeros = scratch;
    const Groups v{scratch + c.width * c.inputs, inputs.end - inputs.begin}, d{v.data + groups(c) * v.group(), c.outputs};
    transformed += inputs.begin * c.outputs;
    for (int64_t first = some.begin; first < some.end; first += block(c)) {
        const int64_t count = std::min(block(c), some.end - first);
        each_run(c, first, first + count, [&](Run run, int64_t tile) {
            transform_inputs(x, zeros, c, inputs.begin, run, v, tile);
            transform_gradients(dy, c, run, d, tile);
        });
        with_vectors(c.outputs, [&](auto vectors) { correlate_all<vectors()>(v, d, count, c.inputs * c.outputs, transformed); });
    }
}

void pack(const float* weights, const Convolved& c, bool turned, Range outputs, float* packed) {
    const int64_t taps = c.inputs * c.outputs;
    with_vectors(c.outputs, [&](auto vectors) {
        constexpr int64_t WIDTH = vectors() * LANES;
        for (int64_t output = outputs.begin; output < outputs.end; output += LANES) {
            float* to = packed + output / WIDTH * WIDTH * c.inputs + output % WIDTH;
            for (int64_t input = 0; input < c.inputs; ++input, to += WIDTH) {
                Vector columns[3][TILE];
                for (int64_t j = 0; j < 3; ++j) {
                    Vector g[3];
                    for (int64_t i = 0; i < 3; ++i) {
                        const int64_t tap = turned ? 8 - 3 * i - j : 3 * i + j;
                        g[i] = load(weights + tap * taps + input * c.outputs + output);
                    }
                    Filtering::weights(g, columns[j]);
                }
                for (int64_t i = 0; i < TILE; ++i) {
                    const Vector row[3] = {columns[0][i], columns[1][i], columns[2][i]};
                    Vector u[TILE];
                    Filtering::weights(row, u);
                    for (int64_t j = 0; j < TILE; ++j) store(to + (TILE * i + j) * taps, u[j]);
                }
            }
        }
    });
}

void unpack(const float* transformed, const Convolved& c, Range inputs, float* weights) {
    const int64_t taps = c.inputs * c.outputs;
    for (int64_t at = inputs.begin * c.outputs; at < inputs.end * c.outputs; at += LANES) {
        Vector columns[TILE][3];
        for (int64_t j = 0; j < TILE; ++j) {
            Vector u[TILE];
            for (int64_t i = 0; i < TILE; ++i) u[i] = load(transformed + (TILE * i + j) * taps + at);
            Filtering::adjoint(u, columns[j]);
        }
        for (int64_t i = 0; i < 3; ++i) {
            Vector row[TILE], g[3];
            for (int64_t j = 0; j < TILE; ++j) row[j] = columns[j][i];
            Filtering::adjoint(row, g);
            for (int64_t j = 0; j < 3; ++j) store(weights + (3 * i + j) * taps + at, g[j]);
        }
    }
}

}  // namespace

const Winograd SWAST_KERNELS = {PLACES, tiles, block, scratch, pack, convolve, gradient, unpack};

}  // namespace swast
