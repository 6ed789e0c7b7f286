// Compiles CK_TEMPLATE once more, with CK_BF16, for pairs of bfloat16 (AVX512_BF16). After for_each_isa.h, whose names it
// shares; CK_BF16_TABLE(kernels) is the template's table, or NULL. A pair of neighbouring channels has the size of a
// float, so that the types of tables and of what they read stay: a pixel has LANES / 2 of these units instead of LANES.
#if defined(__x86_64__)
#define CK_BF16 1
#define CK_SUFFIX __avx512_bf16
#define CK_TARGET 2
#define LANES 16
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,avx2,evex512"))), apply_to = function)
#include "simd.h"
#include CK_TEMPLATE
#pragma clang attribute pop
#pragma clang diagnostic pop
#undef CK_BF16
#undef CK_SUFFIX
#undef CK_TARGET
#undef LANES
#define CK_BF16_TABLE(name) (&name##__avx512_bf16)
#else
#define CK_BF16_TABLE(name) NULL
#endif
#undef CK_TEMPLATE
