// Residual blocks without gradients, by active weights alone, batch norm folded into them: a block of lanes goes through
// all of them while it is in the cache.

#include <algorithm>
#include <cstring>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "guarded.h"
#include "sparse_lists.h"

namespace swast {

struct FoldedConvolution {
    SparseShape shape;
    ValuedLists lists;
    std::vector<float> bias;
    int64_t values() const { return shape.outputs * shape.side * shape.side * sparse_kernels().lanes; }
};

struct FoldedBlock {
    std::vector<FoldedConvolution> convs;
    // Convolutions in a row; one on the shortcut may follow them.
    int64_t chain;
    // Whether the shortcut is the input.
    bool identity;
};

namespace {

using at::Tensor;

// Activations of one block of lanes: `x`, which may be the caller's, and three buffers that take turns.
class Activations {
public:
    explicit Activations(const float* x) : x_(x) {}

    // Sends them through `block`.
    void pass(const FoldedBlock& block) {
        const float *input = x_, *shortcut = block.identity ? x_ : nullptr;
        if (int64_t(block.convs.size()) > block.chain) {
            convolve(block.convs[block.chain], input, side_, nullptr, false);
            shortcut = side_.data_ptr<float>();
        }
        for (int64_t i = 0; i < block.chain; ++i) {
            const bool last = i + 1 == block.chain;
            Tensor& to = free();
            convolve(block.convs[i], x_, to, last ? shortcut : nullptr, true);
            // The input of the block is read again at its end.
            kept_ = block.identity ? input : nullptr;
            x_ = to.data_ptr<float>();
        }
        kept_ = nullptr;
    }

    const float* x() const { return x_; }

private:
    // A buffer that holds neither what is read next nor the shortcut.
    Tensor& free() {
        for (Tensor& buffer : buffers_) {
            const float* begin = buffer.defined() ? buffer.const_data_ptr<float>() : nullptr;
            if (!begin || (begin != x_ && begin != kept_)) return buffer;
        }
        return buffers_[0];
    }

    void convolve(const FoldedConvolution& conv, const float* x, Tensor& to, const float* shortcut, bool rectify) {
        if (!to.defined() || to.numel() < conv.values()) to = at::empty({conv.values()});
        const Pass& pass = conv.lists.pass;
        const int64_t floats = sparse_kernels().scratch(pass);
        if (!scratch_.defined() || scratch_.numel() < floats) scratch_ = at::empty({floats});
        After after{};
        after.ending = Ending::Finished;
        after.bias = conv.bias.data();
        after.shortcut = shortcut;
        after.rectify = rectify;
        sparse_kernels().convolve(pass, conv.lists.view(), x, to.mutable_data_ptr<float>(), 1, {0, pass.tiles()}, {}, after,
                                  scratch_.mutable_data_ptr<float>());
    }

    const float *x_, *kept_ = nullptr;
    Tensor buffers_[3], side_, scratch_;
};

FoldedConvolution folded(const SparseShape& shape, const Tensor& weight, const Tensor& bias) {
    TORCH_CHECK(weight.numel() == shape.weights() && bias.numel() == shape.outputs, "weights ", weight.sizes(), " and ",
                bias.numel(), " biases of ", shape.weights(), " weights");
    const Tensor values = weight.contiguous(), biases = bias.contiguous();
    const float *from = values.const_data_ptr<float>(), *offsets = biases.const_data_ptr<float>();
    FoldedConvolution made{shape, ActiveWeights(shape, from).lists(false), {offsets, offsets + shape.outputs}};
    made.lists.refresh(from, {0, made.lists.count()});
    return made;
}

}  // namespace
}  // namespace swast

using at::Tensor;
using swast::FoldedBlock;

// A block of `convs` convolutions, `chain` of them in a row, with weights [outputs, inputs, kernel, kernel], those active
// that are not 0, and biases. Null on failure.
extern "C" FoldedBlock* swast_folded_block(const swast::SparseShape* shapes, const Tensor* const* weights,
                                           const Tensor* const* biases, int64_t convs, int64_t chain, bool identity) {
    return swast::guarded([&] {
        FoldedBlock block{{}, chain, identity};
        for (int64_t i = 0; i < convs; ++i) block.convs.push_back(swast::folded(shapes[i], *weights[i], *biases[i]));
        return block;
    });
}

extern "C" void swast_folded_free(FoldedBlock* block) { delete block; }

// `x` [blocks, channels, side, side, lanes] sent through `count` blocks. Null on failure.
extern "C" Tensor* swast_folded_run(const FoldedBlock* const* blocks, int64_t count, const Tensor* x) {
    return swast::guarded([&] {
        const swast::SparseShape& first = blocks[0]->convs[0].shape;
        const swast::FoldedConvolution& last = blocks[count - 1]->convs[blocks[count - 1]->chain - 1];
        TORCH_CHECK(x->dim() == 5 && x->size(1) == first.inputs && x->size(2) == first.from &&
                        x->size(3) == first.from && x->size(4) == swast::sparse_kernels().lanes && x->is_contiguous(),
                    "images ", x->sizes(), " do not fit a block of ", first.inputs, " channels");
        const int64_t side = last.shape.side;
        Tensor y = at::empty({x->size(0), last.shape.outputs, side, side, x->size(4)});
        const float* from = x->const_data_ptr<float>();
        float* to = y.mutable_data_ptr<float>();
        at::parallel_for(0, x->size(0), 1, [&](int64_t begin, int64_t end) {
            for (int64_t lane = begin; lane < end; ++lane) {
                swast::Activations activations(from + lane * x->stride(0));
                for (int64_t i = 0; i < count; ++i) activations.pass(*blocks[i]);
                std::memcpy(to + lane * y.stride(0), activations.x(), y.stride(0) * sizeof(float));
            }
        });
        return y;
    });
}
