// The proposal network of a face cascade (P-Net, Zhang et al. 2016, arXiv:1604.02878), fused: rows of a level's pixels go
// through three convolutions and the heads in one pass over memory that stays in the cache.
//
//     convolution 3x3, 3 -> 10, PReLU    [10, height - 2, width - 2]
//     maximum 2x2, stride 2              [10, pooled height, pooled width]
//     convolution 3x3, 10 -> 16, PReLU
//     convolution 3x3, 16 -> 32, PReLU
//     convolution 1x1, 32 -> 6           [6, pooled height - 4, pooled width - 4]: the cells
#pragma once
#include "ck_core.h"

enum { CK_PROPOSAL_HEADS = 6 };

// Kernels [out][in][y][x], biases and slopes [out]; heads [6][32]: not a face, face, four regressions.
typedef struct {
    const float *kernels[3], *biases[3], *slopes[3];
    const float *heads, *head_biases;
} ck_proposal_weights;

typedef struct ck_proposal ck_proposal;
// Packs the weights for an instruction set. NULL when there is no memory.
ck_proposal *ck_proposal_create(ck_isa isa, const ck_proposal_weights *weights);
void ck_proposal_destroy(ck_proposal *proposal);

// A rectangle of a level's cells. Cell (x, y) sees 12 x 12 pixels of the level from (2 x, 2 y) on. Windows of the maximum
// that leave the level are cut to it.
typedef struct {
    int level_width, level_height;  // in pixels, at least 12
    int column, row, columns, rows;  // cells, columns and rows positive
} ck_proposal_tile;

// Gives pixels column ..< column + count of row `row` of the level, in planes: out[plane * plane_stride + i].
typedef struct {
    void (*fill)(void *context, int row, int column, int count, float *out, ptrdiff_t plane_stride);
    void *context;
} ck_proposal_rows;

// A cell of the level, with its heads.
typedef struct {
    int32_t column, row;
    float heads[CK_PROPOSAL_HEADS];
} ck_proposal_hit;
// Grows as needed; begin with zeros.
typedef struct {
    ck_proposal_hit *hits;
    size_t count, capacity;
} ck_proposal_hits;
void ck_proposal_hits_free(ck_proposal_hits *hits);

// Bytes of scratch for tiles of up to so many columns.
size_t ck_proposal_scratch(const ck_proposal *proposal, int columns);
// Appends the cells with head[1] - head[0] >= least, or not a number, row by row. `scratch` is aligned to 64 bytes.
// The result depends on the tile only up to rounding. 1 when done, 0 when there is no memory for the hits.
int ck_proposal_run(const ck_proposal *proposal, const ck_proposal_tile *tile, ck_proposal_rows rows, float least,
                    void *scratch, ck_proposal_hits *hits);
