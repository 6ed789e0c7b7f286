// Register tiles of the matrix product.
#pragma once
#include "ck_core.h"

typedef struct {
    int k;
    const float *a;  // packed rows of the tile, see matmul.inc
    const float *b;  // [k][vectors * LANES]
    float *c;
    ptrdiff_t c_row;
    int columns;     // of c, at most vectors * LANES
    int first, last; // of the blocks of k: c is not read before; alpha, bias and activation are applied
    float alpha;
    const float *bias;
    const ck_activation *activation;
} matmul_tile;

// How rows of a lie in working memory: LANES neighbouring k of one row together, or all rows of one k together.
enum { MATMUL_BY_ROW, MATMUL_BY_COLUMN };
enum { MATMUL_MAX_ROWS = 14 };

typedef void (*matmul_kernel)(const matmul_tile *);
typedef struct {
    int max_rows;
    matmul_kernel tile[2][2][MATMUL_MAX_ROWS];  // [layout of a][vectors - 1][rows - 1]
    // Columns [j0, j0 + width) of b -> [k][padded], zeros past width.
    void (*pack_b)(const float *b, ptrdiff_t b_row, ptrdiff_t b_column, int k, int width, int padded, float *to);
    // Rows of a, columns [0, k) -> one tile in the given layout.
    void (*pack_a)(const float *a, ptrdiff_t a_row, ptrdiff_t a_column, int rows, int k, int layout, float *to);
} matmul_kernels;
