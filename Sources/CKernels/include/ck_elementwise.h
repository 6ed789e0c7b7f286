// Element-wise work on planar arrays and on blocked tensors. f32.
#pragma once
#include "ck_core.h"

typedef enum {
    CK_ADD = 0, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_MAXIMUM, CK_MINIMUM, CK_POWER
} ck_binary_kind;

// y[i] = f(x[i]); x and y may be the same array. (For CK_ACT_PRELU: channel = i / inner % channels.)
ck_op *ck_unary(ck_isa isa, ck_activation activation, const float *x, float *y, size_t count, size_t inner, int channels);

// y = op(a, b) then the activation, over `rank` (at most 8) axes of the sizes in `shape`; y is contiguous;
// strides in elements, 0 where an operand is broadcast. y may be a or b where the strides agree. No CK_ACT_PRELU.
ck_op *ck_binary(ck_isa isa, ck_binary_kind kind, ck_activation activation, const float *a, const float *b, float *y,
                 int rank, const int *shape, const ptrdiff_t *a_strides, const ptrdiff_t *b_strides);

// Blocked forms. b has the sizes of a, or height = width = 1 (one value per picture and channel), or batch = height = width = 1.
ck_op *ck_unary_blocked(ck_isa isa, ck_activation activation, const ck_blocked *x, const ck_blocked *y);
ck_op *ck_binary_blocked(ck_isa isa, ck_binary_kind kind, ck_activation activation, const ck_blocked *a,
                         const ck_blocked *b, const ck_blocked *y);
// y = x * scale[channel] + shift[channel]; both arrays are copied.
ck_op *ck_scale_shift_blocked(ck_isa isa, const ck_blocked *x, const ck_blocked *y, const float *scale, const float *shift);
