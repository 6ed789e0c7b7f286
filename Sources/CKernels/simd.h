// Vectors of LANES floats, with clang's vector extensions: + - * / and comparisons are operators. Included once per
// instruction set by for_each_isa.h; the names below are macros so that one template source serves every set.
// a * b + c within one expression is contracted to a fused multiply-add where the set has it.
#ifndef CK_SIMD_NAMES
#define CK_SIMD_NAMES
#define INLINE static inline __attribute__((always_inline, unused))
#define NOINLINE static __attribute__((noinline, unused))
#define UNROLL _Pragma("clang loop unroll(full)")
#define vec CK_NAME(vec)
#define uvec CK_NAME(uvec)
#define ivec CK_NAME(ivec)
#define uivec CK_NAME(uivec)
#define splat CK_NAME(splat)
#define isplat CK_NAME(isplat)
#define load CK_NAME(load)
#define loadu CK_NAME(loadu)
#define store CK_NAME(store)
#define storeu CK_NAME(storeu)
#define load_first CK_NAME(load_first)
#define store_first CK_NAME(store_first)
#define vselect CK_NAME(vselect)
#define vmax CK_NAME(vmax)
#define vmin CK_NAME(vmin)
#define vfma CK_NAME(vfma)
#define vabs CK_NAME(vabs)
#define vcopysign CK_NAME(vcopysign)
#define vround CK_NAME(vround)
#define vsqrt CK_NAME(vsqrt)
#define vsum CK_NAME(vsum)
#define vlargest CK_NAME(vlargest)
#define vsmallest CK_NAME(vsmallest)
#define to_int CK_NAME(to_int)
#define to_float CK_NAME(to_float)
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef float uvec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef int32_t uivec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec splat(float x) { return x - (vec){0}; }
INLINE ivec isplat(int x) { return x - (ivec){0}; }
INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE vec loadu(const float *p) { return *(const uvec *)p; }
INLINE void store(float *p, vec v) { *(vec *)p = v; }
INLINE void storeu(float *p, vec v) { *(uvec *)p = v; }
// The first n (0...LANES) elements, the others 0; never touches memory past them.
INLINE vec load_first(const float *p, int n) {
#if CK_TARGET == 2
    return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
    float t[LANES] __attribute__((aligned(4 * LANES))) = {0};
    for (int i = 0; i < n; i++) t[i] = p[i];
    return load(t);
#endif
}
INLINE void store_first(float *p, vec v, int n) {
#if CK_TARGET == 2
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
    float t[LANES] __attribute__((aligned(4 * LANES)));
    store(t, v);
    for (int i = 0; i < n; i++) p[i] = t[i];
#endif
}
// mask (all ones or all zeros, as comparisons give) ? a : b
INLINE vec vselect(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }
// a > b ? a : b and a < b ? a : b, so b when either is NaN.
INLINE vec vmax(vec a, vec b) {
#if CK_TARGET == 2
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif CK_TARGET == 1
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return vselect(a > b, a, b);
#endif
}
INLINE vec vmin(vec a, vec b) {
#if CK_TARGET == 2
    return (vec)_mm512_min_ps((__m512)a, (__m512)b);
#elif CK_TARGET == 1
    return (vec)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return vselect(a < b, a, b);
#endif
}
// a * b + c, fused where the instruction set has it.
INLINE vec vfma(vec a, vec b, vec c) { return a * b + c; }
INLINE vec vabs(vec x) { return (vec)((ivec)x & 0x7fffffff); }
INLINE vec vcopysign(vec size, vec sign) { return (vec)(((ivec)size & 0x7fffffff) | ((ivec)sign & (int)0x80000000)); }
// To the nearest integer, ties to even.
INLINE vec vround(vec x) {
#if CK_TARGET == 2
    return (vec)_mm512_roundscale_ps((__m512)x, 8);
#elif CK_TARGET == 1
    return (vec)_mm256_round_ps((__m256)x, 8);
#else
    const vec big = vcopysign(splat(8388608.0f), x);  // above 2^23 every float is an integer
    return vselect(vabs(x) < splat(8388608.0f), vcopysign((x + big) - big, x), x);
#endif
}
INLINE vec vsqrt(vec x) { return __builtin_elementwise_sqrt(x); }
INLINE ivec to_int(vec x) { return __builtin_convertvector(x, ivec); }  // toward zero
INLINE vec to_float(ivec x) { return __builtin_convertvector(x, vec); }
// Across the lanes, pairwise: the order is the same for every instruction set of the same width.
INLINE float vsum(vec x) {
    float t[LANES] __attribute__((aligned(4 * LANES)));
    store(t, x);
    UNROLL for (int half = LANES / 2; half > 0; half /= 2)
        UNROLL for (int i = 0; i < half; i++) t[i] += t[i + half];
    return t[0];
}
INLINE float vlargest(vec x) {
    float t[LANES] __attribute__((aligned(4 * LANES)));
    store(t, x);
    UNROLL for (int i = 1; i < LANES; i++) t[0] = t[i] > t[0] ? t[i] : t[0];
    return t[0];
}
INLINE float vsmallest(vec x) {
    float t[LANES] __attribute__((aligned(4 * LANES)));
    store(t, x);
    UNROLL for (int i = 1; i < LANES; i++) t[0] = t[i] < t[0] ? t[i] : t[0];
    return t[0];
}
#include "simd_math.h"
