// What the pooling operations hand to their jobs.
#pragma once
#include <float.h>
#include "ck_pooling.h"
#include "op.h"
#include "partition.h"

// Columns of a row of maxima kept on the stack while a window slides along it.
enum { CK_POOL_COLUMNS = 256 };

typedef struct {
    ck_owner owner;
    ck_pooling_options options;
    ck_blocked in, out;
    int separable;
    int whole_first, whole_end;  // output columns whose windows lie inside the picture's width
} ck_pooling_data;

// The positions k in 0 ..< count whose start + k * dilation lies in 0 ..< size: first ..< end.
typedef struct {
    int first, end;
} ck_window;
static inline ck_window ck_cut(int start, int count, int dilation, int size) {
    ck_window w = {start < 0 ? (-start + dilation - 1) / dilation : 0, 0};
    if (start < size) w.end = ck_min(count, (size - 1 - start) / dilation + 1);
    if (w.first > w.end) w.first = w.end;
    return w;
}

// The maximum over each 2 x 2 pixels of two rows of a plane, `row` floats apart: `count` pixels.
void pooling_max_of_pairs(ck_isa isa, const float *in, ptrdiff_t row, float *out, int count);
