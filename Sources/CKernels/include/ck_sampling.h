// Reading pictures at given places. f32, planar.
#pragma once
#include "ck_core.h"

typedef struct {
    int batch, channels, height, width;
    int places;         // of each picture
    int aligns_corners; // whether -1 and 1 are the centres of the outer elements
    int clamps;         // whether places beyond the border read the border, not zeros
} ck_grid_sample_options;

// out[n][c][p] is x[n][c] mixed linearly at grid[n][p] = (x, y), -1 to 1 from one end of the axis to the other.
ck_op *ck_grid_sample(const ck_grid_sample_options *options, const float *x, const float *grid, float *out);
