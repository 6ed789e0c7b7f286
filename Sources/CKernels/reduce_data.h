// What the reductions hand to their jobs.
#pragma once
#include "ck_reduce.h"
#include "op.h"
#include "partition.h"

typedef struct {
    ck_owner owner;
    ck_reduce_kind kind;
    int logarithm;
    const float *x, *weights;
    float *y;
    size_t outer, length, inner;
    size_t chunk, chunks;  // columns of one unit; units per outer index
} ck_reduce_data;
