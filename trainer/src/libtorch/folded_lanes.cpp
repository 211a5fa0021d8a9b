// Folded convolutions on blocks of lanes.
#include "folded.h"

#include <vector>

namespace swast {
namespace {

class OfLanes final : public FoldedConvolution {
public:
    OfLanes(const SparseShape& shape, const float* weights, const float* biases)
        : shape_(shape), lists_(ActiveWeights(shape, weights).lists(false)), biases_(biases, biases + shape.outputs) {
        lists_.refresh(weights, {0, lists_.count()});
    }

    int64_t floats() const override { return shape_.outputs * shape_.side * shape_.side * sparse_kernels().lanes; }

    void apply(const float* x, const float* shortcut, bool rectify, float* to, Buffer& scratch) const override {
        const Pass& pass = lists_.pass;
        After after{};
        after.ending = Ending::Finished;
        after.bias = biases_.data();
        after.shortcut = shortcut;
        after.rectify = rectify;
        float* const needed = scratch.of(sparse_kernels().scratch(pass));
        sparse_kernels().convolve(pass, lists_.view(), x, to, 1, {0, pass.tiles()}, {}, after, needed);
    }

private:
    SparseShape shape_;
    ValuedLists lists_;
    std::vector<float> biases_;
};

}  // namespace

std::unique_ptr<FoldedConvolution> lanes_convolution(const SparseShape& shape, const float* weights, const float* biases) {
    return std::make_unique<OfLanes>(shape, weights, biases);
}

}  // namespace swast
