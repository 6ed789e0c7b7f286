// Resizing of interleaved 8-bit RGB to planes of normalised floats by weighted sums over areas.
#pragma once
#include "ck_core.h"

typedef struct {
    const uint8_t *samples;  // [rows][columns][3]
    ptrdiff_t row_samples;   // from one row to the next
    int columns;             // of the picture
    // Row y of the result is the sum over t of row_weights[row_offsets[y] + t] * source row row_starts[y] + t, with t
    // up to row_offsets[y + 1]; row_weights NULL: all are 1.
    const int32_t *row_starts, *row_offsets;
    const float *row_weights;
    // Column x is the sum over t < column_taps of column_weights[x * column_taps + t] * source column column_starts[x] + t.
    // Starts never decrease and are in 0...columns; what lies at or past `columns` has weight 0.
    const int32_t *column_starts;
    const float *column_weights;
    int column_taps;
    // The sums of row y and column x are divided by the first and then by the second of these; NULL: not at all.
    const float *row_divisors, *column_divisors;
    int to_bytes;              // round to integers (ties to even) in 0...255 before what follows
    int channels[3];           // of the picture, for each plane
    float scales[3], shifts[3];  // plane = sum * scale + shift
} ck_area;

// Floats of scratch that ck_area_row needs for `count` columns from `column` on.
size_t ck_area_scratch(const ck_area *area, int column, int count);
// Columns column ..< column + count of row `row` of the result into out[plane * plane_stride + i].
void ck_area_row(ck_isa isa, const ck_area *area, int row, int column, int count, float *scratch, float *out,
                 ptrdiff_t plane_stride);
