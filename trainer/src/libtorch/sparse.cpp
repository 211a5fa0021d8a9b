// Residual blocks computed by their active weights alone, for training on a CPU, differentiable, over the loops of
// sparse_kernels.h: convolutions, their batch norms, the shortcut and the rectifiers, forward and backward.
//
// A convolution reads the output of the one before it and applies that one's batch norm and rectifier as it copies, so
// that what lies between them is never stored; the statistics are summed as outputs are written. The weight gradient is
// computed for active weights alone, and is 0 elsewhere.
//
// What is summed, and in which order, does not depend on the number of threads.

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guarded.h"
#include "sparse_block.h"

namespace swast {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Into how many parts the tasks of a pass are cut, each with sums of its own.
constexpr int64_t PARTS = 16;

const SparseKernels& loops() { return sparse_kernels(); }

struct Sizes {
    int64_t images, blocks;
    explicit Sizes(int64_t images) : images(images), blocks((images + loops().lanes - 1) / loops().lanes) {}
    Tensor valid() const {
        Tensor lanes = at::zeros({loops().lanes});
        lanes.narrow(0, 0, images - (blocks - 1) * loops().lanes).fill_(1.0f);
        return lanes;
    }
};

Tensor plane(const Sizes& sizes, int64_t channels, int64_t side) {
    return at::empty({sizes.blocks, channels, side, side, loops().lanes});
}

void refresh(ValuedLists& lists, const Tensor& weight) {
    const float* values = weight.const_data_ptr<float>();
    at::parallel_for(0, lists.count(), 16384, [&](int64_t begin, int64_t end) { lists.refresh(values, {begin, end}); });
}

// Two sums a channel in parts, [PARTS, channels, 2, lanes].
class PartialSums {
public:
    explicit PartialSums(int64_t channels) : values_(at::zeros({PARTS, channels, 2, loops().lanes})) {}
    float* part(int64_t number) { return values_.mutable_data_ptr<float>() + number * values_.stride(0); }
    // f64 [channels, 2].
    Tensor total() const { return values_.sum(3, false, at::kDouble).sum(0); }

private:
    Tensor values_;
};

void run(const ValuedLists& lists, const Sizes& sizes, const Tensor& x, Tensor& y, Before before, After after,
         PartialSums* sums) {
    const Pass& pass = lists.pass;
    // What does not fit the caches until it is read again is written past them.
    constexpr int64_t CACHES = int64_t(16) << 20;
    after.stream = !after.accumulate && y.numel() * 4 > CACHES;
    const float* from = x.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    const int64_t tasks = sizes.blocks * pass.tiles();
    at::parallel_for(0, PARTS, 1, [&](int64_t begin, int64_t end) {
        const Tensor scratch = at::empty({loops().scratch(pass)});
        for (int64_t part = begin; part < end; ++part) {
            After mine = after;
            mine.sums = sums ? sums->part(part) : nullptr;
            const Range some{tasks * part / PARTS, tasks * (part + 1) / PARTS};
            loops().convolve(pass, lists.view(), from, to, sizes.blocks, some, before, mine,
                             scratch.mutable_data_ptr<float>());
        }
    });
}

// The gradient by the weights, [outputs, inputs, kernel, kernel], 0 where they are not active.
Tensor weight_gradient(const SparseConvolution& conv, const Sizes& sizes, const Tensor& x, const Tensor& dy,
                       Before before) {
    const GroupedLists& lists = conv.groups;
    const Pass& pass = lists.pass;
    const int64_t slices = pass.blocks(), parts = (PARTS + slices - 1) / slices, lanes = loops().lanes;
    const int64_t tasks = sizes.blocks * pass.tiles();
    const Tensor sums = at::zeros({parts, lists.groups(), lanes});
    const float *from = x.const_data_ptr<float>(), *upstream = dy.const_data_ptr<float>();
    float* values = sums.mutable_data_ptr<float>();
    at::parallel_for(0, parts * slices, 1, [&](int64_t begin, int64_t end) {
        const Tensor scratch = at::empty({loops().scratch(pass)});
        for (int64_t task = begin; task < end; ++task) {
            const int64_t part = task / slices, slice = task % slices;
            const Range some{tasks * part / parts, tasks * (part + 1) / parts};
            loops().gradient(pass, lists.view(), from, upstream, slice, some, before, values + part * sums.stride(0),
                             scratch.mutable_data_ptr<float>());
        }
    });
    const SparseShape& s = conv.shape;
    Tensor gradient = at::zeros({s.outputs, s.inputs, s.kernel, s.kernel});
    const Tensor total = parts == 1 ? sums : sums.sum(0, true);
    const float* sum = total.const_data_ptr<float>();
    float* to = gradient.mutable_data_ptr<float>();
    at::parallel_for(0, lists.groups(), 4096, [&](int64_t begin, int64_t end) {
        float each[GROUP];
        for (int64_t group = begin; group < end; ++group) {
            loops().gathered(sum + group * lanes, each);
            for (int64_t i = 0; i < GROUP; ++i) {
                const int32_t source = lists.sources()[group * GROUP + i];
                if (source >= 0) to[source] = each[i];
            }
        }
    });
    return gradient;
}

// A batch norm of the batch at hand: what it made of its input z is z factor + offset.
struct BatchNorm {
    Tensor z, mean, deviation, factor, offset;
    Before before() const { return {factor.const_data_ptr<float>(), offset.const_data_ptr<float>()}; }
};

struct Momentum {
    double share, epsilon;
};

// Values of one batch norm and its running statistics, [channels] each.
struct NormParameters {
    Tensor scale, shift, running_mean, running_variance;
};

double count(const Sizes& sizes, const SparseShape& shape) {
    return double(sizes.images) * double(shape.side) * double(shape.side);
}

BatchNorm normed(SparseConvolution& conv, const Sizes& sizes, const Tensor& x, const Tensor& weight, Before before,
                 const NormParameters& norm, Momentum momentum) {
    refresh(conv.forward, weight);
    BatchNorm made;
    made.z = plane(sizes, conv.shape.outputs, conv.shape.side);
    PartialSums sums(conv.shape.outputs);
    const Tensor valid = sizes.valid();
    // Sums of differences from some value near the mean lose no digits to a large one.
    const Tensor centre = norm.running_mean.clone();
    After after{};
    after.ending = Ending::Moments;
    after.centre = centre.const_data_ptr<float>();
    after.valid = valid.const_data_ptr<float>();
    run(conv.forward, sizes, x, made.z, before, after, &sums);
    const double values = count(sizes, conv.shape);
    const Tensor means = sums.total() / values, difference = means.select(1, 0);
    const Tensor mean = centre.to(at::kDouble) + difference;
    const Tensor variance = (means.select(1, 1) - difference * difference).clamp_min(0.0);
    const double unbiased = values / std::max(1.0, values - 1.0);
    Tensor running_mean = norm.running_mean, running_variance = norm.running_variance;
    running_mean.mul_(1.0 - momentum.share).add_(mean, momentum.share);
    running_variance.mul_(1.0 - momentum.share).add_(variance, momentum.share * unbiased);
    made.mean = mean.to(at::kFloat);
    made.deviation = (variance + momentum.epsilon).rsqrt().to(at::kFloat);
    made.factor = norm.scale * made.deviation;
    made.offset = norm.shift - made.mean * made.factor;
    return made;
}

// The backward pass of a batch norm from the sums of g and g (z - mean): dz = g factor + z slope + offset.
struct Descent {
    Tensor d_scale, d_shift, slope, offset;
    Descent(const BatchNorm& norm, const Tensor& sums, double count) {
        const Tensor deviation = norm.deviation.to(at::kDouble), factor = norm.factor.to(at::kDouble);
        const Tensor first = sums.select(1, 0), second = sums.select(1, 1);
        const Tensor slopes = -factor * deviation * deviation * second / count;
        d_scale = (second * deviation).to(at::kFloat);
        d_shift = first.to(at::kFloat);
        slope = slopes.to(at::kFloat);
        offset = (-factor * first / count - slopes * norm.mean.to(at::kDouble)).to(at::kFloat);
    }
};

// Calls `visit` with every plane of a tensor [blocks, channels, side, side, lanes]: its first value, block and channel.
template <class Visit>
void each_plane(const Tensor& x, Visit visit) {
    const int64_t channels = x.size(1), size = x.stride(1);
    at::parallel_for(0, x.size(0) * channels, 4, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) visit(i * size, i / channels, i % channels);
    });
}

int64_t area(const Tensor& x) { return x.size(2) * x.size(3); }

Tensor descended(const Tensor& g, const BatchNorm& norm, const Descent& descent, const Sizes& sizes) {
    const Tensor dz = at::empty_like(g), valid = sizes.valid(), ones = at::ones({loops().lanes});
    const float *from = g.const_data_ptr<float>(), *z = norm.z.const_data_ptr<float>();
    const float *factor = norm.factor.const_data_ptr<float>(), *slope = descent.slope.const_data_ptr<float>();
    const float *offset = descent.offset.const_data_ptr<float>();
    const float *last = valid.const_data_ptr<float>(), *other = ones.const_data_ptr<float>();
    float* to = dz.mutable_data_ptr<float>();
    each_plane(g, [&](int64_t at, int64_t block, int64_t c) {
        const float* lanes = block + 1 == sizes.blocks ? last : other;
        loops().descend(from + at, z + at, factor[c], slope[c], offset[c], lanes, area(g), to + at);
    });
    return dz;
}

// The end of a block: the last batch norm, and the shortcut's where there is one.
struct End {
    const BatchNorm& main;
    const BatchNorm* side;
    // The shortcut, where it is the input.
    const Tensor* identity;

    Tensor forward() const {
        Tensor y = at::empty_like(main.z);
        const float *factor = main.factor.const_data_ptr<float>(), *offset = main.offset.const_data_ptr<float>();
        const float* z = main.z.const_data_ptr<float>();
        const Tensor* added = side ? &side->z : identity;
        const float* shortcut = added ? added->const_data_ptr<float>() : nullptr;
        const float* by = side ? side->factor.const_data_ptr<float>() : nullptr;
        const float* plus = side ? side->offset.const_data_ptr<float>() : nullptr;
        float* to = y.mutable_data_ptr<float>();
        each_plane(y, [&](int64_t at, int64_t, int64_t c) {
            const Joint joint{z + at,    shortcut ? shortcut + at : nullptr, factor[c], offset[c], by ? by[c] : 1.0f,
                              plus ? plus[c] : 0.0f};
            loops().join(joint, area(y), to + at);
        });
        return y;
    }

    // The gradient before the rectifier, and its sums [channels, 3] with the batch norms.
    std::pair<Tensor, Tensor> backward(const Tensor& y, const Tensor& dy) const {
        Tensor g = at::empty_like(y), sums = at::empty({y.size(0), y.size(1), 3, loops().lanes});
        const float *out = y.const_data_ptr<float>(), *upstream = dy.const_data_ptr<float>();
        const float *z = main.z.const_data_ptr<float>(), *mean = main.mean.const_data_ptr<float>();
        const float* shortcut = side ? side->z.const_data_ptr<float>() : nullptr;
        const float* shortcut_mean = side ? side->mean.const_data_ptr<float>() : nullptr;
        float *to = g.mutable_data_ptr<float>(), *into = sums.mutable_data_ptr<float>();
        each_plane(y, [&](int64_t at, int64_t block, int64_t c) {
            loops().open(out + at, upstream + at, z + at, mean[c], shortcut ? shortcut + at : nullptr,
                         shortcut ? shortcut_mean[c] : 0.0f, area(y), to + at,
                         into + (block * y.size(1) + c) * sums.stride(1));
        });
        return {g, sums.sum(3, false, at::kDouble).sum(0)};
    }
};

// Parameters and running statistics of a block lie convolution by convolution: weight, scale, shift; mean, variance.
NormParameters parameters(at::TensorList learned, at::TensorList running, int64_t conv) {
    return {learned[3 * conv + 1], learned[3 * conv + 2], running[2 * conv], running[2 * conv + 1]};
}

class TrainedBlock : public torch::autograd::Function<TrainedBlock> {
public:
    static Tensor forward(AutogradContext* context, Tensor x, at::TensorList learned, at::TensorList running,
                          SharedBlock shared, int64_t images, double share, double epsilon) {
        SparseBlock& block = *shared;
        const Sizes sizes(images);
        const Momentum momentum{share, epsilon};
        std::vector<BatchNorm> norms;
        for (int64_t i = 0; i < int64_t(block.convs.size()); ++i) {
            // The convolution on the shortcut, which comes last, reads what the first one does.
            const bool outer = i == 0 || i == block.chain;
            const Tensor& input = outer ? x : norms.back().z;
            const Before before = outer ? Before{} : norms.back().before();
            norms.push_back(
                normed(block.convs[i], sizes, input, learned[3 * i], before, parameters(learned, running, i), momentum));
        }
        const Tensor y = end(block, norms, x).forward();
        variable_list saved{x, y};
        for (int64_t i = 0; i < int64_t(norms.size()); ++i) {
            const BatchNorm& norm = norms[i];
            saved.insert(saved.end(), {learned[3 * i], norm.z, norm.mean, norm.deviation, norm.factor, norm.offset});
        }
        context->save_for_backward(saved);
        context->saved_data["block"] = c10::IValue::make_capsule(std::move(shared));
        context->saved_data["images"] = images;
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list upstream) {
        const auto shared = context->saved_data["block"].toCapsule();
        SparseBlock& block = static_cast<SparseBlock&>(*shared);
        const Sizes sizes(context->saved_data["images"].toInt());
        const variable_list saved = context->get_saved_variables();
        const Tensor &x = saved[0], &y = saved[1];
        std::vector<Tensor> weights;
        std::vector<BatchNorm> norms;
        for (size_t at = 2; at < saved.size(); at += 6) {
            weights.push_back(saved[at]);
            norms.push_back({saved[at + 1], saved[at + 2], saved[at + 3], saved[at + 4], saved[at + 5]});
        }
        const int64_t chain = block.chain, convs = int64_t(block.convs.size());
        variable_list gradients(3 * convs);
        const auto learn = [&](int64_t i, const Descent& descent, const Tensor& dz) {
            const bool outer = i == 0 || i == chain;
            const Before before = outer ? Before{} : norms[i - 1].before();
            gradients[3 * i] = weight_gradient(block.convs[i], sizes, outer ? x : norms[i - 1].z, dz, before);
            gradients[3 * i + 1] = descent.d_scale;
            gradients[3 * i + 2] = descent.d_shift;
        };
        auto [g, sums] = end(block, norms, x).backward(y, upstream[0].contiguous());
        const double values = count(sizes, block.convs[chain - 1].shape);
        Tensor side;
        if (convs > chain) {
            const Descent descent(norms[chain], at::stack({sums.select(1, 0), sums.select(1, 2)}, 1), values);
            side = descended(g, norms[chain], descent, sizes);
            learn(chain, descent, side);
        }
        Descent descent(norms[chain - 1], sums, values);
        Tensor dz = descended(g, norms[chain - 1], descent, sizes);
        for (int64_t i = chain - 1; i > 0; --i) {
            learn(i, descent, dz);
            auto [inner, inner_sums] = gated(block.convs[i], sizes, dz, weights[i], norms[i - 1]);
            descent = Descent(norms[i - 1], inner_sums, count(sizes, block.convs[i - 1].shape));
            dz = descended(inner, norms[i - 1], descent, sizes);
        }
        learn(0, descent, dz);
        Tensor dx;
        if (context->needs_input_grad(0)) {
            ValuedLists& lists = block.convs[0].backward;
            // It leaves out the places that the convolution steps over.
            const bool some = lists.pass.walk == Walk::PointDouble;
            dx = block.identity ? g : some ? at::zeros_like(x) : at::empty_like(x);
            refresh(lists, weights[0]);
            After after{};
            after.accumulate = block.identity || some;
            run(lists, sizes, dz, dx, Before{}, after, nullptr);
            if (side.defined()) {
                refresh(block.convs[chain].backward, weights[chain]);
                after.accumulate = true;
                run(block.convs[chain].backward, sizes, side, dx, Before{}, after, nullptr);
            }
        }
        variable_list all{dx};
        all.insert(all.end(), gradients.begin(), gradients.end());
        // Running statistics, and what is not a tensor.
        all.resize(all.size() + 2 * convs + 4);
        return all;
    }

private:
    static End end(const SparseBlock& block, const std::vector<BatchNorm>& norms, const Tensor& x) {
        const bool has_side = int64_t(norms.size()) > block.chain;
        return {norms[block.chain - 1], has_side ? &norms[block.chain] : nullptr, block.identity ? &x : nullptr};
    }

    // The gradient by what lies before the rectifier that the convolution reads through, and its sums.
    static std::pair<Tensor, Tensor> gated(SparseConvolution& conv, const Sizes& sizes, const Tensor& dz,
                                           const Tensor& weight, const BatchNorm& norm) {
        refresh(conv.backward, weight);
        Tensor g = at::empty_like(norm.z);
        PartialSums sums(conv.shape.inputs);
        After after{};
        after.ending = Ending::Gated;
        after.z = norm.z.const_data_ptr<float>();
        after.factor = norm.factor.const_data_ptr<float>();
        after.offset = norm.offset.const_data_ptr<float>();
        after.centre = norm.mean.const_data_ptr<float>();
        run(conv.backward, sizes, dz, g, Before{}, after, &sums);
        return {g, sums.total()};
    }
};

Tensor to_lanes(const Tensor& images) {
    const Tensor x = images.contiguous(at::MemoryFormat::ChannelsLast);
    const int64_t channels = x.size(1), places = x.size(2) * x.size(3), lanes = loops().lanes;
    const Sizes sizes(x.size(0));
    Tensor y = at::empty({sizes.blocks, channels, x.size(2), x.size(3), lanes});
    const float* from = x.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    at::parallel_for(0, sizes.blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
            const int64_t first = block * lanes, each = channels * places;
            loops().to_lanes(from + first * each, std::min(lanes, sizes.images - first), places, channels,
                             to + first * each);
        }
    });
    return y;
}

Tensor from_lanes(const Tensor& x, int64_t images) {
    const int64_t channels = x.size(1), places = x.size(2) * x.size(3), lanes = loops().lanes;
    Tensor y = at::empty({images, channels, x.size(2), x.size(3)}, at::MemoryFormat::ChannelsLast);
    const Tensor laid = x.contiguous();
    const float* from = laid.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
            const int64_t first = block * lanes, each = channels * places;
            loops().from_lanes(from + first * each, std::min(lanes, images - first), places, channels, to + first * each);
        }
    });
    return y;
}

class ToLanes : public torch::autograd::Function<ToLanes> {
public:
    static Tensor forward(AutogradContext* context, Tensor x) {
        context->saved_data["images"] = x.size(0);
        return to_lanes(x);
    }
    static variable_list backward(AutogradContext* context, variable_list upstream) {
        return {from_lanes(upstream[0], context->saved_data["images"].toInt())};
    }
};

class FromLanes : public torch::autograd::Function<FromLanes> {
public:
    static Tensor forward(AutogradContext*, Tensor x, int64_t images) { return from_lanes(x, images); }
    static variable_list backward(AutogradContext*, variable_list upstream) {
        return {to_lanes(upstream[0]), Tensor()};
    }
};

}  // namespace
}  // namespace swast

using at::Tensor;
using swast::SharedBlock;
using torch::autograd::variable_list;

extern "C" int64_t swast_sparse_lanes() { return swast::sparse_kernels().lanes; }

// A block of `convs` convolutions, `chain` of them in a row, with the weights active that are not 0 in their masks
// [outputs, inputs, kernel, kernel], f32. Null on failure.
extern "C" SharedBlock* swast_sparse_block(const swast::SparseShape* shapes, const Tensor* const* masks, int64_t convs,
                                           int64_t chain, bool identity) {
    return swast::guarded([&] {
        std::vector<swast::SparseConvolution> made;
        for (int64_t i = 0; i < convs; ++i) {
            TORCH_CHECK(masks[i]->numel() == shapes[i].weights(), "a mask ", masks[i]->sizes(), " of ",
                        shapes[i].weights(), " weights");
            const Tensor mask = masks[i]->contiguous();
            made.emplace_back(shapes[i], swast::ActiveWeights(shapes[i], mask.const_data_ptr<float>()));
        }
        return c10::make_intrusive<swast::SparseBlock>(std::move(made), chain, identity);
    });
}

extern "C" void swast_sparse_free(SharedBlock* block) { delete block; }

// `block` on x [blocks, channels, side, side, lanes], which holds `images` images, with the statistics of the batch, which
// move the running ones. `learned` are weight, scale and shift of each convolution, `running` its mean and variance. Null
// on failure.
extern "C" Tensor* swast_sparse_train(SharedBlock* block, const Tensor* x, int64_t images, const Tensor* const* learned,
                                      const Tensor* const* running, double momentum, double epsilon) {
    return swast::guarded([&] {
        const int64_t convs = int64_t((*block)->convs.size());
        variable_list parameters, statistics;
        for (int64_t i = 0; i < 3 * convs; ++i) parameters.push_back(*learned[i]);
        for (int64_t i = 0; i < 2 * convs; ++i) statistics.push_back(*running[i]);
        const swast::SparseShape& first = (*block)->convs[0].shape;
        TORCH_CHECK(x->dim() == 5 && x->size(0) == swast::Sizes(images).blocks && x->size(1) == first.inputs &&
                        x->size(2) == first.from && x->size(3) == first.from && x->is_contiguous(),
                    "images ", x->sizes(), " do not fit a block of ", first.inputs, " channels");
        return swast::TrainedBlock::apply(*x, at::TensorList(parameters), at::TensorList(statistics), *block, images, momentum, epsilon);
    });
}

// Images [N, channels, side, side] as blocks of lanes, [N / lanes, channels, side, side, lanes]; differentiable.
extern "C" Tensor* swast_to_lanes(const Tensor* x) {
    return swast::guarded([&] { return swast::ToLanes::apply(*x); });
}

// The first `images` images of blocks of lanes; differentiable.
extern "C" Tensor* swast_from_lanes(const Tensor* x, int64_t images) {
    return swast::guarded([&] { return swast::FromLanes::apply(*x, images); });
}
