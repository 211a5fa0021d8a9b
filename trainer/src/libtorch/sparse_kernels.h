// The loops of sparse.cpp: convolutions that visit active weights alone, on images side by side in the lanes of vectors.
// Compiled once for each generation of vector units, which differ in the number of lanes.
//
// Activations lie as [blocks][channels][side][side][lanes]: a block is as many images as a vector has lanes, the last one
// filled up with images of zeros. A task computes all outputs of a tile of TALL x wide places of one block: it copies the
// inputs of a block of channels into a scratch that stays in the cache, border included, then walks the active weights of
// each output. A weight takes one broadcast, and a multiply-add for every vector of the tile.
#pragma once
#include <cstdint>

#include "range.h"

namespace swast {

// Rows of a tile.
constexpr int64_t TALL = 4;

// Which places of what is read meet which places of what is written.
enum class Walk {
    Around,       // 3 x 3, stride 1; its input gradient too
    Point,        // 1 x 1, stride 1; its input gradient too
    AroundHalf,   // 3 x 3, stride 2
    PointHalf,    // 1 x 1, stride 2
    AroundDouble, // the input gradient of AroundHalf: four lists a channel, by parity of row and column
    PointDouble,  // the input gradient of PointHalf, which meets even places alone
};

// One pass of a convolution.
struct Pass {
    Walk walk;
    // Channels read, and channels written.
    int64_t inputs, outputs;
    // Sides: of what is read, of the grid that tiles cover, of what is written.
    int64_t from, grid, to;
    // Columns of a tile (4 or 8), and channels of a block.
    int64_t wide, block;

    int64_t lists() const { return walk == Walk::AroundDouble ? 4 * outputs : outputs; }
    int64_t blocks() const { return (inputs + block - 1) / block; }
    int64_t pitch() const { return wide + 2; }
    int64_t down() const { return (grid + TALL - 1) / TALL; }
    int64_t across() const { return (grid + wide - 1) / wide; }
    int64_t tiles() const { return down() * across(); }

    // Vectors that a channel takes in the scratch.
    int64_t vectors() const {
        switch (walk) {
            case Walk::Around: return (TALL + 2) * pitch();
            case Walk::AroundHalf: return (4 * TALL + 2) * pitch();
            case Walk::AroundDouble: return (TALL + 1) * pitch();
            default: return TALL * pitch();
        }
    }

    // The vector in the scratch that the weight at (y, x) of a kernel meets first.
    int64_t tap(int64_t y, int64_t x) const {
        switch (walk) {
            case Walk::Around: return y * pitch() + x;
            case Walk::AroundHalf: {
                // Odd rows lie before even ones, and in each of both odd columns before even ones.
                const int64_t rows = y == 1 ? 2 * (TALL + 1) : 0, each = y == 1 ? TALL : TALL + 1;
                return (rows + (x == 1 ? each : 0) + (y == 2)) * pitch() + (x == 2);
            }
            case Walk::AroundDouble: return (y == 0) * pitch() + (x == 0);
            default: return 0;
        }
    }

    // The list of channel `output` that this weight belongs to.
    int64_t list(int64_t output, int64_t y, int64_t x) const {
        return walk == Walk::AroundDouble ? 4 * output + 2 * (y != 1) + (x != 1) : output;
    }
};

// An active weight: where its first input is in the scratch, in floats.
struct Entry {
    int32_t offset;
    float value;
};

// Active weights by block of channels, then list: those of list l of block b are from first[b lists + l] to the next.
// `order` holds the lists of each block by length, so that the ends of their loops are foreseen.
struct Lists {
    const int32_t *first, *order;
    const Entry* entries;
};

// The same in groups of four, for the gradient: offsets alone, the last one repeated where a group is not full.
struct Groups {
    const int32_t *first, *order, *offsets;
};
constexpr int64_t GROUP = 4;

// A batch norm before the pass, whose rectified result is read: relu(x factor + offset), by channel; or null.
struct Before {
    const float *factor, *offset;
};

enum class Ending { Plain, Moments, Gated, Finished };

// What happens to each output before it is written.
struct After {
    Ending ending;
    // Adds to what is there.
    bool accumulate;
    // Writes past the caches.
    bool stream;
    // Moments: adds y - centre and its square to the sums, [outputs][2][lanes]. Gated: the upstream gradient y becomes 0
    // where the rectifier of z was closed; adds it and its product with z - centre to the sums.
    float* sums;
    const float* centre;
    const float *z, *factor, *offset;
    // Finished: y + bias + shortcut (or null), then a rectifier.
    const float *bias, *shortcut;
    bool rectify;
    // 1 for lanes that hold an image in the last block, [lanes].
    const float* valid;
};

// Batch norms of one plane of a block that end a residual block: relu(z factor + offset + shortcut).
struct Joint {
    const float *z, *shortcut;
    float factor, offset;
    // Those of a convolution on the shortcut; 1 and 0 for an identity, which `shortcut` is null for where there is none.
    float shortcut_factor, shortcut_offset;
};

struct SparseKernels {
    int64_t lanes;
    // Floats that a task needs.
    int64_t (*scratch)(const Pass&);
    // The tasks `some` (tiles of blocks, of `blocks` in all) of a pass from x to y.
    void (*convolve)(const Pass&, Lists, const float* x, float* y, int64_t blocks, Range some, Before, const After&,
                     float* scratch);
    // Adds the gradient by the weights in block `block` of channels, over the tasks `some`, to sums [groups][lanes].
    void (*gradient)(const Pass&, Groups, const float* x, const float* dy, int64_t block, Range some, Before, float* sums,
                     float* scratch);
    // The gradients of a group of weights from its sums.
    void (*gathered)(const float* sums, float gradients[GROUP]);
    // Planes of `area` vectors:
    void (*join)(const Joint&, int64_t area, float* y);
    // g = dy where y is above 0, else 0; sums[3][lanes] of g, g (z - mean), and g (shortcut - shortcut_mean).
    void (*open)(const float* y, const float* dy, const float* z, float mean, const float* shortcut, float shortcut_mean,
                 int64_t area, float* g, float* sums);
    // to = (factor g + slope z + offset) valid
    void (*descend)(const float* g, const float* z, float factor, float slope, float offset, const float* valid,
                    int64_t area, float* to);
    // Images [lanes][area][channels] of a block to [channels][area][lanes], and back; `images` of them are there.
    void (*to_lanes)(const float* images, int64_t count, int64_t area, int64_t channels, float* to);
    void (*from_lanes)(const float* from, int64_t count, int64_t area, int64_t channels, float* images);
};

extern const SparseKernels sparse_base;
#ifdef SWAST_X86
extern const SparseKernels sparse_avx2;
extern const SparseKernels sparse_avx512;
#endif

}  // namespace swast
