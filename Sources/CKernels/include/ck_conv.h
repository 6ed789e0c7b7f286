// Convolutions of blocked tensors, with bias, residual and activation applied while the sums are in registers.
#pragma once
#include "ck_core.h"

typedef struct {
    int groups;
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int pad_top, pad_left;  // bottom and right follow from the sizes; the input's border is at least every padding
    ck_activation activation;
    // 1: y = activation(conv + bias) + residual;  0: y = activation(conv + bias + residual)
    int residual_after_activation;
    // 1, where ck_bf16_available: inputs and weights (of Winograd, their transforms) are rounded to bfloat16; their products
    // are exact and sums, bias, residual and activation f32. Depthwise and planar convolutions stay f32, as all do elsewhere.
    int bf16;
    // 1: where a run costs little more for it (up to a third), weights take no more memory than they have: soon made. The
    // results are the same.
    int few_runs;
} ck_conv_options;

// weights: [out channels][in channels / groups][kernel_h][kernel_w]; bias: [out channels] or NULL; both are copied (packed).
// residual: same sizes as out, or NULL; may share planes with out. in and out do not overlap.
// The algorithm (direct, Winograd, depthwise, ...) is chosen from the shapes alone.
ck_op *ck_conv(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
               const ck_blocked *residual, const float *weights, const float *bias);

// The same convolution of several pictures: lists of `pictures` inputs, outputs and (or NULL) residuals. Each gets the
// algorithm that ck_conv would choose for it alone, and the same bits.
ck_op *ck_conv_pictures(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
                        const ck_blocked *residual, int pictures, const float *weights, const float *bias);

// As ck_conv, each output element by one sum in one order: equal neighbourhoods give equal bits, wherever they lie.
ck_op *ck_conv_positionwise(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
                            const ck_blocked *residual, const float *weights, const float *bias);

// Planar pictures [batch][channels][height][width] without border, or the same rectangle of each.
typedef struct {
    const float *values;
    int channels, height, width;
    ptrdiff_t row, plane;  // elements from one row, or channel, to the next; pictures are `channels` planes apart
} ck_planar;
// The first layer: few channels (at most 8), groups 1.
ck_op *ck_conv_planar_input(ck_isa isa, const ck_conv_options *options, const ck_planar *in, const ck_blocked *out,
                            const float *weights, const float *bias);

// Arrays to write to: element (n, c, y, x) lies at values[n * picture_stride + c * channel_stride + (y * width + x) *
// pixel_stride]; one of the last two strides is 1.
typedef struct {
    float *values;
    int channels, height, width;
    ptrdiff_t picture_stride, channel_stride, pixel_stride;
} ck_planar_output;
// As ck_conv with groups 1 and without residual, for kernels that need no border and weights that stay in the second
// cache (some 65,536), and at most 2048 channels: direct.
ck_op *ck_conv_planar_output(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_planar_output *to,
                             const float *weights, const float *bias);

// As ck_conv or (of `planar`; `in` is NULL) ck_conv_planar_input, without residual, and then the maximum of each 2 x 2 of
// its outputs, of which there are twice as many a row and rows as in `out`: what lies between takes no memory of the plan.
// The border of `in` is at least as wide as the padding, and there are at most 2048 channels.
ck_op *ck_conv_pooled(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_planar *planar,
                      const ck_blocked *out, const float *weights, const float *bias);

// One of several convolutions in a row, with the sizes of its output.
typedef struct {
    ck_conv_options options;
    const float *weights, *bias;
    int channels, height, width;
} ck_conv_stage;
// 2 to 4 convolutions, each the only reader of the one before, run depth first in bands of rows: what lies between them
// stays in cache and takes no memory of the plan. Every stage has groups 1 or is depthwise with as many outputs as inputs.
// The first reads `in`, or (in NULL) planar pictures of few channels. The residual, if any, is the last stage's.
ck_op *ck_conv_chain(ck_isa isa, const ck_blocked *in, const ck_planar *planar, const ck_conv_stage *stages, int count,
                     const ck_blocked *out, const ck_blocked *residual);

// Transposed convolution; weights: [in channels][out channels / groups][kernel_h][kernel_w].
// out(y) collects in(i) * w(k) where y = i * stride - pad + k * dilation.
ck_op *ck_conv_transposed(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
                          const float *weights, const float *bias);
