// The readable twins of the convolutions and of the matrix product: planar arrays, scalar code, sums in double. For tests.
#pragma once
#include "ck_conv.h"
#include "ck_matmul.h"

typedef struct {
    int batch, in_channels, in_height, in_width, out_channels, out_height, out_width;
} ck_reference_sizes;

// One value through an activation; `channel` selects the slope.
double ck_reference_activation(const ck_activation *activation, double x, int channel);
// in, out, residual (or NULL): [batch][channels][height][width]; weights and bias as ck_conv.
void ck_reference_conv(const ck_conv_options *options, const ck_reference_sizes *sizes, const float *in, const float *residual,
                       const float *weights, const float *bias, float *out);
void ck_reference_conv_transposed(const ck_conv_options *options, const ck_reference_sizes *sizes, const float *in,
                                  const float *weights, const float *bias, float *out);
void ck_reference_matmul(const ck_matmul_options *options, const float *a, const float *b, const float *bias, float *c);
