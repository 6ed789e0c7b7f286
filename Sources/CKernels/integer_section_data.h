// What the operations on bytes hand to their jobs, and the table of kernels.
#pragma once
#include "ck_integer_section.h"
#include "op.h"
#include "partition.h"

enum { CK_BYTES_BLOCK = 64 };  // output channels of a convolution's unit, whatever the vectors' width

typedef struct {
    ck_owner owner;
    const struct ck_bytes_kernels *kernels;
    ck_bytes_window window;
    ck_bytes in, second, out;
    const uint8_t *table;
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
    int tile;  // output channels whose weights lie together; 0: those of a block
    // One output row of one block of channels.
    void (*conv_row)(const ck_bytes_data *d, int block, int y);
    void (*depthwise_row)(const ck_bytes_data *d, int y);
    // count bytes through a table.
    void (*look_up)(const uint8_t *table, const uint8_t *in, uint8_t *out, size_t count);
    void (*binary_row)(const ck_bytes_data *d, int y);
    void (*pool_row)(const ck_bytes_data *d, int y);
    void (*quantize)(const ck_bytes_data *d, size_t from, size_t to);
    void (*dequantize)(const ck_bytes_data *d, size_t from, size_t to);
} ck_bytes_kernels;

static inline size_t ck_bytes_row(const ck_bytes *t) { return (size_t)(t->width + 2 * t->border) * t->pitch; }
static inline uint8_t *ck_bytes_at(const ck_bytes *t, int y, int x) {
    return t->start + (ptrdiff_t)y * (ptrdiff_t)ck_bytes_row(t) + (ptrdiff_t)x * t->pitch;
}
