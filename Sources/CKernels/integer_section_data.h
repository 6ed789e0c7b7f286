// What the operations on bytes hand to their jobs, and the table of kernels.
#pragma once
#include "ck_integer_section.h"
#include "op.h"
#include "partition.h"

enum { CK_BYTES_BLOCK = 64 };  // output channels of a convolution's unit, whatever the vectors' width

// 256 bytes, and for look-ups 16 at a time what each has in common (by XOR) with that 16 before it; the first 16 and those from
// 128 on as they are.
typedef struct { uint8_t values[256], steps[256]; } ck_byte_table;

typedef struct {
    ck_owner owner;
    const struct ck_bytes_kernels *kernels;
    ck_bytes_window window;
    ck_bytes in, second, out;
    const ck_byte_table *table;
    const int16_t *pairs;    // packed for the algorithm that multiplies pairs of 16 bits
    int band;                // of rows or tiles that a job has in its working memory at a time
    const int8_t *weights;   // packed: [block][kernel][group of 4 channels][block's channel][4]; depthwise [kernel][channel]
    const int32_t *bias;     // padded to whole blocks, with what in.zero adds taken off
    const float *factors;
    const int32_t *rows, *columns;
    int groups;              // of 4 input channels
    int blocks;
    int multiplies;
    float scale, second_scale, inverse;
    uint8_t out_zero, flip;
    uint8_t *planar_out;
    const uint8_t *planar_in;
    const float *floats_in;
    float *floats_out;
    size_t count;
    int zero, is_signed;
} ck_bytes_data;

typedef struct ck_bytes_kernels {
    const char *name;
    int tile;    // output channels whose weights lie together; 0: those of a block
    int offset;  // what a convolution's products take off the inputs
    // One output row of one block of channels. NULL where there are no exact products of bytes: see bytes_pairs.h.
    void (*conv_row)(const ck_bytes_data *d, int block, int y);
    void (*depthwise_row)(const ck_bytes_data *d, int y);
    // count bytes through a table.
    void (*look_up)(const ck_byte_table *table, const uint8_t *in, uint8_t *out, size_t count);
    void (*binary_row)(const ck_bytes_data *d, int y);
    void (*pool_row)(const ck_bytes_data *d, int y);
    void (*quantize)(const ck_bytes_data *d, size_t from, size_t to);
    void (*dequantize)(const ck_bytes_data *d, size_t from, size_t to);
} ck_bytes_kernels;

static inline size_t ck_bytes_row(const ck_bytes *t) { return (size_t)(t->width + 2 * t->border) * t->pitch; }
static inline uint8_t *ck_bytes_at(const ck_bytes *t, int y, int x) {
    return t->start + (ptrdiff_t)y * (ptrdiff_t)ck_bytes_row(t) + (ptrdiff_t)x * t->pitch;
}

// A new operation with its sizes and table; NULL without memory.
ck_bytes_data *ck_bytes_make(ck_isa isa, const ck_bytes *in, const ck_bytes *out, const uint8_t *table);
// The operation, whose step is cut into jobs of `units` that take about `cost` each.
ck_op *ck_bytes_finish(ck_bytes_data *d, void (*run)(const ck_step *, int, int), size_t units, size_t cost);
// The border beside row y, and above or below it at the ends.
void ck_bytes_fill_border(const ck_bytes *t, int y);
// Each row `y` of a job.
#define CK_BYTES_ROWS(step, job, height) \
    const ck_bytes_data *d = (step)->data; \
    const size_t end = ck_job_start((height), (step)->jobs, (job) + 1); \
    (void)thread; \
    for (size_t y = ck_job_start((height), (step)->jobs, (job)); y < end; y++)
