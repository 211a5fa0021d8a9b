// Residual blocks without gradients, by active weights alone, batch norm folded into them: many images as blocks of lanes,
// each of which goes through all residual blocks while it is in the cache, or a few images one by one.

#include <cstring>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "folded.h"
#include "guarded.h"

namespace swast {

// How images lie in memory.
enum class Layout : int64_t { Lanes, Planes };

struct FoldedBlock {
    Layout layout;
    std::vector<SparseShape> shapes;
    std::vector<std::unique_ptr<FoldedConvolution>> convs;
    // Convolutions in a row; one on the shortcut may follow them.
    int64_t chain;
    // Whether the shortcut is the input.
    bool identity;
};

namespace {

using at::Tensor;

// Residual blocks that follow each other.
struct FoldedBlocks {
    const FoldedBlock* const* blocks;
    int64_t count;

    Layout layout() const { return blocks[0]->layout; }
    const SparseShape& first() const { return blocks[0]->shapes[0]; }
    const SparseShape& last() const {
        const FoldedBlock& block = *blocks[count - 1];
        return block.shapes[block.chain - 1];
    }
};

// Activations on their way through residual blocks: those of the caller first, then three buffers that take turns.
class Activations {
public:
    // What becomes of `x` in `blocks`.
    const float* after(const FoldedBlocks& blocks, const float* x) {
        x_ = x;
        for (int64_t i = 0; i < blocks.count; ++i) pass(*blocks.blocks[i]);
        return x_;
    }

private:
    void pass(const FoldedBlock& block) {
        const float *input = x_, *shortcut = block.identity ? x_ : nullptr;
        if (int64_t(block.convs.size()) > block.chain) {
            const FoldedConvolution& conv = *block.convs[block.chain];
            float* const to = side_.of(conv.floats());
            conv.apply(input, nullptr, false, to, scratch_);
            shortcut = to;
        }
        for (int64_t i = 0; i < block.chain; ++i) {
            const FoldedConvolution& conv = *block.convs[i];
            float* const to = free().of(conv.floats());
            conv.apply(x_, i + 1 == block.chain ? shortcut : nullptr, true, to, scratch_);
            // The input of the block is read again at its end.
            kept_ = block.identity ? input : nullptr;
            x_ = to;
        }
        kept_ = nullptr;
    }

    // A buffer that holds neither what is read next nor the shortcut.
    Buffer& free() {
        for (Buffer& buffer : buffers_) {
            if (!buffer.holds(x_) && !buffer.holds(kept_)) return buffer;
        }
        return buffers_[0];
    }

    const float *x_ = nullptr, *kept_ = nullptr;
    Buffer buffers_[3], side_, scratch_;
};

std::unique_ptr<FoldedConvolution> folded(Layout layout, const SparseShape& shape, const Tensor& weight, const Tensor& bias) {
    TORCH_CHECK(weight.numel() == shape.weights() && bias.numel() == shape.outputs, "weights ", weight.sizes(), " and ",
                bias.numel(), " biases of ", shape.weights(), " weights");
    const Tensor values = weight.contiguous(), biases = bias.contiguous();
    const auto made = layout == Layout::Lanes ? lanes_convolution : planes_convolution;
    return made(shape, values.const_data_ptr<float>(), biases.const_data_ptr<float>());
}

Tensor through_lanes(const FoldedBlocks& blocks, const Tensor& x) {
    const SparseShape &first = blocks.first(), &last = blocks.last();
    TORCH_CHECK(x.dim() == 5 && x.size(1) == first.inputs && x.size(2) == first.from && x.size(3) == first.from &&
                    x.size(4) == sparse_kernels().lanes && x.is_contiguous(),
                "blocks of lanes ", x.sizes(), " do not fit a block of ", first.inputs, " channels");
    Tensor y = at::empty({x.size(0), last.outputs, last.side, last.side, x.size(4)});
    const float* from = x.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
        Activations activations;
        for (int64_t lane = begin; lane < end; ++lane) {
            const float* made = activations.after(blocks, from + lane * x.stride(0));
            std::memcpy(to + lane * y.stride(0), made, y.stride(0) * sizeof(float));
        }
    });
    return y;
}

Tensor through_planes(const FoldedBlocks& blocks, const Tensor& x) {
    const SparseShape &first = blocks.first(), &last = blocks.last();
    TORCH_CHECK(x.dim() == 4 && x.size(1) == first.inputs && x.size(2) == first.from && x.size(3) == first.from &&
                    x.scalar_type() == at::kFloat,
                "images ", x.sizes(), " do not fit a block of ", first.inputs, " channels");
    const Planes before(first.from), after(last.side);
    const Tensor images = x.contiguous();
    Tensor y = at::empty({x.size(0), last.outputs, last.side, last.side});
    const float* from = images.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    Activations activations;
    Buffer input;
    float* const planes = input.of(before.floats(first.inputs));
    for (int64_t image = 0; image < x.size(0); ++image) {
        const float* of_image = from + image * images.stride(0);
        for (int64_t c = 0; c < first.inputs; ++c) before.fill(of_image + c * images.stride(1), planes + c * before.each());
        const float* made = activations.after(blocks, planes);
        for (int64_t c = 0; c < last.outputs; ++c) {
            after.read(made + c * after.each(), to + image * y.stride(0) + c * y.stride(1));
        }
    }
    return y;
}

}  // namespace
}  // namespace swast

using at::Tensor;
using swast::FoldedBlock;

// A block of `convs` convolutions, `chain` of them in a row, with weights [outputs, inputs, kernel, kernel], those active
// that are not 0, and biases. Null on failure.
extern "C" FoldedBlock* swast_folded_block(swast::Layout layout, const swast::SparseShape* shapes,
                                           const Tensor* const* weights, const Tensor* const* biases, int64_t convs,
                                           int64_t chain, bool identity) {
    return swast::guarded([&] {
        FoldedBlock block{layout, {shapes, shapes + convs}, {}, chain, identity};
        for (int64_t i = 0; i < convs; ++i) {
            block.convs.push_back(swast::folded(layout, shapes[i], *weights[i], *biases[i]));
        }
        return block;
    });
}

extern "C" void swast_folded_free(FoldedBlock* block) { delete block; }

// `x` sent through `count` blocks of one layout: blocks of lanes [blocks, channels, side, side, lanes], or images
// [images, channels, side, side] where that is Planes. Null on failure.
extern "C" Tensor* swast_folded_run(const FoldedBlock* const* blocks, int64_t count, const Tensor* x) {
    return swast::guarded([&] {
        const swast::FoldedBlocks all{blocks, count};
        return all.layout() == swast::Layout::Lanes ? through_lanes(all, *x) : through_planes(all, *x);
    });
}
