// The optimizer step in one pass over memory, and what goes before it where the loss is scaled: tch has no functions for them.

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "guarded.h"

using at::Tensor;

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
