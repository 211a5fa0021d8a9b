// Which of the loops compiled for each generation of vector units the processor at hand runs fastest.
#pragma once

#ifdef SWAST_X86
// The wider one of kernels_base and kernels_avx2, for any name of kernels.
#define SWAST_UP_TO_AVX2(kernels) \
    (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? kernels##_avx2 : kernels##_base)
// The widest of those and kernels_avx512.
#define SWAST_WIDEST(kernels) (__builtin_cpu_supports("avx512f") ? kernels##_avx512 : SWAST_UP_TO_AVX2(kernels))
#else
#define SWAST_UP_TO_AVX2(kernels) (kernels##_base)
#define SWAST_WIDEST(kernels) (kernels##_base)
#endif
