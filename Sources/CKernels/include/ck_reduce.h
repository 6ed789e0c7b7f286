// Reductions of planar arrays seen as [outer][length][inner], over the middle axis. f32.
#pragma once
#include "ck_core.h"

typedef enum {
    CK_REDUCE_SUM = 0, CK_REDUCE_MEAN, CK_REDUCE_MAX, CK_REDUCE_MIN, CK_REDUCE_L1, CK_REDUCE_L2, CK_REDUCE_SUM_SQUARE
} ck_reduce_kind;
ck_op *ck_reduce(ck_isa isa, ck_reduce_kind kind, const float *x, float *y, size_t outer, size_t length, size_t inner);
// Same sizes in and out; x and y may be the same array.
ck_op *ck_softmax(ck_isa isa, int logarithm, const float *x, float *y, size_t outer, size_t length, size_t inner);
// y[outer][inner] = sum over k of weights[k] * softmax(x)[outer][k][inner]; weights [length] are copied. With the weights
// 0, 1, 2, ... this is the expected bin of a distribution (the box sides of YOLOv8 and of generalised focal loss heads).
ck_op *ck_softmax_mean(ck_isa isa, const float *x, const float *weights, float *y, size_t outer, size_t length,
                       size_t inner);
