// Batch norm, the addition of a shortcut and the rectifier of a residual network, for training on a CPU, in as few
// passes over memory as they allow. As separate operations they take two fifths of a step of a narrow network, nearly
// all of it waiting for memory. Forward: a pass for the statistics, a pass for the output. Backward: a pass for the
// sums, a pass for the gradient.
//
// Sums are f32 within a small fixed piece of the batch and f64 over the pieces in their order, so that results do not
// depend on the number of threads.

#include <algorithm>
#include <optional>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "generation.h"
#include "guarded.h"
#include "norm_kernels.h"

namespace {

using at::Tensor;
using swast::Affine;
using swast::Ending;
using swast::LANES;
using swast::Strip;
using swast::Upstream;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const swast::Kernels& kernels() {
    using namespace swast;
    static const Kernels& widest = SWAST_WIDEST(kernels);
    return widest;
}

// How the values of a tensor [N, C, H, W] are cut into strips of LANES, and these into tasks. Channels-last: rows of
// max(C, LANES) values, lane i of a row being channel i mod C; a task is a piece of rows. Channels-first: planes of
// H W values; a task is a channel, all of whose lanes share its parameters.
class Layout {
public:
    explicit Layout(const Tensor& x)
        : images_(x.size(0)), channels_(x.size(1)), area_(x.size(2) * x.size(3)),
          last_(in_lanes(x)), width_(std::max(channels_, LANES)), rows_(x.numel() / width_) {}

    // Whether a tensor lies channels-last in memory and can be cut into strips of LANES there.
    static bool in_lanes(const Tensor& x) {
        const int64_t channels = x.size(1), width = std::max(channels, LANES);
        return x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.numel() % width == 0 &&
            width % std::min(channels, LANES) == 0;
    }

    int64_t tasks() const { return last_ ? (rows_ + piece() - 1) / piece() : channels_; }
    // Sums of one task.
    int64_t lanes() const { return last_ ? width_ : LANES; }
    int64_t parameters() const { return last_ ? width_ : channels_ * LANES; }
    int64_t channel(int64_t parameter) const { return last_ ? parameter % channels_ : parameter / LANES; }
    int64_t channel_of_sum(int64_t task, int64_t lane) const { return last_ ? lane % channels_ : task; }
    int64_t channels() const { return channels_; }
    double count() const { return double(images_) * double(area_); }

    // `values`, one per channel, repeated to one per lane.
    std::vector<float> spread(const Tensor& values) const {
        const float* from = values.const_data_ptr<float>();
        std::vector<float> lanes(parameters());
        for (int64_t i = 0; i < parameters(); ++i) lanes[i] = from[channel(i)];
        return lanes;
    }

    // Visits the strips of a task: the strip, the first of its parameters and the first of its sums; calls `fold`
    // whenever the sums should move on to f64.
    template <class Visit, class Fold>
    void strips(int64_t task, Visit visit, Fold fold) const {
        if (last_) {
            const int64_t begin = task * piece(), rows = std::min(piece(), rows_ - begin);
            for (int64_t lane = 0; lane < width_; lane += LANES) {
                visit(Strip{begin * width_ + lane, rows, width_, LANES}, lane, lane);
            }
            return fold();
        }
        const int64_t whole = area_ / LANES, rest = area_ % LANES;
        int64_t values = 0;
        for (int64_t image = 0; image < images_; ++image) {
            const int64_t offset = (image * channels_ + task) * area_;
            if (whole > 0) visit(Strip{offset, whole, LANES, LANES}, task * LANES, 0);
            if (rest > 0) visit(Strip{offset + whole * LANES, 1, LANES, rest}, task * LANES, 0);
            values += area_;
            if (values >= PIECE || image + 1 == images_) {
                fold();
                values = 0;
            }
        }
    }

private:
    // 64 KiB, so that a piece stays in the cache while its lanes are visited one strip after the other.
    static constexpr int64_t PIECE = 16384;
    int64_t piece() const { return std::max<int64_t>(1, PIECE / width_); }

    int64_t images_, channels_, area_;
    bool last_;
    int64_t width_, rows_;
};

// Two sums per channel over all tasks: `add(strip, parameter, first, second)` adds those of a strip.
template <class Add>
std::pair<std::vector<double>, std::vector<double>> summed(const Layout& layout, Add add) {
    const int64_t lanes = layout.lanes(), tasks = layout.tasks();
    std::vector<double> parts(2 * lanes * tasks, 0.0);
    at::parallel_for(0, tasks, 1, [&](int64_t begin, int64_t end) {
        std::vector<float> sums(2 * lanes);
        for (int64_t task = begin; task < end; ++task) {
            std::fill(sums.begin(), sums.end(), 0.0f);
            double* part = parts.data() + 2 * lanes * task;
            layout.strips(
                task,
                [&](Strip strip, int64_t parameter, int64_t lane) {
                    add(strip, parameter, sums.data() + lane, sums.data() + lanes + lane);
                },
                [&] {
                    for (int64_t i = 0; i < 2 * lanes; ++i) part[i] += sums[i];
                    std::fill(sums.begin(), sums.end(), 0.0f);
                });
        }
    });
    std::vector<double> first(layout.channels(), 0.0), second(layout.channels(), 0.0);
    for (int64_t task = 0; task < tasks; ++task) {
        const double* part = parts.data() + 2 * lanes * task;
        for (int64_t lane = 0; lane < lanes; ++lane) {
            const int64_t channel = layout.channel_of_sum(task, lane);
            first[channel] += part[lane];
            second[channel] += part[lanes + lane];
        }
    }
    return {first, second};
}

template <class Visit>
void each_strip(const Layout& layout, Visit visit) {
    at::parallel_for(0, layout.tasks(), 1, [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task) {
            layout.strips(task, [&](Strip strip, int64_t parameter, int64_t) { visit(strip, parameter); }, [] {});
        }
    });
}

// One value per lane of mean, factor and shift.
struct Parameters {
    std::vector<float> mean, factor, shift;
    Parameters(const Layout& layout, const Tensor& mean, const Tensor& factor, const Tensor& shift)
        : mean(layout.spread(mean)), factor(layout.spread(factor)), shift(layout.spread(shift)) {}
    Affine at(int64_t first) const { return {mean.data() + first, factor.data() + first, shift.data() + first}; }
};

// `x` in the memory format of `other`.
Tensor laid_out_as(const Tensor& x, const Tensor& other) {
    return x.contiguous(Layout::in_lanes(other) ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

// Mean and biased variance of each channel, in f64.
std::pair<Tensor, Tensor> statistics(const Tensor& x, const Layout& layout) {
    // Sums of differences from some value of the channel lose no digits to a large mean.
    const Tensor some = x.select(0, 0).select(1, 0).select(1, 0).contiguous();
    const std::vector<float> centre = layout.spread(some);
    const float* values = x.const_data_ptr<float>();
    const auto [first, second] = summed(layout, [&](Strip strip, int64_t parameter, float* a, float* b) {
        kernels().moments(values, strip, centre.data() + parameter, a, b);
    });
    const auto f64 = at::TensorOptions(at::kDouble);
    Tensor mean = at::empty({layout.channels()}, f64), variance = at::empty({layout.channels()}, f64);
    for (int64_t c = 0; c < layout.channels(); ++c) {
        const double offset = first[c] / layout.count();
        mean.mutable_data_ptr<double>()[c] = some.const_data_ptr<float>()[c] + offset;
        variance.mutable_data_ptr<double>()[c] = std::max(0.0, second[c] / layout.count() - offset * offset);
    }
    return {mean, variance};
}

class Norm : public torch::autograd::Function<Norm> {
public:
    static Tensor forward(AutogradContext* context, Tensor x, std::optional<Tensor> shortcut, Tensor scale, Tensor shift,
                          Tensor running_mean, Tensor running_variance, double momentum, double epsilon, bool rectify) {
        const Ending ending = shortcut ? Ending::ShortcutAndRectifier
            : rectify                            ? Ending::Rectifier
                                                 : Ending::Nothing;
        if (!Layout::in_lanes(x)) x = x.contiguous();
        if (shortcut) shortcut = laid_out_as(*shortcut, x);
        const Layout layout(x);
        const auto [mean64, variance] = statistics(x, layout);
        const double unbiased = layout.count() / std::max(1.0, layout.count() - 1.0);
        running_mean.mul_(1.0 - momentum).add_(mean64, momentum);
        running_variance.mul_(1.0 - momentum).add_(variance, momentum * unbiased);
        const Tensor deviation = (variance + epsilon).rsqrt().to(at::kFloat), mean = mean64.to(at::kFloat);
        const Parameters parameters(layout, mean, scale * deviation, shift.contiguous());

        Tensor y = at::empty_like(x);
        const float* from = x.const_data_ptr<float>();
        const float* added = shortcut ? shortcut->const_data_ptr<float>() : nullptr;
        float* to = y.mutable_data_ptr<float>();
        each_strip(layout, [&](Strip strip, int64_t parameter) {
            kernels().forward(from, added, to, strip, parameters.at(parameter), ending);
        });
        context->save_for_backward({x, scale, shift, mean, deviation, shortcut ? y : Tensor()});
        context->saved_data["ending"] = int64_t(ending);
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list upstream) {
        const variable_list saved = context->get_saved_variables();
        const Tensor &x = saved[0], &scale = saved[1], &shift = saved[2], &mean = saved[3], &deviation = saved[4];
        const Ending ending = Ending(context->saved_data["ending"].toInt());
        const Layout layout(x);
        const Tensor dy = laid_out_as(upstream[0], x), factor = scale * deviation;
        const Parameters parameters(layout, mean, factor, shift);
        Tensor dx = at::empty_like(x), dz;
        Upstream up{x.const_data_ptr<float>(), dy.const_data_ptr<float>(), nullptr, nullptr, ending};
        if (ending == Ending::ShortcutAndRectifier) {
            dz = at::empty_like(x);
            up.gate = saved[5].const_data_ptr<float>();
            up.dz = dz.mutable_data_ptr<float>();
        }
        const auto [first, second] = summed(layout, [&](Strip strip, int64_t parameter, float* a, float* b) {
            kernels().sums(up, strip, parameters.at(parameter), a, b);
        });
        // dx = factor (dz - mean(dz) - normalised mean(dz normalised)), gathered by x - mean.
        Tensor d_scale = at::empty_like(scale), d_shift = at::empty_like(scale);
        Tensor slope = at::empty_like(scale), offset = at::empty_like(scale);
        for (int64_t c = 0; c < layout.channels(); ++c) {
            const double inverse = deviation.const_data_ptr<float>()[c], by = factor.const_data_ptr<float>()[c];
            d_scale.mutable_data_ptr<float>()[c] = float(second[c] * inverse);
            d_shift.mutable_data_ptr<float>()[c] = float(first[c]);
            slope.mutable_data_ptr<float>()[c] = float(-by * inverse * inverse * second[c] / layout.count());
            offset.mutable_data_ptr<float>()[c] = float(-by * first[c] / layout.count());
        }
        const std::vector<float> slopes = layout.spread(slope), offsets = layout.spread(offset);
        float* to = dx.mutable_data_ptr<float>();
        each_strip(layout, [&](Strip strip, int64_t p) {
            kernels().backward(up, to, strip, parameters.at(p), slopes.data() + p, offsets.data() + p);
        });
        const Tensor none;
        return {dx, dz, d_scale, d_shift, none, none, none, none, none};
    }
};

}  // namespace

// Batch norm of `x` [N, C, H, W] (f32, CPU) with the statistics of the batch, which move the running ones; then, where
// `shortcut` is not null, its addition and a rectifier; else a rectifier if `rectify`. Null on failure.
extern "C" Tensor* swast_norm(const Tensor* x, const Tensor* shortcut, const Tensor* scale, const Tensor* shift,
                              const Tensor* running_mean, const Tensor* running_variance, double momentum,
                              double epsilon, bool rectify) {
    return swast::guarded([&] {
        return Norm::apply(*x, shortcut ? std::optional(*shortcut) : std::nullopt, *scale, *shift, *running_mean,
                           *running_variance, momentum, epsilon, rectify);
    });
}
