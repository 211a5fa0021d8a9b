// Which of the loops compiled for each generation of vector units the processor at hand runs fastest.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace swast {

enum class Vectors { Base, Avx2, Avx512 };

// The widest vectors of this processor, or narrower ones where SWAST_VECTORS is base, avx2 or avx512: for tests and
// measurements of code that another processor would run.
inline Vectors vectors() {
    static const Vectors widest = [] {
        Vectors most = Vectors::Base;
#ifdef SWAST_X86
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) most = Vectors::Avx2;
        if (__builtin_cpu_supports("avx512f")) most = Vectors::Avx512;
#endif
        const char* asked = std::getenv("SWAST_VECTORS");
        if (asked && !std::strcmp(asked, "base")) return Vectors::Base;
        return asked && !std::strcmp(asked, "avx2") ? std::min(most, Vectors::Avx2) : most;
    }();
    return widest;
}

}  // namespace swast

#ifdef SWAST_X86
// The wider one of kernels_base and kernels_avx2 that may be used, for any name of kernels.
#define SWAST_UP_TO_AVX2(kernels) (swast::vectors() == swast::Vectors::Base ? kernels##_base : kernels##_avx2)
// The widest of those and kernels_avx512.
#define SWAST_WIDEST(kernels) \
    (swast::vectors() == swast::Vectors::Avx512 ? kernels##_avx512 : SWAST_UP_TO_AVX2(kernels))
#else
#define SWAST_UP_TO_AVX2(kernels) (kernels##_base)
#define SWAST_WIDEST(kernels) (kernels##_base)
#endif
