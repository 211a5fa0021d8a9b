// Convolutions into which batch norm is folded, by active weights alone, in the layouts that folded.cpp knows.
#pragma once
#include <cstdint>
#include <memory>

#include <ATen/ATen.h>

#include "sparse_lists.h"

namespace swast {

// Memory that is used again and again.
class Buffer {
public:
    // `floats` of it, which hold anything that is finite.
    float* of(int64_t floats) {
        if (!memory_.defined() || memory_.numel() < floats) memory_ = at::zeros({floats});
        return memory_.mutable_data_ptr<float>();
    }

    bool holds(const float* x) const { return memory_.defined() && memory_.const_data_ptr<float>() == x; }

private:
    at::Tensor memory_;
};

struct FoldedConvolution {
    virtual ~FoldedConvolution() = default;
    // Floats of the result.
    virtual int64_t floats() const = 0;
    // Convolves x, adds biases and `shortcut` unless it is null, then comes a rectifier if `rectify`.
    virtual void apply(const float* x, const float* shortcut, bool rectify, float* to, Buffer& scratch) const = 0;
};

// On blocks of lanes; called by many threads, each with blocks of its own.
std::unique_ptr<FoldedConvolution> lanes_convolution(const SparseShape& shape, const float* weights, const float* biases);

// On one image, laid out as Planes say; takes all threads itself.
std::unique_ptr<FoldedConvolution> planes_convolution(const SparseShape& shape, const float* weights, const float* biases);

// How an image of some channels of side x side values lies in memory: see plane_kernels.h.
class Planes {
public:
    explicit Planes(int64_t side);
    int64_t pitch() const { return side_ + 2; }
    // Vectors that cover all rows.
    int64_t vectors() const { return vectors_; }
    // Floats of a plane.
    int64_t each() const { return each_; }
    // Floats of `channels` planes and of what the last vector reads past them.
    int64_t floats(int64_t channels) const { return (channels + 1) * each_; }
    // Values [side][side] put into a plane, and back.
    void fill(const float* from, float* plane) const;
    void read(const float* plane, float* to) const;
    // Puts zeros around the rows of a plane.
    void close(float* plane) const;

private:
    int64_t side_, vectors_, each_;
};

}  // namespace swast
