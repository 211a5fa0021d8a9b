// The optimizer step in one pass over memory: tch has no function for it.

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "guarded.h"

using at::Tensor;

// A step of stochastic gradient descent with Nesterov momentum, all tensors f32 [n] on one device, the rate f32 [] there.
// Changes parameters, gradient and momentum in place; the parameters once more, or null on failure.
extern "C" Tensor* swast_sgd(const Tensor* parameters, const Tensor* gradient, const Tensor* momentum, const Tensor* rate,
                             double share, double decay) {
    return swast::guarded([&] {
        const at::NoGradGuard guard;
        at::_fused_sgd_({*parameters}, {*gradient}, {*momentum}, decay, share, *rate, /*dampening=*/0.0, /*nesterov=*/true,
                        /*maximize=*/false, /*is_first_step=*/false);
        return *parameters;
    });
}
