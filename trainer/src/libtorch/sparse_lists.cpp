// How the lists of sparse_lists.h are made of a mask.
#include "sparse_lists.h"

#include <algorithm>
#include <numeric>

#include "generation.h"

namespace swast {

const SparseKernels& sparse_kernels() {
    static const SparseKernels& widest = SWAST_WIDEST(sparse);
    return widest;
}

namespace {

// The lists of each block by length.
std::vector<int32_t> ordered(const Pass& pass, const std::vector<int32_t>& first) {
    std::vector<int32_t> order(pass.blocks() * pass.lists());
    for (int64_t block = 0; block < pass.blocks(); ++block) {
        const auto begin = order.begin() + block * pass.lists(), end = begin + pass.lists();
        const int32_t* bounds = first.data() + block * pass.lists();
        std::iota(begin, end, 0);
        std::stable_sort(begin, end, [&](int32_t a, int32_t b) {
            return bounds[a + 1] - bounds[a] < bounds[b + 1] - bounds[b];
        });
    }
    return order;
}

}  // namespace

void ValuedLists::refresh(const float* weights, Range some) {
    for (int64_t i = some.begin; i < some.end; ++i) entries_[i].value = weights[source_[i]];
}

ActiveWeights::ActiveWeights(const SparseShape& shape, const float* mask) : shape_(shape) {
    for (int64_t i = 0; i < shape.weights(); ++i) {
        if (mask[i] != 0.0f) active_.push_back(int32_t(i));
    }
}

// Longer lists are worth the loads and stores of partial sums between blocks: a block holds as many channels as give a
// list some sixteen entries, if their inputs stay in the cache of the second level.
Pass ActiveWeights::pass(Walk walk, int64_t inputs, int64_t outputs, int64_t from, int64_t grid, int64_t to) const {
    constexpr int64_t ENTRIES = 16;
    const int64_t wide = grid >= 8 ? 8 : 4;
    const double each = double(count()) / double(shape_.inputs * shape_.outputs);
    int64_t block = 16;
    while (block < 64 && double(block) * each < ENTRIES) block *= 2;
    return {walk, inputs, outputs, from, grid, to, wide, std::min(block, inputs)};
}

// Visits the active weights with the block and list they belong to, their offset in the scratch, and their source.
template <class Visit>
void ActiveWeights::each(const Pass& pass, bool transposed, Visit visit) const {
    const int64_t kernel = shape_.kernel, vectors = pass.vectors(), lanes = sparse_kernels().lanes;
    for (const int32_t source : active_) {
        int64_t x = source % kernel, y = source / kernel % kernel;
        const int64_t rest = source / (kernel * kernel), input = rest % shape_.inputs, output = rest / shape_.inputs;
        const int64_t read = transposed ? output : input, written = transposed ? input : output;
        // The input gradient of stride 1 turns the kernel by half a circle.
        if (transposed && pass.walk == Walk::Around) x = kernel - 1 - x, y = kernel - 1 - y;
        const int64_t list = read / pass.block * pass.lists() + pass.list(written, y, x);
        visit(list, (read % pass.block * vectors + pass.tap(y, x)) * lanes, source);
    }
}

ValuedLists ActiveWeights::lists(bool transposed) const {
    const auto [inputs, outputs, kernel, stride, from, side] = shape_;
    const Walk same = kernel == 3 ? Walk::Around : Walk::Point;
    const Walk half = kernel == 3 ? Walk::AroundHalf : Walk::PointHalf;
    const Walk twice = kernel == 3 ? Walk::AroundDouble : Walk::PointDouble;
    const Walk walk = stride == 1 ? same : transposed ? twice : half;
    ValuedLists lists;
    lists.pass = transposed ? pass(walk, outputs, inputs, side, side, from) : pass(walk, inputs, outputs, from, side, side);
    lists.first_.assign(lists.pass.blocks() * lists.pass.lists() + 1, 0);
    each(lists.pass, transposed, [&](int64_t list, int64_t, int32_t) { ++lists.first_[list + 1]; });
    std::partial_sum(lists.first_.begin(), lists.first_.end(), lists.first_.begin());
    lists.entries_.resize(active_.size());
    lists.source_.resize(active_.size());
    std::vector<int32_t> next(lists.first_.begin(), lists.first_.end() - 1);
    each(lists.pass, transposed, [&](int64_t list, int64_t offset, int32_t source) {
        const int32_t at = next[list]++;
        lists.entries_[at] = {int32_t(offset), 0.0f};
        lists.source_[at] = source;
    });
    lists.order_ = ordered(lists.pass, lists.first_);
    return lists;
}

GroupedLists::GroupedLists(const ValuedLists& lists) : pass(lists.pass), first_{0} {
    for (size_t list = 0; list + 1 < lists.first_.size(); ++list) {
        for (int32_t i = lists.first_[list]; i < lists.first_[list + 1]; ++i) {
            offsets_.push_back(lists.entries_[i].offset);
            source_.push_back(lists.source_[i]);
        }
        while (offsets_.size() % GROUP) {
            offsets_.push_back(offsets_.back());
            source_.push_back(-1);
        }
        first_.push_back(int32_t(offsets_.size() / GROUP));
    }
    order_ = ordered(pass, first_);
}

}  // namespace swast
