// Elementary functions of vectors and the activations. Part of simd.h. Polynomials: S. Moshier, Cephes library (expf,
// logf, tanhf, erff), and Abramowitz and Stegun, 7.1.26.
#ifndef CK_SIMD_MATH_NAMES
#define CK_SIMD_MATH_NAMES
#define exp_v CK_NAME(exp_v)
#define log_v CK_NAME(log_v)
#define log1p_v CK_NAME(log1p_v)
#define exp_of_negative CK_NAME(exp_of_negative)
#define one_plus_exp_minus CK_NAME(one_plus_exp_minus)
#define sigmoid_v CK_NAME(sigmoid_v)
#define silu_v CK_NAME(silu_v)
#define tanh_v CK_NAME(tanh_v)
#define erf_v CK_NAME(erf_v)
#define softplus_v CK_NAME(softplus_v)
#define mish_v CK_NAME(mish_v)
#define gelu_v CK_NAME(gelu_v)
#define gelu_tanh_v CK_NAME(gelu_tanh_v)
#define elu_v CK_NAME(elu_v)
#define apply_activation CK_NAME(apply_activation)
#define activate CK_NAME(activate)
#endif

#if CK_TARGET != 2
// 2^f for |f| <= 1/2; fitted for the least relative error, 1e-7.
INLINE vec CK_NAME(two_to_fraction)(vec f) {
    vec p = splat(1.3264725e-3f);
    p = p * f + splat(9.6715130e-3f);
    p = p * f + splat(5.5507336e-2f);
    p = p * f + splat(2.4022242e-1f);
    p = p * f + splat(6.9314700e-1f);
    return p * f + splat(1.0f);
}
#endif
// e^r for x = n ln 2 + r, |r| <= ln 2 / 2.
INLINE vec CK_NAME(exp_near)(vec x, vec n) {
    vec r = x - n * splat(0.693359375f);
    r = r - n * splat(-2.12194440e-4f);
    vec p = splat(1.9875691500e-4f);
    p = p * r + splat(1.3981999507e-3f);
    p = p * r + splat(8.3334519073e-3f);
    p = p * r + splat(4.1665795894e-2f);
    p = p * r + splat(1.6666665459e-1f);
    p = p * r + splat(5.0000001201e-1f);
    return p * (r * r) + r + splat(1.0f);
}
// e^x within 2 ulp. Overflow gives infinity, underflow 0, NaN stays.
INLINE vec exp_v(vec x) {
#if CK_TARGET != 2
    x = vmin(splat(89.0f), vmax(splat(-104.0f), x));
#endif
    const vec n = vround(x * splat(1.44269504f));
    vec p = CK_NAME(exp_near)(x, n);
#if CK_TARGET == 2
    // Infinite x: r is NaN above, and scalef would keep it.
    p = (vec)_mm512_scalef_ps((__m512)p, (__m512)n);
    p = vselect(x > splat(89.0f), splat(INFINITY), p);
    return vselect(x < splat(-104.0f), splat(0.0f), p);
#else
    // 2^n in two factors: n reaches 128 and -150.
    const ivec i = to_int(n), half = i >> 1;
    return p * (vec)((half + 127) << 23) * (vec)((i - half + 127) << 23);
#endif
}
// ln x for normal x > 0; 0 gives -infinity, negative gives NaN.
INLINE vec log_v(vec x) {
    const ivec bits = (ivec)x;
    ivec e = (bits >> 23) - 126;
    vec m = (vec)((bits & 0x007fffff) | 0x3f000000);  // [0.5, 1)
    const ivec low = m < splat(0.70710678f);
    e = e + low;  // the mask is -1
    m = m + (vec)((ivec)m & low) - splat(1.0f);
    const vec z = m * m, n = to_float(e);
    vec p = splat(7.0376836292e-2f);
    p = p * m + splat(-1.1514610310e-1f);
    p = p * m + splat(1.1676998740e-1f);
    p = p * m + splat(-1.2420140846e-1f);
    p = p * m + splat(1.4249322787e-1f);
    p = p * m + splat(-1.6668057665e-1f);
    p = p * m + splat(2.0000714765e-1f);
    p = p * m + splat(-2.4999993993e-1f);
    p = p * m + splat(3.3333331174e-1f);
    vec y = p * m * z;
    y = y + n * splat(-2.12194440e-4f);
    y = y - splat(0.5f) * z;
    y = (m + y) + n * splat(0.693359375f);
    y = vselect(x < splat(INFINITY), y, x);
    y = vselect(x == splat(0.0f), splat(-INFINITY), y);
    return vselect(x < splat(0.0f), splat(NAN), y);
}
// ln(1 + x) for 0 <= x <= 1, also for tiny x.
INLINE vec log1p_v(vec x) {
    const vec w = x + splat(1.0f), d = w - splat(1.0f);
    return vselect(d == splat(0.0f), x, log_v(w) * x / vselect(d == splat(0.0f), splat(1.0f), d));
}
#if CK_TARGET == 2
// 2^t = 2^floor(n) 2^(n - floor(n)) 2^f, where n is the multiple of 1/32 nearest to t: two steps for |f| <= 1/64, a table.
static const float CK_NAME(thirty_seconds)[32] __attribute__((aligned(64))) = {
    1.0f, 1.0218972f, 1.04427373f, 1.06714046f, 1.09050775f, 1.1143868f, 1.13878858f, 1.1637249f,
    1.18920708f, 1.21524739f, 1.24185777f, 1.26905096f, 1.29683959f, 1.32523668f, 1.35425556f, 1.38390994f,
    1.41421354f, 1.44518077f, 1.47682619f, 1.50916445f, 1.54221082f, 1.5759809f, 1.61049032f, 1.64575553f,
    1.68179286f, 1.71861935f, 1.75625217f, 1.79470909f, 1.8340081f, 1.87416768f, 1.91520655f, 1.95714414f,
};
INLINE vec CK_NAME(nearest_thirty_second)(vec x, vec factor, vec *root) {
    const vec shift = splat(393216.0f), sum = x * factor + shift;  // 1.5 * 2^23 / 32: the last bits count thirty-seconds
    const float *table = CK_NAME(thirty_seconds);
    *root = (vec)_mm512_permutex2var_ps((__m512)load(table), (__m512i)sum, (__m512)load(table + LANES));
    return sum - shift;
}
INLINE vec CK_NAME(two_to)(vec n, vec root, vec f) {
    const vec p = (splat(0.24022651f) * f + splat(0.69314718f)) * f + splat(1.0f);
    return (vec)_mm512_scalef_ps((__m512)(p * root), (__m512)n);
}
// e^x for x <= 0 within 2 ulp; x is cut to -87, where it is 1.6e-38. NaN stays.
INLINE vec exp_of_negative(vec x) {
    x = vmax(splat(-87.0f), x);
    vec root;
    const vec n = CK_NAME(nearest_thirty_second)(x, splat(1.44269504f), &root);
    return CK_NAME(two_to)(n, root, (x * splat(1.44269504f) - n) + x * splat(1.925963033e-8f));
}
#elif CK_TARGET == 1
// The same within 2.3 ulp, relative error 1.9e-7, with few constants: what exp_v needs of them does not fit 16 registers in a
// loop. x is cut to -86, where it is 4.5e-38.
INLINE vec exp_of_negative(vec x) {
    x = vmax(splat(-86.0f), x);
    const vec n = vround(x * splat(1.44269504f));
    const vec p = CK_NAME(two_to_fraction)((x * splat(1.44269504f) - n) + x * splat(1.925963033e-8f));
    return (vec)((ivec)p + (to_int(n) << 23));
}
#else
// As exp_v: 2^n is no smaller than 2^-126, and one factor.
INLINE vec exp_of_negative(vec x) {
    x = vmax(splat(-87.0f), x);
    const vec n = vround(x * splat(1.44269504f));
    return CK_NAME(exp_near)(x, n) * (vec)((to_int(n) + 127) << 23);
}
#endif
// 1 + e^-x with fewer steps than exp_v: relative error 3e-7 for |x| < 20 and up to 4e-6 beyond, where the quotient is
// nearly 0 or exactly 1; x is cut to 87 or 88 either way. SiLU is the most frequent activation of all.
#if CK_TARGET == 2
INLINE vec one_plus_exp_minus(vec x) {
    x = vmin(splat(88.0f), x);  // infinity would give a NaN
    vec root;
    const vec n = CK_NAME(nearest_thirty_second)(x, splat(-1.44269504f), &root);
    return CK_NAME(two_to)(n, root, x * splat(-1.44269504f) - n) + splat(1.0f);
}
#else
INLINE vec one_plus_exp_minus(vec x) {
    x = vmin(splat(87.0f), vmax(splat(-87.0f), x));
    const vec n = vround(x * splat(-1.44269504f));
    const vec p = CK_NAME(two_to_fraction)(x * splat(-1.44269504f) - n);
    return (vec)((ivec)p + (to_int(n) << 23)) + splat(1.0f);
}
#endif
INLINE vec sigmoid_v(vec x) { return splat(1.0f) / one_plus_exp_minus(x); }
#if CK_BF16
// Relative error below 2e-4: results are rounded to 8 bits before they meet weights. A third faster.
INLINE vec silu_v(vec x) {
    const vec t = vmin(splat(88.0f), x) * splat(-1.44269504f), n = vround(t), f = t - n;
    vec p = splat(5.5171095e-2f);  // fitted for the least relative error, 7.5e-5
    p = p * f + splat(2.4260999e-1f);
    p = p * f + splat(6.9326097e-1f);
    p = p * f + splat(9.9992812e-1f);
    return x * (vec)_mm512_rcp14_ps(_mm512_scalef_ps((__m512)p, (__m512)n) + (__m512)splat(1.0f));
}
#else
INLINE vec silu_v(vec x) { return x / one_plus_exp_minus(x); }
#endif
INLINE vec tanh_v(vec x) {
    const vec a = vabs(x), z = x * x;
    vec p = splat(-5.70498872745e-3f);
    p = p * z + splat(2.06390887954e-2f);
    p = p * z + splat(-5.37397155531e-2f);
    p = p * z + splat(1.33314422036e-1f);
    p = p * z + splat(-3.33332819422e-1f);
    const vec near = p * z * x + x;
    const vec far = vcopysign(splat(1.0f) - splat(2.0f) / (exp_v(a + a) + splat(1.0f)), x);
    return vselect(a < splat(0.625f), near, vselect(x == x, far, x));
}
// Absolute error below 2e-7.
INLINE vec erf_v(vec x) {
    const vec a = vabs(x), z = x * x;
    vec p = splat(7.853861353153693e-5f);
    p = p * z + splat(-8.010193625184903e-4f);
    p = p * z + splat(5.188327685732524e-3f);
    p = p * z + splat(-2.685381193529856e-2f);
    p = p * z + splat(1.128358514861418e-1f);
    p = p * z + splat(-3.761262582423300e-1f);
    p = p * z + splat(1.128379165726710e0f);
    const vec t = splat(1.0f) / (splat(1.0f) + splat(0.3275911f) * a);
    vec q = splat(1.061405429f);
    q = q * t + splat(-1.453152027f);
    q = q * t + splat(1.421413741f);
    q = q * t + splat(-0.284496736f);
    q = q * t + splat(0.254829592f);
    const vec far = vcopysign(splat(1.0f) - q * t * exp_v(-z), x);
    return vselect(a < splat(1.0f), p * x, vselect(x == x, far, x));
}
// ln(1 + e^x)
INLINE vec softplus_v(vec x) { return vmax(splat(0.0f), x) + log1p_v(exp_v(-vabs(x))); }
// x tanh(ln(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2); the quotient is 1 in f32 for x > 20.
INLINE vec mish_v(vec x) {
    const vec e = exp_v(vmin(splat(20.0f), x)), n = e * (e + splat(2.0f));
    return x * (n / (n + splat(2.0f)));
}
INLINE vec gelu_v(vec x) { return splat(0.5f) * x * (splat(1.0f) + erf_v(x * splat(0.70710678118f))); }
INLINE vec gelu_tanh_v(vec x) {
    return splat(0.5f) * x * (splat(1.0f) + tanh_v(splat(0.7978845608f) * (x + splat(0.044715f) * x * x * x)));
}
// a (e^x - 1) below zero: e^x - 1 = 2 tanh(x / 2) / (1 - tanh(x / 2)) keeps its precision near zero.
INLINE vec elu_v(vec x, vec a) {
    const vec t = tanh_v(splat(0.5f) * vmin(splat(0.0f), x));
    return vselect(x < splat(0.0f), a * ((t + t) / (splat(1.0f) - t)), x);
}

// values[i] = f(values[i]) for count vectors in memory; slopes: one vector, read for CK_ACT_PRELU only.
// The kinds are told apart once, outside the loop.
#define CK_EACH(expression)               \
    for (int i = 0; i < count; i++) {     \
        const vec x = v[i];               \
        v[i] = (expression);              \
    }                                     \
    return
INLINE void CK_NAME(activate_vectors)(vec *v, int count, const ck_activation *f, vec slopes) {
    const vec zero = splat(0.0f), one = splat(1.0f), a = splat(f->a), b = splat(f->b);
    switch (f->kind) {
        case CK_ACT_IDENTITY: return;
        case CK_ACT_RELU: CK_EACH(vmax(zero, x));
        case CK_ACT_LEAKY: CK_EACH(vselect(x < zero, a * x, x));
        case CK_ACT_PRELU: CK_EACH(vselect(x < zero, slopes * x, x));
        case CK_ACT_CLIP: CK_EACH(vmin(b, vmax(a, x)));
        case CK_ACT_SIGMOID: CK_EACH(sigmoid_v(x));
        case CK_ACT_TANH: CK_EACH(tanh_v(x));
        case CK_ACT_SILU: CK_EACH(silu_v(x));
        case CK_ACT_MISH: CK_EACH(mish_v(x));
        case CK_ACT_GELU: CK_EACH(gelu_v(x));
        case CK_ACT_GELU_TANH: CK_EACH(gelu_tanh_v(x));
        case CK_ACT_HARD_SIGMOID: CK_EACH(vmin(one, vmax(zero, a * x + b)));
        case CK_ACT_HARD_SWISH: CK_EACH(x * vmin(one, vmax(zero, x * splat(1.0f / 6) + splat(0.5f))));
        case CK_ACT_ELU: CK_EACH(elu_v(x, a));
        case CK_ACT_SOFTPLUS: CK_EACH(softplus_v(x));
        case CK_ACT_EXP: CK_EACH(exp_v(x));
        case CK_ACT_SQRT: CK_EACH(vsqrt(x));
        case CK_ACT_ABS: CK_EACH(vabs(x));
        case CK_ACT_NEGATE: CK_EACH(-x);
        case CK_ACT_RECIPROCAL: CK_EACH(one / x);
        case CK_ACT_AFFINE: CK_EACH(a * x + b);
    }
}
#undef CK_EACH
// A call and not inlined: 21 loops are too much code for every tile of every kernel. values: aligned to a vector.
NOINLINE void activate(float *values, int count, const ck_activation *f, const float *slopes) {
    CK_NAME(activate_vectors)((vec *)values, count, f, f->kind == CK_ACT_PRELU ? load(slopes) : splat(0.0f));
}
// One vector; f->kind should not change within a loop.
INLINE vec apply_activation(vec x, const ck_activation *f, vec slopes) {
    CK_NAME(activate_vectors)(&x, 1, f, slopes);
    return x;
}
