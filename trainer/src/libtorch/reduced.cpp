// Weights in 16 bits, all by one conversion of the buffer that they lie in: autocast converts each by itself, in a launch
// of its own.

#include <vector>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guarded.h"

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The part of `like`, which has the layout of `flat`, where `view`, a part of `flat`, lies.
Tensor part(const Tensor& like, const Tensor& flat, const Tensor& view) {
    return like.narrow(0, view.storage_offset() - flat.storage_offset(), view.numel()).view(view.sizes());
}

class Reduced : public torch::autograd::Function<Reduced> {
public:
    static variable_list forward(AutogradContext* context, Tensor flat, at::TensorList views, at::ScalarType kind) {
        const Tensor converted = flat.to(kind);
        variable_list parts;
        for (const Tensor& view : views) parts.push_back(part(converted, flat, view));
        // Only their shapes and places are of use later; as saved variables they could not change until then.
        context->saved_data["flat"] = flat.detach();
        std::vector<Tensor> places;
        for (const Tensor& view : views) places.push_back(view.detach());
        context->saved_data["views"] = places;
        return parts;
    }

    // Both ways by one conversion: that of the gradients writes into one buffer, of which those by the weights are parts.
    static variable_list backward(AutogradContext* context, variable_list upstream) {
        const Tensor flat = context->saved_data["flat"].toTensor();
        const std::vector<Tensor> views = context->saved_data["views"].toTensorVector();
        const Tensor whole = at::empty_like(flat);
        variable_list parts;
        for (const Tensor& view : views) parts.push_back(part(whole, flat, view));
        at::_foreach_copy_(parts, upstream);
        variable_list all{Tensor()};
        all.insert(all.end(), parts.begin(), parts.end());
        all.push_back(Tensor());
        return all;
    }
};

}  // namespace

// The `count` views of the buffer `flat` (f32 [n]) in 16 bits, by one conversion of all of it: f16 if `half`, else bf16.
// Differentiable by the views. What is `made` belongs to the caller; `flat` once more, or null on failure.
extern "C" Tensor* swast_reduced(const Tensor* flat, const Tensor* const* views, int64_t count, bool half, Tensor** made) {
    return swast::guarded([&] {
        variable_list all;
        for (int64_t i = 0; i < count; ++i) {
            TORCH_CHECK(views[i]->is_alias_of(*flat) && views[i]->is_contiguous(), "a view of another buffer");
            all.push_back(*views[i]);
        }
        const variable_list parts = Reduced::apply(*flat, at::TensorList(all), half ? at::kHalf : at::kBFloat16);
        for (int64_t i = 0; i < count; ++i) made[i] = new Tensor(parts[i]);
        return *flat;
    });
}
