// The active weights of a convolution, as the loops of sparse_kernels.h visit them.
#pragma once
#include <cstdint>
#include <vector>

#include "sparse_kernels.h"

namespace swast {

// The loops of the widest vectors of this processor.
const SparseKernels& sparse_kernels();

// A convolution: channels, side of the kernel (3 or 1), stride (1 or 2), sides of input and output.
struct SparseShape {
    int64_t inputs, outputs, kernel, stride, from, side;
    int64_t weights() const { return outputs * inputs * kernel * kernel; }
};

// The lists of a pass, with values.
class ValuedLists {
public:
    Pass pass;
    Lists view() const { return {first_.data(), order_.data(), entries_.data()}; }
    int64_t count() const { return int64_t(entries_.size()); }
    // Takes some of the values over from weights [outputs, inputs, kernel, kernel].
    void refresh(const float* weights, Range some);

private:
    friend class ActiveWeights;
    friend class GroupedLists;
    std::vector<int32_t> first_, order_, source_;
    std::vector<Entry> entries_;
};

// The lists of a pass in groups, for the gradient.
class GroupedLists {
public:
    Pass pass;
    // Those of `lists`.
    explicit GroupedLists(const ValuedLists& lists);
    Groups view() const { return {first_.data(), order_.data(), offsets_.data()}; }
    int64_t groups() const { return first_.back(); }
    // The weight of each place of each group, -1 where there is none.
    const std::vector<int32_t>& sources() const { return source_; }

private:
    std::vector<int32_t> first_, order_, source_, offsets_;
};

// Which weights of a convolution are active.
class ActiveWeights {
public:
    // Those that are not 0 in `mask` [outputs, inputs, kernel, kernel].
    ActiveWeights(const SparseShape& shape, const float* mask);
    int64_t count() const { return int64_t(active_.size()); }
    // Those of the convolution, or of its input gradient; values are 0.
    ValuedLists lists(bool transposed) const;

private:
    Pass pass(Walk walk, int64_t inputs, int64_t outputs, int64_t from, int64_t grid, int64_t to) const;
    template <class Visit>
    void each(const Pass& pass, bool transposed, Visit visit) const;

    SparseShape shape_;
    std::vector<int32_t> active_;
};

}  // namespace swast
