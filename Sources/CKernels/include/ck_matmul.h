// Products of planar row-major matrices.
#pragma once
#include "ck_core.h"

typedef struct {
    int m, n, k;
    // Element strides of one matrix; a is [m][k], b is [k][n], c is [m][n] with unit column stride in c.
    ptrdiff_t a_row, a_column, b_row, b_column, c_row;
    // Batch: `batch` products, whose operands start at a + a_offsets[i] and so on (arrays are copied; NULL: all 0).
    int batch;
    const ptrdiff_t *a_offsets, *b_offsets, *c_offsets;
    float alpha;
    ck_activation activation;  // no CK_ACT_PRELU
} ck_matmul_options;

// c = activation(alpha * a b + bias), bias: [n] (copied) or NULL.
// constant_b: b never changes and is packed now; otherwise it is packed at every run.
ck_op *ck_matmul(ck_isa isa, const ck_matmul_options *options, const float *a, const float *b, int constant_b,
                 const float *bias, float *c);
