// Area resampling: rows first, then columns.
#include "ck_area.h"
#include "partition.h"
#include "op.h"

// Red, green, blue and what follows: sums run over whole pixels.
typedef float pixel __attribute__((vector_size(16)));
typedef float loose_pixel __attribute__((vector_size(16), aligned(4), may_alias));

// Rows of 8-bit samples whose sums fit 16 bits.
enum { AREA_WORD_TAPS = 257 };

typedef void area_row(const ck_area *a, int row, int column, int count, float *scratch, float *out, ptrdiff_t plane_stride);
typedef struct {
    area_row *row;
} area_kernels;

// Source columns under `count` columns of the result.
static int span(const ck_area *a, int column, int count) {
    const int last = a->column_starts[column + count - 1] + a->column_taps;
    return ck_max(ck_min(last, a->columns) - a->column_starts[column], 0);
}
// Sums of rows with zeros after them, as many as the last column's taps may reach.
static size_t sums_count(const ck_area *a, int column, int count) {
    return ((size_t)span(a, column, count) + (size_t)a->column_taps + 2) * 3;
}
// Whole vectors of pixels.
static size_t pixels_count(int count) { return 4 * (((size_t)count + 15) / 16 * 16); }

#define CK_TEMPLATE "area.inc"
#include "for_each_isa.h"

static const area_kernels *const kernels[] = CK_ISA_TABLE(area);

size_t ck_area_scratch(const ck_area *a, int column, int count) {
    return sums_count(a, column, count) + pixels_count(count);
}
void ck_area_row(ck_isa isa, const ck_area *a, int row, int column, int count, float *scratch, float *out,
                 ptrdiff_t plane_stride) {
    if (count > 0) kernels[isa]->row(a, row, column, count, scratch, out, plane_stride);
}
