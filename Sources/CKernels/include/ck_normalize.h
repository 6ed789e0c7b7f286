// Layer normalisation of planar arrays. f32.
#pragma once
#include "ck_core.h"

// y[row][i] = (x[row][i] - mean) / sqrt(variance + epsilon) * scale[i] + bias[i] over rows of `length` elements, with the
// biased variance of the row. scale and bias (NULL: none) are `length` floats that live as long as the operation.
ck_op *ck_layer_norm(ck_isa isa, const float *x, const float *scale, const float *bias, float *y, size_t rows, size_t length,
                     float epsilon);
