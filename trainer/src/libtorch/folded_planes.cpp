// Folded convolutions of one image, over the loop of plane_kernels.h.
#include "folded.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include <ATen/Parallel.h>

#include "generation.h"
#include "plane_kernels.h"

namespace swast {
namespace {

const PlaneKernels& kernels() {
    static const PlaneKernels& wider = SWAST_UP_TO_AVX2(plane);
    return wider;
}

// Rounded up to whole vectors.
int64_t whole(int64_t floats) {
    const int64_t lanes = kernels().lanes;
    return (floats + lanes - 1) / lanes * lanes;
}

// At stride 2 the rows and columns of an image are dealt out by parity, into four quarters a channel. A weight then meets
// one of them at stride 1.
struct Quarters {
    Planes from, to;
    int64_t channels, side;

    // Rows and columns of one, from what the first weight meets to what the last one does.
    int64_t rows() const { return side + 1; }
    int64_t each() const { return whole(rows() * to.pitch()); }
    // The last vectors of a result read past its rows.
    int64_t floats() const { return 4 * channels * each() + to.each() + to.pitch() + 2; }

    void deal(const float* x, int64_t from_side, Range some, float* quarters) const {
        for (int64_t channel = some.begin; channel < some.end; ++channel) {
            for (int64_t quarter = 0; quarter < 4; ++quarter) {
                const int64_t down = quarter / 2, right = quarter % 2;
                const float* plane = x + channel * from.each();
                float* rows_of = quarters + (4 * channel + quarter) * each();
                for (int64_t row = 0; row < rows(); ++row) {
                    for (int64_t column = 0; column < to.pitch(); ++column) {
                        const int64_t r = 2 * row + down, c = 2 * column + right;
                        const bool inside = r <= from_side + 1 && c <= from_side + 1;
                        rows_of[row * to.pitch() + column] = inside ? plane[r * from.pitch() + c] : 0.0f;
                    }
                }
            }
        }
    }
};

class OfPlanes final : public FoldedConvolution {
public:
    OfPlanes(const SparseShape& shape, const float* weights, const float* biases)
        : shape_(shape), to_(shape.side), quarters_{Planes(shape.from), to_, shape.inputs, shape.side},
          biases_(biases, biases + shape.outputs), first_(shape.outputs + 1) {
        const int64_t each = shape.weights() / shape.outputs;
        at::parallel_for(0, shape.outputs, 1, [&](int64_t begin, int64_t end) {
            for (int64_t o = begin; o < end; ++o) {
                const float* own = weights + o * each;
                first_[o + 1] = int32_t(each - std::count(own, own + each, 0.0f));
            }
        });
        std::partial_sum(first_.begin(), first_.end(), first_.begin());
        entries_.resize(first_.back());
        at::parallel_for(0, shape.outputs, 1, [&](int64_t begin, int64_t end) {
            for (int64_t o = begin; o < end; ++o) list(weights + o * each, entries_.data() + first_[o]);
        });
    }

    int64_t floats() const override { return to_.floats(shape_.outputs); }

    void apply(const float* x, const float* shortcut, bool rectify, float* to, Buffer& scratch) const override {
        if (shape_.stride == 2) {
            float* const dealt = scratch.of(quarters_.floats());
            at::parallel_for(0, shape_.inputs, 1, [&](int64_t begin, int64_t end) {
                quarters_.deal(x, shape_.from, {begin, end}, dealt);
            });
            x = dealt;
        }
        const int64_t inside = to_.pitch() + 1;
        const float* added = shortcut ? shortcut + inside : nullptr;
        const Flat flat{first_.data(), entries_.data(), biases_.data(), to_.vectors(), to_.each(), added, rectify};
        at::parallel_for(0, shape_.outputs, 1, [&](int64_t begin, int64_t end) {
            kernels().convolve(flat, {begin, end}, x, to + inside);
            for (int64_t o = begin; o < end; ++o) to_.close(to + o * to_.each());
        });
    }

private:
    // The active weights of an output, [inputs][kernel][kernel].
    void list(const float* weights, Entry* to) const {
        const int64_t kernel = shape_.kernel;
        for (int64_t input = 0; input < shape_.inputs; ++input) {
            for (int64_t place = 0; place < kernel * kernel; ++place, ++weights) {
                if (*weights == 0.0f) continue;
                // A kernel of one weight has no border: it meets what the middle of a larger one does.
                const int64_t y = kernel == 1 ? 1 : place / 3, x = kernel == 1 ? 1 : place % 3;
                *to++ = {int32_t(offset(input, y, x)), *weights};
            }
        }
    }

    int64_t offset(int64_t input, int64_t y, int64_t x) const {
        if (shape_.stride == 1) return input * quarters_.from.each() + y * to_.pitch() + x;
        return (4 * input + 2 * (y % 2) + x % 2) * quarters_.each() + y / 2 * to_.pitch() + x / 2;
    }

    SparseShape shape_;
    Planes to_;
    Quarters quarters_;
    std::vector<float> biases_;
    std::vector<int32_t> first_;
    std::vector<Entry> entries_;
};

}  // namespace

Planes::Planes(int64_t side)
    : side_(side), vectors_(whole(side * pitch()) / kernels().lanes),
      each_(whole(std::max((side + 2) * pitch(), pitch() + 1 + vectors_ * kernels().lanes))) {}

void Planes::fill(const float* from, float* plane) const {
    for (int64_t row = 0; row < side_; ++row) {
        std::memcpy(plane + (row + 1) * pitch() + 1, from + row * side_, side_ * sizeof(float));
    }
    close(plane);
}

void Planes::read(const float* plane, float* to) const {
    for (int64_t row = 0; row < side_; ++row) {
        std::memcpy(to + row * side_, plane + (row + 1) * pitch() + 1, side_ * sizeof(float));
    }
}

void Planes::close(float* plane) const {
    std::fill(plane, plane + pitch() + 1, 0.0f);
    for (int64_t row = 1; row <= side_; ++row) {
        float* const end = plane + row * pitch() + side_ + 1;
        end[0] = end[1] = 0.0f;
    }
    std::fill(plane + (side_ + 1) * pitch() + 1, plane + each_, 0.0f);
}

std::unique_ptr<FoldedConvolution> planes_convolution(const SparseShape& shape, const float* weights, const float* biases) {
    return std::make_unique<OfPlanes>(shape, weights, biases);
}

}  // namespace swast
