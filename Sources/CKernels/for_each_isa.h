// Compiles the file named by CK_TEMPLATE once for each instruction set:
//
//     #define CK_TEMPLATE "conv_direct.inc"
//     #include "for_each_isa.h"
//
// Inside the template CK_NAME(f) is f with the set's name (ck_f32_conv__avx512), LANES is the number of floats in a
// vector, and everything in simd.h has its meaning for this set. A template ends in a table of its kernels,
// `static const some_kernels CK_NAME(kernels) = {...};`, and CK_ISA_TABLE(kernels) lists these tables by ck_isa.
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "ck_core.h"

#ifndef CK_ISA_NAMES
#define CK_ISA_NAMES
#define CK_JOIN_EXPANDED(a, b) a##b
#define CK_JOIN(a, b) CK_JOIN_EXPANDED(a, b)
#define CK_NAME(f) CK_JOIN(f, CK_SUFFIX)
#if defined(__x86_64__)
#define CK_ISA_TABLE(name) {&name##__portable, &name##__avx2, &name##__avx512}
#else
#define CK_ISA_TABLE(name) {&name##__portable, NULL, NULL}
#endif
#endif

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"  // functions with vector arguments are inlined: no vector crosses a call
#define CK_SUFFIX __portable
#define CK_TARGET 0
#define LANES 8
#include "simd.h"
#include CK_TEMPLATE
#undef CK_SUFFIX
#undef CK_TARGET
#undef LANES

#if defined(__x86_64__)
#define CK_SUFFIX __avx2
#define CK_TARGET 1
#define LANES 8
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "simd.h"
#include CK_TEMPLATE
#pragma clang attribute pop
#undef CK_SUFFIX
#undef CK_TARGET
#undef LANES

#define CK_SUFFIX __avx512
#define CK_TARGET 2
#define LANES 16
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma,avx2,evex512"))), apply_to = function)
#include "simd.h"
#include CK_TEMPLATE
#pragma clang attribute pop
#undef CK_SUFFIX
#undef CK_TARGET
#undef LANES
#endif
#undef CK_TEMPLATE
#pragma clang diagnostic pop
