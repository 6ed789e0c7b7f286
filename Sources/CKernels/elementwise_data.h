// What the element-wise operations hand to their jobs.
#pragma once
#include "axes.h"
#include "ck_elementwise.h"
#include "op.h"
#include "partition.h"

// Work goes in chunks of at most this many elements, so that what one pass writes the next finds in the first cache.
enum { CK_CHUNK = 1024 };

typedef struct {
    ck_owner owner;
    ck_activation activation;
    const float *x;
    float *y;
    size_t count, inner, units;  // a unit is a chunk
    int channels;
} ck_unary_data;

typedef struct {
    ck_owner owner;
    ck_binary_kind kind;
    ck_activation activation;
    const float *a, *b;
    float *y;
    ck_axes axes;  // without the last; operands y, a, b
    ptrdiff_t length, a_stride, b_stride, pieces, units;  // the last axis, in chunks
} ck_binary_data;

typedef struct {
    ck_owner owner;
    ck_binary_kind kind;
    ck_activation activation;
    ck_blocked a, b, y;
    int b_constant, b_batch;  // b is one value per channel (and per picture unless b_batch is 1)
    const float *scale, *shift;
} ck_blocked_data;
