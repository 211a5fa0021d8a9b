// The convolutions of a residual block, with the lists of their active weights.
#pragma once
#include <vector>

#include <ATen/core/ivalue.h>
#include <torch/custom_class.h>

#include "sparse_lists.h"

namespace swast {

struct SparseConvolution {
    SparseShape shape;
    ValuedLists forward, backward;
    GroupedLists groups;
    SparseConvolution(const SparseShape& shape, const ActiveWeights& active)
        : shape(shape), forward(active.lists(false)), backward(active.lists(true)), groups(forward) {}
};

// Shared with the passes that are to come back through it.
struct SparseBlock : torch::CustomClassHolder {
    std::vector<SparseConvolution> convs;
    // Convolutions in a row; one on the shortcut may follow them.
    int64_t chain;
    // Whether the shortcut is the input.
    bool identity;
    SparseBlock(std::vector<SparseConvolution> convs, int64_t chain, bool identity)
        : convs(std::move(convs)), chain(chain), identity(identity) {}
};

using SharedBlock = c10::intrusive_ptr<SparseBlock>;

}  // namespace swast
