// What layer normalisation hands to its jobs.
#pragma once
#include "ck_normalize.h"
#include "op.h"
#include "partition.h"

typedef struct {
    ck_owner owner;
    const float *x, *scale, *bias;
    float *y;
    size_t rows, length;
    float epsilon;
} ck_layer_norm_data;
