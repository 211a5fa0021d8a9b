// The optimizer step in one pass over memory, and what goes before it where the loss is scaled: tch has no functions for them.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include "guarded.h"

using at::Tensor;

namespace {

// Weights that are skipped together where all are masked: those of a cache line.
constexpr int64_t LINE = 16;
// Weights of a task.
constexpr int64_t TASK = 1 << 15;

struct Descent {
    float rate, share, decay;

    // A step of the weights [begin, end), each product and sum rounded by itself.
    void step(float* __restrict w, const float* __restrict g, float* __restrict m, const float* __restrict mask,
              int64_t begin, int64_t end) const {
        for (int64_t i = begin; i < end; ++i) {
            const float masked = mask ? g[i] * mask[i] : g[i];
            const float gradient = masked + w[i] * decay;
            m[i] = m[i] * share + gradient;
            w[i] = w[i] - (gradient + m[i] * share) * rate;
        }
    }
};

bool any_active(const float* mask, int64_t begin, int64_t end) {
    uint32_t any = 0;
    for (int64_t i = begin; i < end; ++i) {
        uint32_t bits;
        std::memcpy(&bits, mask + i, sizeof bits);
        any |= bits;
    }
    return any != 0;
}

}  // namespace

// A step of stochastic gradient descent with Nesterov momentum, all tensors f32 [n] on one device, the rate f32 [] there.
// Changes parameters, gradient and momentum in place, or none of them where `spoiled` (f32 []; null for never) is 1; the
// parameters once more, or null on failure.
extern "C" Tensor* swast_sgd(const Tensor* parameters, const Tensor* gradient, const Tensor* momentum, const Tensor* rate,
                             double share, double decay, const Tensor* spoiled) {
    return swast::guarded([&] {
        const at::NoGradGuard guard;
        at::_fused_sgd_({*parameters}, {*gradient}, {*momentum}, decay, share, *rate, /*dampening=*/0.0, /*nesterov=*/true,
                        /*maximize=*/false, /*is_first_step=*/false, /*grad_scale=*/{}, spoiled ? std::optional(*spoiled) : std::nullopt);
        return *parameters;
    });
}

// The same on a CPU, without fused products and sums: the numbers of one operation after the other. Where the mask (f32 [n],
// 1 for active weights; null for none) is 0, weights and momentum are, and stay so; the gradient there does not count.
extern "C" Tensor* swast_masked_sgd(const Tensor* parameters, const Tensor* gradient, const Tensor* momentum, const Tensor* mask,
                                    const Tensor* rate, double share, double decay) {
    return swast::guarded([&] {
        const Descent descent{rate->item<float>(), float(share), float(decay)};
        float* w = parameters->mutable_data_ptr<float>();
        float* m = momentum->mutable_data_ptr<float>();
        const float* g = gradient->const_data_ptr<float>();
        const float* active = mask ? mask->const_data_ptr<float>() : nullptr;
        at::parallel_for(0, parameters->numel(), TASK, [&](int64_t begin, int64_t end) {
            if (!active) return descent.step(w, g, m, nullptr, begin, end);
            for (int64_t line = begin; line < end; line += LINE) {
                const int64_t stop = std::min(end, line + LINE);
                if (any_active(active, line, stop)) descent.step(w, g, m, active, line, stop);
            }
        });
        return *parameters;
    });
}

// Multiplies the gradient (f32 [n]) by `factor` (f32 []) in place, and sets `spoiled` (f32 []) to 1 where any number in it
// is not finite; the gradient once more, or null on failure.
extern "C" Tensor* swast_unscale(const Tensor* gradient, const Tensor* factor, const Tensor* spoiled) {
    return swast::guarded([&] {
        const at::NoGradGuard guard;
        Tensor found = *spoiled;
        at::_amp_foreach_non_finite_check_and_unscale_({*gradient}, found, *factor);
        return *gradient;
    });
}
