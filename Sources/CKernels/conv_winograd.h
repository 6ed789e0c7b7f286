// The transforms of Winograd convolution: 4x4 outputs of a 3x3 kernel with stride 1 or 2.
#pragma once
#include "ck_core.h"

enum { WINOGRAD_TILE = 4, WINOGRAD_MAX_POSITIONS = 81 };
enum { WINOGRAD_STRIDE_1, WINOGRAD_STRIDE_2, WINOGRAD_VARIANTS };

// Where a transformed tile ends.
typedef struct {
    const float *sums;  // [position][...], `stride` elements between positions
    ptrdiff_t stride;
    const float *bias, *slopes;  // one block
    const ck_activation *activation;
    float *out;             // pixel (0, 0) of the tile
    const float *residual;  // likewise, or NULL
    ptrdiff_t out_row, residual_row;
    int skip_y, skip_x;  // rows and columns which belong to neighbouring tiles
    int residual_after_activation;
} winograd_output;

typedef struct {
    // side x side pixels from `in` on -> to[position * stride]
    void (*input)(const float *in, ptrdiff_t row, float *to, ptrdiff_t stride);
    void (*output)(const winograd_output *);
    // Of 2x2 pixels the maximum, to out of half the size: its pixel (0, 0) of the tile; stride 1, without residual. Or NULL.
    void (*pooled_output)(const winograd_output *);
    // 3x3 weights [tap][LANES], aligned -> to[distinct position * stride]
    void (*weights)(const float *taps, float *to, ptrdiff_t stride);
} winograd_kernels;
typedef struct { winograd_kernels variant[WINOGRAD_VARIANTS]; } winograd_variants;

// Positions along a side of a tile, and how many of the first of them share their weights.
static inline int winograd_side(int variant) { return variant == WINOGRAD_STRIDE_1 ? 6 : 9; }
static inline int winograd_shared(int variant) { return variant == WINOGRAD_STRIDE_1 ? 1 : 4; }
enum { WINOGRAD_DISTINCT = 6 };
