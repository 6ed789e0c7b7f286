// Reductions of planar arrays seen as [outer][length][inner], over the middle axis. f32.
#pragma once
#include "ck_core.h"

typedef enum { CK_REDUCE_SUM = 0, CK_REDUCE_MEAN, CK_REDUCE_MAX, CK_REDUCE_MIN, CK_REDUCE_L1, CK_REDUCE_L2, CK_REDUCE_SUM_SQUARE } ck_reduce_kind;
ck_op *ck_reduce(ck_isa isa, ck_reduce_kind kind, const float *x, float *y, size_t outer, size_t length, size_t inner);
// Same sizes in and out; x and y may be the same array.
ck_op *ck_softmax(ck_isa isa, int logarithm, const float *x, float *y, size_t outer, size_t length, size_t inner);
