// Which of the loops compiled for each generation of vector units the processor at hand runs fastest.
#pragma once

#ifdef SWAST_X86
// The widest of kernels_base, kernels_avx2 and kernels_avx512, for any name of kernels.
#define SWAST_WIDEST(kernels)                                                                   \
    (__builtin_cpu_supports("avx512f")                                    ? kernels##_avx512     \
         : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? kernels##_avx2      \
                                                                          : kernels##_base)
#else
#define SWAST_WIDEST(kernels) (kernels##_base)
#endif
