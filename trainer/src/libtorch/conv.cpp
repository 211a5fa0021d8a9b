// Convolutions of 3 x 3 weights at stride 1 on a CPU, differentiable, over the kernels of winograd_kernels.h. They take a
// quarter of the products of a direct convolution, and libtorch's are direct; transforms and memory leave 1.1 (16
// channels) to 2 (64 and more) times its speed. Rounding errors are some ten times those of a direct convolution, about
// 1e-5 of the largest output.
//
// What is summed, and in which order, does not depend on the number of threads.

#include <algorithm>
#include <optional>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "generation.h"
#include "guarded.h"
#include "winograd_kernels.h"

namespace {

using at::Tensor;
using swast::CHANNELS;
using swast::Convolved;
using swast::Finish;
using swast::Range;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const swast::Winograd& kernels() {
    using namespace swast;
    static const Winograd& widest = SWAST_WIDEST(winograd);
    return widest;
}

Tensor channels_last(const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

Convolved convolved(const Tensor& x, int64_t outputs) { return {x.size(2), x.size(3), x.size(1), outputs}; }

// Calls `visit` with ranges that make up `count`, of whole pieces but for the last, on all threads.
template <class Visit>
void each_piece(int64_t count, int64_t piece, Visit visit) {
    at::parallel_for(0, (count + piece - 1) / piece, 1, [&](int64_t begin, int64_t end) {
        visit(Range{begin * piece, std::min(count, end * piece)});
    });
}

// x convolved with `weights` [3, 3, inputs, outputs], contiguous; see Winograd::pack for `turned`.
Tensor convolve(const Tensor& x, const Tensor& weights, bool turned, Finish finish) {
    const Convolved c = convolved(x, weights.size(3));
    Tensor packed = at::empty({kernels().places, c.inputs, c.outputs}, weights.options());
    const float *taps = weights.const_data_ptr<float>(), *from = x.const_data_ptr<float>();
    float* transformed = packed.mutable_data_ptr<float>();
    each_piece(c.outputs, CHANNELS, [&](Range some) { kernels().pack(taps, c, turned, some, transformed); });

    Tensor y = at::empty({x.size(0), c.outputs, c.height, c.width}, x.options(), at::MemoryFormat::ChannelsLast);
    float* to = y.mutable_data_ptr<float>();
    each_piece(x.size(0) * kernels().tiles(c), kernels().block(c), [&](Range some) {
        std::vector<float> scratch(kernels().scratch(c));
        kernels().convolve(from, transformed, to, c, finish, some, scratch.data());
    });
    return y;
}

// The gradient by weights [outputs, inputs, 3, 3].
Tensor weight_gradient(const Tensor& x, const Tensor& dy) {
    // Inputs of one task, and floats of all parts.
    constexpr int64_t SLICE = 64, FLOATS = int64_t(1) << 24;
    const Convolved c = convolved(x, dy.size(1));
    const int64_t tiles = x.size(0) * kernels().tiles(c), each = kernels().places * c.inputs * c.outputs;
    const int64_t parts = std::clamp<int64_t>(FLOATS / each, 1, 16), slices = (c.inputs + SLICE - 1) / SLICE;
    Tensor partial = at::zeros({parts, kernels().places, c.inputs, c.outputs}, x.options().memory_format(std::nullopt));
    const float *from = x.const_data_ptr<float>(), *upstream = dy.const_data_ptr<float>();
    float* sums = partial.mutable_data_ptr<float>();
    at::parallel_for(0, parts * slices, 1, [&](int64_t begin, int64_t end) {
        std::vector<float> scratch(kernels().scratch(c));
        for (int64_t task = begin; task < end; ++task) {
            const int64_t part = task / slices, first = task % slices * SLICE;
            const Range inputs{first, std::min(first + SLICE, c.inputs)};
            const Range some{tiles * part / parts, tiles * (part + 1) / parts};
            kernels().gradient(from, upstream, sums + part * each, c, inputs, some, scratch.data());
        }
    });
    const Tensor sum = parts == 1 ? partial : partial.sum(0);
    Tensor taps = at::empty({3, 3, c.inputs, c.outputs}, partial.options());
    const float* transformed = sum.const_data_ptr<float>();
    float* to = taps.mutable_data_ptr<float>();
    each_piece(c.inputs, CHANNELS, [&](Range some) { kernels().unpack(transformed, c, some, to); });
    return taps.permute({3, 2, 0, 1}).contiguous();
}

class Convolution : public torch::autograd::Function<Convolution> {
public:
    static Tensor forward(AutogradContext* context, Tensor x, Tensor weight) {
        x = channels_last(x);
        context->save_for_backward({x, weight});
        return convolve(x, weight.permute({2, 3, 1, 0}).contiguous(), false, Finish{nullptr, nullptr, false});
    }

    static variable_list backward(AutogradContext* context, variable_list upstream) {
        const variable_list saved = context->get_saved_variables();
        const Tensor dy = channels_last(upstream[0]);
        Tensor dx;
        if (context->needs_input_grad(0)) {
            const Tensor weights = saved[1].permute({2, 3, 0, 1}).contiguous();
            dx = convolve(dy, weights, true, Finish{nullptr, nullptr, false});
        }
        return {dx, weight_gradient(saved[0], dy)};
    }
};

void check(const Tensor& x, const Tensor& weight) {
    TORCH_CHECK(x.dim() == 4 && weight.dim() == 4 && weight.size(1) == x.size(1) && weight.size(2) == 3 &&
                    weight.size(3) == 3 && weight.size(0) % CHANNELS == 0 && weight.size(1) % CHANNELS == 0 &&
                    x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat && x.is_cpu(),
                "images ", x.sizes(), " do not fit weights ", weight.sizes());
}

}  // namespace

// x [N, inputs, H, W] convolved with weight [outputs, inputs, 3, 3] at stride 1 with a border of one zero; both f32 on a
// CPU, channels multiples of 16. Null on failure.
extern "C" Tensor* swast_conv(const Tensor* x, const Tensor* weight) {
    return swast::guarded([&] {
        check(*x, *weight);
        return Convolution::apply(*x, *weight);
    });
}

// The same, and what follows it: the addition of a bias, of a shortcut where it is not null, and a rectifier if `rectify`;
// where no gradients are asked for, in one pass over memory.
extern "C" Tensor* swast_conv_finished(const Tensor* x, const Tensor* weight, const Tensor* bias, const Tensor* shortcut,
                                       bool rectify) {
    return swast::guarded([&] {
        check(*x, *weight);
        TORCH_CHECK(bias->numel() == weight->size(0), "bias ", bias->sizes(), " does not fit weights ", weight->sizes());
        TORCH_CHECK(!shortcut || (shortcut->size(0) == x->size(0) && shortcut->size(1) == weight->size(0) &&
                                  shortcut->size(2) == x->size(2) && shortcut->size(3) == x->size(3)),
                    "a shortcut does not fit images ", x->sizes(), " and weights ", weight->sizes());
        if (at::GradMode::is_enabled()) {
            Tensor y = Convolution::apply(*x, *weight) + bias->reshape({1, -1, 1, 1});
            if (shortcut) y = y + *shortcut;
            return rectify ? y.relu() : y;
        }
        const Tensor added = shortcut ? channels_last(*shortcut) : Tensor(), offset = bias->contiguous();
        const Finish finish{offset.const_data_ptr<float>(), shortcut ? added.const_data_ptr<float>() : nullptr, rectify};
        return convolve(channels_last(*x), weight->permute({2, 3, 1, 0}).contiguous(), false, finish);
    });
}

// What went wrong in the last call on this thread that failed; valid until the next one.
extern "C" const char* swast_last_error() { return swast::last_error.c_str(); }
