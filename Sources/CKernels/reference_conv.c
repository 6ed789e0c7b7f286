// Scalar twins of the convolutions and of the matrix product: the definitions, written down.
#include <math.h>
#include <stddef.h>
#include "ck_reference_conv.h"

double ck_reference_activation(const ck_activation *f, double x, int channel) {
    const double a = f->a, b = f->b;
    switch (f->kind) {
        case CK_ACT_IDENTITY: return x;
        case CK_ACT_RELU: return x > 0 ? x : 0;
        case CK_ACT_LEAKY: return x < 0 ? a * x : x;
        case CK_ACT_PRELU: return x < 0 ? f->slopes[channel] * x : x;
        case CK_ACT_CLIP: return fmin(fmax(x, a), b);
        case CK_ACT_SIGMOID: return 1 / (1 + exp(-x));
        case CK_ACT_TANH: return tanh(x);
        case CK_ACT_SILU: return x / (1 + exp(-x));
        case CK_ACT_MISH: return x * tanh(log1p(exp(x)));
        case CK_ACT_GELU: return 0.5 * x * (1 + erf(x * sqrt(0.5)));
        case CK_ACT_GELU_TANH: return 0.5 * x * (1 + tanh(sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
        case CK_ACT_HARD_SIGMOID: return fmin(fmax(a * x + b, 0), 1);
        case CK_ACT_HARD_SWISH: return x * fmin(fmax(x / 6 + 0.5, 0), 1);
        case CK_ACT_ELU: return x < 0 ? a * expm1(x) : x;
        case CK_ACT_SOFTPLUS: return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
        case CK_ACT_EXP: return exp(x);
        case CK_ACT_SQRT: return sqrt(x);
        case CK_ACT_ABS: return fabs(x);
        case CK_ACT_NEGATE: return -x;
        case CK_ACT_RECIPROCAL: return 1 / x;
        case CK_ACT_AFFINE: return a * x + b;
    }
    return x;
}
void ck_reference_conv(const ck_conv_options *o, const ck_reference_sizes *s, const float *in, const float *residual,
                       const float *weights, const float *bias, float *out) {
    const int in_group = s->in_channels / o->groups, out_group = s->out_channels / o->groups;
    size_t at = 0;
    for (int n = 0; n < s->batch; n++)
        for (int c = 0; c < s->out_channels; c++)
            for (int y = 0; y < s->out_height; y++)
                for (int x = 0; x < s->out_width; x++, at++) {
                    double sum = bias ? bias[c] : 0;
                    for (int i = 0; i < in_group; i++)
                        for (int ky = 0; ky < o->kernel_h; ky++)
                            for (int kx = 0; kx < o->kernel_w; kx++) {
                                const int iy = y * o->stride_h - o->pad_top + ky * o->dilation_h;
                                const int ix = x * o->stride_w - o->pad_left + kx * o->dilation_w;
                                if (iy < 0 || iy >= s->in_height || ix < 0 || ix >= s->in_width) continue;
                                const int channel = c / out_group * in_group + i;
                                const double pixel = in[(((size_t)n * s->in_channels + channel) * s->in_height + iy) * s->in_width + ix];
                                sum += pixel * weights[(((size_t)c * in_group + i) * o->kernel_h + ky) * o->kernel_w + kx];
                            }
                    const double r = residual ? residual[at] : 0;
                    out[at] = (float)(o->residual_after_activation ? ck_reference_activation(&o->activation, sum, c) + r
                                                                   : ck_reference_activation(&o->activation, sum + r, c));
                }
}
void ck_reference_conv_transposed(const ck_conv_options *o, const ck_reference_sizes *s, const float *in,
                                  const float *weights, const float *bias, float *out) {
    const int in_group = s->in_channels / o->groups, out_group = s->out_channels / o->groups;
    size_t at = 0;
    for (int n = 0; n < s->batch; n++)
        for (int c = 0; c < s->out_channels; c++)
            for (int y = 0; y < s->out_height; y++)
                for (int x = 0; x < s->out_width; x++, at++) {
                    double sum = bias ? bias[c] : 0;
                    for (int i = 0; i < in_group; i++)
                        for (int ky = 0; ky < o->kernel_h; ky++)
                            for (int kx = 0; kx < o->kernel_w; kx++) {
                                const int sy = y + o->pad_top - ky * o->dilation_h, sx = x + o->pad_left - kx * o->dilation_w;
                                if (sy < 0 || sx < 0 || sy % o->stride_h || sx % o->stride_w) continue;
                                const int iy = sy / o->stride_h, ix = sx / o->stride_w;
                                if (iy >= s->in_height || ix >= s->in_width) continue;
                                const int channel = c / out_group * in_group + i;
                                const double pixel = in[(((size_t)n * s->in_channels + channel) * s->in_height + iy) * s->in_width + ix];
                                sum += pixel * weights[(((size_t)channel * out_group + c % out_group) * o->kernel_h + ky) * o->kernel_w + kx];
                            }
                    out[at] = (float)ck_reference_activation(&o->activation, sum, c);
                }
}
void ck_reference_matmul(const ck_matmul_options *o, const float *a, const float *b, const float *bias, float *c) {
    for (int p = 0; p < o->batch; p++) {
        const float *pa = a + (o->a_offsets ? o->a_offsets[p] : 0), *pb = b + (o->b_offsets ? o->b_offsets[p] : 0);
        float *pc = c + (o->c_offsets ? o->c_offsets[p] : 0);
        for (int i = 0; i < o->m; i++)
            for (int j = 0; j < o->n; j++) {
                double sum = 0;
                for (int k = 0; k < o->k; k++) sum += (double)pa[i * o->a_row + k * o->a_column] * pb[k * o->b_row + j * o->b_column];
                pc[i * o->c_row + j] = (float)ck_reference_activation(&o->activation, o->alpha * sum + (bias ? bias[j] : 0), j);
            }
    }
}
