// What the resizing operations hand to their jobs.
#pragma once
#include "ck_resize.h"
#include "op.h"
#include "partition.h"

typedef struct {
    ck_owner owner;
    ck_blocked in, out;
    const int *rows0, *rows1, *columns0, *columns1;  // nearest: rows0 and columns0 only
    const float *row_weights, *column_weights;
    int doubles;  // nearest: columns0[x] = x / 2
} ck_resize_data;
