// Resizing of blocked tensors by tables, so that every coordinate convention is the caller's.
#pragma once
#include "ck_core.h"

// out(y, x) = in(rows[y], columns[x]). Tables are copied.
ck_op *ck_resize_nearest(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rows, const int *columns);
// Row y mixes in rows rows0[y] and rows1[y] with weight row_weights[y] for the second; columns alike. Tables are copied.
ck_op *ck_resize_linear(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rows0, const int *rows1,
                        const float *row_weights, const int *columns0, const int *columns1, const float *column_weights);
