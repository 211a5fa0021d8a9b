// The loops of sparse_kernels.h, over whichever vectors this file is compiled for.
#include "sparse_kernels.h"

#include <algorithm>
#include <cstring>

#include "sparse_vectors.h"

// Set by the build script, with the compiler's flags for the vector units meant.
#ifndef SWAST_KERNELS
#define SWAST_KERNELS sparse_base
#endif

namespace swast {
namespace {

// A tile: the block of images it belongs to, and its first row and column in the grid.
struct Place {
    int64_t block, row, column;
    Place(const Pass& p, int64_t task)
        : block(task / p.tiles()), row(task % p.tiles() / p.across() * TALL),
          column(task % p.tiles() % p.across() * p.wide) {}
};

// A plane of the scratch: ROWS x COLUMNS places of a channel, STEP apart from (row, column); zeros outside of it. The
// same place of the next tile, `ahead` floats further, is fetched meanwhile.
template <int64_t DOWN, int64_t ACROSS, int64_t STEP, bool BEFORE>
INLINED inline void copy_plane(const float* x, int64_t side, int64_t row, int64_t column, int64_t pitch, Vector factor,
                               Vector offset, int64_t ahead, float* to) {
    const auto read = [&](const float* from) INLINED {
        const Vector value = load(from);
        return BEFORE ? rectified(value * factor + offset) : value;
    };
    const bool whole = column >= 0 && column + (ACROSS - 1) * STEP < side;
    for (int64_t i = 0; i < DOWN; ++i, row += STEP, to += pitch * LANES) {
        if (row < 0 || row >= side) {
            for (int64_t j = 0; j < ACROSS; ++j) store(to + j * LANES, Vector{});
            continue;
        }
        const float* from = x + (row * side + column) * LANES;
        for (int64_t j = 0; j < ACROSS * STEP * LANES; j += 16) __builtin_prefetch(from + ahead + j, 0, 2);
        if (whole) {
#pragma GCC unroll 16
            for (int64_t j = 0; j < ACROSS; ++j) store(to + j * LANES, read(from + j * STEP * LANES));
        } else {
            for (int64_t j = 0; j < ACROSS; ++j) {
                const int64_t at = column + j * STEP;
                store(to + j * LANES, at >= 0 && at < side ? read(from + j * STEP * LANES) : Vector{});
            }
        }
    }
}

template <int64_t WIDE, bool BEFORE>
INLINED inline void copy_channel(const Pass& p, const float* x, Place at, Vector a, Vector b, int64_t ahead, float* to) {
    constexpr int64_t PITCH = WIDE + 2;
    const auto [_, row, column] = at;
    switch (p.walk) {
        case Walk::Around:
            return copy_plane<TALL + 2, WIDE + 2, 1, BEFORE>(x, p.from, row - 1, column - 1, PITCH, a, b, ahead, to);
        case Walk::Point:
        case Walk::PointDouble:
            return copy_plane<TALL, WIDE, 1, BEFORE>(x, p.from, row, column, PITCH, a, b, ahead, to);
        case Walk::AroundDouble:
            return copy_plane<TALL + 1, WIDE + 1, 1, BEFORE>(x, p.from, row, column, PITCH, a, b, ahead, to);
        case Walk::PointHalf:
            return copy_plane<TALL, WIDE, 2, BEFORE>(x, p.from, 2 * row, 2 * column, PITCH, a, b, ahead, to);
        case Walk::AroundHalf: {
            float* const even = to + 2 * (TALL + 1) * PITCH * LANES;
            const int64_t r = 2 * row, c = 2 * column;
            copy_plane<TALL + 1, WIDE + 1, 2, BEFORE>(x, p.from, r - 1, c - 1, PITCH, a, b, ahead, to);
            copy_plane<TALL + 1, WIDE, 2, BEFORE>(x, p.from, r - 1, c, PITCH, a, b, ahead, to + (TALL + 1) * PITCH * LANES);
            copy_plane<TALL, WIDE + 1, 2, BEFORE>(x, p.from, r, c - 1, PITCH, a, b, ahead, even);
            return copy_plane<TALL, WIDE, 2, BEFORE>(x, p.from, r, c, PITCH, a, b, ahead, even + TALL * PITCH * LANES);
        }
    }
}

// Copies the inputs of a tile in block `block` of channels into `scratch`.
template <int64_t WIDE>
void copy_block(const Pass& p, const float* x, Place at, int64_t block, Before before, float* scratch) {
    const int64_t plane = p.from * p.from * LANES, each = p.vectors() * LANES;
    const int64_t first = block * p.block, last = std::min(first + p.block, p.inputs);
    const int64_t step = p.walk == Walk::AroundHalf || p.walk == Walk::PointHalf ? 2 : 1;
    const int64_t places = at.column + WIDE < p.grid ? step * WIDE : step * (TALL * p.from - at.column);
    const float* from = x + (at.block * p.inputs + first) * plane;
    for (int64_t channel = first; channel < last; ++channel, from += plane, scratch += each) {
        if (before.factor) {
            const Vector a = all(before.factor[channel]), b = all(before.offset[channel]);
            copy_channel<WIDE, true>(p, from, at, a, b, places * LANES, scratch);
        } else {
            copy_channel<WIDE, false>(p, from, at, Vector{}, Vector{}, places * LANES, scratch);
        }
    }
}

// The sums of ROWS x COLUMNS places.
struct Sums {
    Vector at[ROWS][COLUMNS];

    template <class Visit>
    INLINED static void each(Visit visit) {
#pragma GCC unroll 4
        for (int64_t r = 0; r < ROWS; ++r)
#pragma GCC unroll 4
            for (int64_t c = 0; c < COLUMNS; ++c) visit(r, c);
    }
    template <int64_t PITCH>
    INLINED void add(const Entry* entry, const Entry* end, const float* x) {
        for (; entry < end; ++entry) {
            const float* from = x + entry->offset;
            const Vector weight = all(entry->value);
            each([&](int64_t r, int64_t c) INLINED { at[r][c] += weight * load(from + (r * PITCH + c) * LANES); });
        }
    }
};

// Where some sums are written: the plane of a channel, and how its places follow from those of the grid.
template <int64_t SCALE, bool WHOLE>
struct Target {
    float* plane;
    int64_t to, row, column;
    int64_t at(int64_t r, int64_t c) const { return ((row + SCALE * r) * to + column + SCALE * c) * LANES; }
    bool inside(int64_t r, int64_t c) const { return WHOLE || (row + SCALE * r < to && column + SCALE * c < to); }
};

template <Ending ENDING, int64_t SCALE, bool WHOLE>
INLINED inline void end(Sums& sums, const Target<SCALE, WHOLE>& target, const float* valid, int64_t channel,
                        int64_t plane, const After& after) {
    Vector first{}, second{};
    Sums::each([&](int64_t r, int64_t c) INLINED {
        if (!target.inside(r, c)) return;
        Vector& y = sums.at[r][c];
        const int64_t at = target.at(r, c);
        if (ENDING == Ending::Moments) {
            const Vector centred = y - all(after.centre[channel]), counted = centred * load(valid);
            first += counted;
            second += counted * centred;
        } else if (ENDING == Ending::Gated) {
            const Vector z = load(after.z + plane + at);
            y = where_open(z * all(after.factor[channel]) + all(after.offset[channel]), y);
            first += y;
            second += y * (z - all(after.centre[channel]));
        } else if (ENDING == Ending::Finished) {
            y += all(after.bias[channel]);
            if (after.shortcut) y += load(after.shortcut + plane + at);
            if (after.rectify) y = rectified(y);
        }
        if (SCALE == 1 && after.stream) {
            store_past(target.plane + at, y);
        } else {
            store(target.plane + at, y);
        }
    });
    if (ENDING == Ending::Moments || ENDING == Ending::Gated) {
        float* to = after.sums + channel * 2 * LANES;
        store(to, load(to) + first);
        store(to + LANES, load(to + LANES) + second);
    }
}

// The outputs of one tile from one block of channels in `x`; `partial` holds sums between the first and the last block.
template <int64_t WIDE, int64_t SCALE, bool WHOLE, Ending ENDING>
void tile(const Pass& p, const Lists& lists, Place at, int64_t block, const float* x, float* partial, float* y,
          const float* valid, const After& after) {
    constexpr int64_t PITCH = WIDE + 2;
    const bool first = block == 0, last = block + 1 == p.blocks(), split = p.walk == Walk::AroundDouble;
    const int32_t* bounds = lists.first + block * p.lists();
    const int32_t* order = lists.order + block * p.lists();
    for (int64_t i = 0; i < p.lists(); ++i) {
        const int64_t list = order[i], channel = split ? list / 4 : list;
        const Entry *entry = lists.entries + bounds[list], *stop = lists.entries + bounds[list + 1];
        if (entry == stop && !first && !last) continue;
        const int64_t plane = (at.block * p.outputs + channel) * p.to * p.to * LANES;
        const int64_t down = split ? list >> 1 & 1 : 0, right = split ? list & 1 : 0;
        for (int64_t r = 0; r < TALL; r += ROWS) {
            for (int64_t c = 0; c < WIDE; c += COLUMNS) {
                const Target<SCALE, WHOLE> target{y + plane, p.to, SCALE * (at.row + r) + down,
                                                  SCALE * (at.column + c) + right};
                float* kept = partial + ((list * TALL + r) * WIDE + c) * LANES;
                Sums sums;
                if (!first) {
                    Sums::each([&](int64_t i, int64_t j) INLINED { sums.at[i][j] = load(kept + (i * WIDE + j) * LANES); });
                } else if (after.accumulate) {
                    Sums::each([&](int64_t i, int64_t j) INLINED {
                        sums.at[i][j] = target.inside(i, j) ? load(target.plane + target.at(i, j)) : Vector{};
                    });
                } else {
                    Sums::each([&](int64_t i, int64_t j) INLINED { sums.at[i][j] = Vector{}; });
                }
                sums.template add<PITCH>(entry, stop, x + (r * PITCH + c) * LANES);
                if (last) {
                    end<ENDING>(sums, target, valid, channel, plane, after);
                } else {
                    Sums::each([&](int64_t i, int64_t j) INLINED { store(kept + (i * WIDE + j) * LANES, sums.at[i][j]); });
                }
            }
        }
    }
}

template <int64_t WIDE, int64_t SCALE, Ending ENDING>
void convolve_as(const Pass& p, const Lists& lists, const float* x, float* y, int64_t blocks, Range some, Before before,
                 const After& after, float* scratch) {
    alignas(64) float ones[LANES];
    std::fill(ones, ones + LANES, 1.0f);
    float* partial = scratch + p.block * p.vectors() * LANES;
    for (int64_t task = some.begin; task < some.end; ++task) {
        const Place at(p, task);
        const float* valid = after.valid && at.block + 1 == blocks ? after.valid : ones;
        const bool whole = SCALE * (at.row + TALL) <= p.to && SCALE * (at.column + WIDE) <= p.to;
        for (int64_t block = 0; block < p.blocks(); ++block) {
            copy_block<WIDE>(p, x, at, block, before, scratch);
            if (whole) {
                tile<WIDE, SCALE, true, ENDING>(p, lists, at, block, scratch, partial, y, valid, after);
            } else {
                tile<WIDE, SCALE, false, ENDING>(p, lists, at, block, scratch, partial, y, valid, after);
            }
        }
    }
    if (after.stream) finish_stores();
}

template <int64_t WIDE>
void convolve_wide(const Pass& p, Lists lists, const float* x, float* y, int64_t blocks, Range some, Before before,
                   const After& after, float* scratch) {
    const auto run = [&](auto loop) { loop(p, lists, x, y, blocks, some, before, after, scratch); };
    const bool twice = p.walk == Walk::AroundDouble || p.walk == Walk::PointDouble;
    switch (after.ending) {
        case Ending::Plain: return run(twice ? convolve_as<WIDE, 2, Ending::Plain> : convolve_as<WIDE, 1, Ending::Plain>);
        case Ending::Gated: return run(twice ? convolve_as<WIDE, 2, Ending::Gated> : convolve_as<WIDE, 1, Ending::Gated>);
        case Ending::Moments: return run(convolve_as<WIDE, 1, Ending::Moments>);
        case Ending::Finished: return run(convolve_as<WIDE, 1, Ending::Finished>);
    }
}

void convolve(const Pass& p, Lists lists, const float* x, float* y, int64_t blocks, Range some, Before before,
              const After& after, float* scratch) {
    (p.wide == 8 ? convolve_wide<8> : convolve_wide<4>)(p, lists, x, y, blocks, some, before, after, scratch);
}

int64_t scratch(const Pass& p) {
    const int64_t partial = p.blocks() > 1 ? p.lists() * TALL * p.wide : 0;
    return (p.block * p.vectors() + partial) * LANES;
}

// Upstream gradients of ROWS x COLUMNS places, 0 outside of the image.
template <int64_t WIDE>
INLINED inline Sums upstream(const Pass& p, const float* plane, int64_t row, int64_t column) {
    Sums d;
    const bool whole = row + ROWS <= p.grid && column + COLUMNS <= p.grid;
    const float* from = plane + (row * p.grid + column) * LANES;
    if (whole) {
        Sums::each([&](int64_t r, int64_t c) INLINED { d.at[r][c] = load(from + (r * p.grid + c) * LANES); });
    } else {
        Sums::each([&](int64_t r, int64_t c) INLINED {
            const bool inside = row + r < p.grid && column + c < p.grid;
            d.at[r][c] = inside ? load(from + (r * p.grid + c) * LANES) : Vector{};
        });
    }
    return d;
}

// The products of upstream gradients with what one weight meets, summed over all places: in two sums where there are
// registers for them, since one alone would wait for itself.
template <int64_t PITCH>
INLINED inline Vector met(const Sums& d, const float* x) {
    Vector sums[2] = {};
    Sums::each([&](int64_t r, int64_t c) INLINED {
        sums[ROWS > 2 ? r % 2 : 0] += d.at[r][c] * load(x + (r * PITCH + c) * LANES);
    });
    return ROWS > 2 ? sums[0] + sums[1] : sums[0];
}

template <int64_t WIDE>
void gradient_wide(const Pass& p, Groups groups, const float* x, const float* dy, int64_t block, Range some,
                   Before before, float* sums, float* scratch) {
    constexpr int64_t PITCH = WIDE + 2;
    const int32_t* bounds = groups.first + block * p.lists();
    const int32_t* order = groups.order + block * p.lists();
    for (int64_t task = some.begin; task < some.end; ++task) {
        const Place at(p, task);
        copy_block<WIDE>(p, x, at, block, before, scratch);
        for (int64_t i = 0; i < p.lists(); ++i) {
            const int64_t list = order[i];
            if (bounds[list] == bounds[list + 1]) continue;
            const float* plane = dy + (at.block * p.outputs + list) * p.grid * p.grid * LANES;
            for (int64_t r = 0; r < TALL && at.row + r < p.grid; r += ROWS) {
                for (int64_t c = 0; c < WIDE && at.column + c < p.grid; c += COLUMNS) {
                    const Sums d = upstream<WIDE>(p, plane, at.row + r, at.column + c);
                    const float* from = scratch + (r * PITCH + c) * LANES;
                    float* to = sums + int64_t(bounds[list]) * LANES;
                    const int32_t* offset = groups.offsets + int64_t(bounds[list]) * GROUP;
                    const int32_t* const stop = groups.offsets + int64_t(bounds[list + 1]) * GROUP;
                    for (; offset < stop; offset += GROUP, to += LANES) {
                        const Vector a = met<PITCH>(d, from + offset[0]), b = met<PITCH>(d, from + offset[1]);
                        const Vector e = met<PITCH>(d, from + offset[2]), f = met<PITCH>(d, from + offset[3]);
                        store(to, load(to) + folded(a, b, e, f));
                    }
                }
            }
        }
    }
}

void gradient(const Pass& p, Groups groups, const float* x, const float* dy, int64_t block, Range some, Before before,
              float* sums, float* scratch) {
    (p.wide == 8 ? gradient_wide<8> : gradient_wide<4>)(p, groups, x, dy, block, some, before, sums, scratch);
}

void gathered(const float* sums, float gradients[GROUP]) {
    for (int64_t i = 0; i < GROUP; ++i) {
        float sum = 0.0f;
        for (int64_t l = 0; l < LANES / GROUP; ++l) sum += sums[PARTIAL[i] + l];
        gradients[i] = sum;
    }
}

void join(const Joint& j, int64_t area, float* y) {
    const Vector a = all(j.factor), b = all(j.offset), c = all(j.shortcut_factor), d = all(j.shortcut_offset);
    for (int64_t i = 0; i < area * LANES; i += LANES) {
        Vector value = load(j.z + i) * a + b;
        if (j.shortcut) value += load(j.shortcut + i) * c + d;
        store(y + i, rectified(value));
    }
}

void open(const float* y, const float* dy, const float* z, float mean, const float* shortcut, float shortcut_mean,
          int64_t area, float* g, float* sums) {
    const Vector m = all(mean), n = all(shortcut_mean);
    Vector first{}, second{}, third{};
    for (int64_t i = 0; i < area * LANES; i += LANES) {
        const Vector value = where_open(load(y + i), load(dy + i));
        store(g + i, value);
        first += value;
        second += value * (load(z + i) - m);
        if (shortcut) third += value * (load(shortcut + i) - n);
    }
    store(sums, first);
    store(sums + LANES, second);
    store(sums + 2 * LANES, third);
}

void descend(const float* g, const float* z, float factor, float slope, float offset, const float* valid, int64_t area,
             float* to) {
    const Vector a = all(factor), b = all(slope), c = all(offset), v = load(valid);
    for (int64_t i = 0; i < area * LANES; i += LANES) store(to + i, (load(g + i) * a + (load(z + i) * b + c)) * v);
}

// Channels that are turned at a time, so that both sides stay in the cache.
constexpr int64_t TURNED = 16;

void to_lanes(const float* images, int64_t count, int64_t area, int64_t channels, float* to) {
    for (int64_t first = 0; first < channels; first += TURNED) {
        const int64_t last = std::min(first + TURNED, channels);
        for (int64_t place = 0; place < area; ++place) {
            for (int64_t channel = first; channel < last; ++channel) {
                float* lanes = to + (channel * area + place) * LANES;
                for (int64_t l = 0; l < LANES; ++l) {
                    lanes[l] = l < count ? images[(l * area + place) * channels + channel] : 0.0f;
                }
            }
        }
    }
}

void from_lanes(const float* from, int64_t count, int64_t area, int64_t channels, float* images) {
    for (int64_t first = 0; first < channels; first += TURNED) {
        const int64_t last = std::min(first + TURNED, channels);
        for (int64_t place = 0; place < area; ++place) {
            for (int64_t l = 0; l < count; ++l) {
                float* values = images + (l * area + place) * channels;
                for (int64_t channel = first; channel < last; ++channel) {
                    values[channel] = from[(channel * area + place) * LANES + l];
                }
            }
        }
    }
}

}  // namespace

const SparseKernels SWAST_KERNELS = {LANES,    scratch, convolve, gradient, gathered,
                                     join, open,    descend,  to_lanes, from_lanes};

}  // namespace swast
