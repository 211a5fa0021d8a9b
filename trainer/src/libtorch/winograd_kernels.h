// Convolutions of 3 x 3 weights at stride 1 with a border of one zero, on images that lie channels-last, by Winograd's
// minimal filtering (Lavin and Gray 2016, arXiv 1509.09308, section 4). Compiled once for each generation of vector
// units.
#pragma once
#include <cstdint>

#include "range.h"

namespace swast {

// Channels come in multiples of this.
constexpr int64_t CHANNELS = 16;

// What is convolved: images [n, height, width, inputs] to [n, height, width, outputs].
struct Convolved {
    int64_t height, width, inputs, outputs;
};

// What is done with an output before it is stored; null where it is left out.
struct Finish {
    const float *bias, *shortcut;
    bool rectify;
};

struct Winograd {
    // Numbers of a transformed tile.
    int64_t places;
    // Tiles of an image.
    int64_t (*tiles)(const Convolved&);
    // Tiles that are worked on at a time, and floats of scratch memory that takes: zeros at first, and nobody else's
    // until the convolution is another one.
    int64_t (*block)(const Convolved&);
    int64_t (*scratch)(const Convolved&);
    // Transforms weights [3, 3, inputs, outputs] to [places, inputs, outputs], cut into panels as `convolve` wants them,
    // for some of the outputs: multiples of CHANNELS. `turned` turns the weights by half a circle first.
    void (*pack)(const float* weights, const Convolved&, bool turned, Range outputs, float* packed);
    // The outputs of some tiles, counted over all images.
    void (*convolve)(const float* x, const float* packed, float* y, const Convolved&, Finish, Range tiles, float* scratch);
    // Adds what some tiles give to the gradient by the transformed weights, [places, inputs, outputs], of some of the
    // inputs: multiples of CHANNELS.
    void (*gradient)(const float* x, const float* dy, float* transformed, const Convolved&, Range inputs, Range tiles,
                     float* scratch);
    // The gradient by the weights, [3, 3, inputs, outputs], of some of the inputs from that by the transformed ones.
    void (*unpack)(const float* transformed, const Convolved&, Range inputs, float* weights);
};

extern const Winograd winograd_base;
#ifdef SWAST_X86
extern const Winograd winograd_avx2;
extern const Winograd winograd_avx512;
#endif

}  // namespace swast
