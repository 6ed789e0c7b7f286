// What the convolution sources share. An algorithm is a function that makes a complete ck_op.
#pragma once
#include "op.h"
#include "ck_conv.h"

typedef struct {
    ck_isa isa;
    int lanes;
    const ck_conv_options *options;
    const ck_blocked *in, *out, *residual;
    const float *weights, *bias;
    // conv_direct: one with the same parameters, which outlives this one: its packed weights are used; or NULL.
    const ck_op *like;
    int by_rows;  // conv_direct: only conv_direct_rows will be called
    int pooled;   // conv_winograd: the maxima of 2x2 outputs are written; `out` is half as high and half as wide
} conv_arguments;

ck_op *conv_direct(const conv_arguments *a);

// Output pixels that meet the same elements of the kernel: row out_y + i * out step for i < height, columns alike. Output
// pixel (i, j) of the phase meets, with element kernel_taps[k], input pixel (i * in step + dy[k], j * in step + dx[k]).
typedef struct {
    int height, width, out_y, out_x;
    int tap_count;
    const int *kernel_taps, *dy, *dx;
} conv_phase;
typedef struct {
    int in_step_y, in_step_x, out_step_y, out_step_x;
    int weights_transposed;  // [in][out / groups]... instead of [out][in / groups]...
    int phase_count;
    const conv_phase *phases;
} conv_phases;
ck_op *conv_direct_phases(const conv_arguments *a, const conv_phases *phases);
ck_op *conv_depthwise(const conv_arguments *a);
// Of `pictures` pictures: in, out and residual (or NULL) are the first of so many.
ck_op *conv_winograd(const conv_arguments *a, int pictures);
int conv_winograd_pays(const conv_arguments *a);

// Some rows of one picture of a convolution made before, on planes given now: pixel (0, 0) of each, as in ck_blocked, with
// the row lengths that the convolution was made for. Rows [y0, y1) of its output.
typedef struct {
    float *const *in;
    const float *planar;  // conv_planar_rows: the picture, instead of `in`
    float *const *out;
    float *const *residual;  // or NULL
    void *scratch;           // as large as the step of the convolution asks for
} conv_rows;
void conv_direct_rows(const ck_op *op, const conv_rows *rows, int y0, int y1);
void conv_depthwise_rows(const ck_op *op, const conv_rows *rows, int y0, int y1);
void conv_planar_rows(const ck_op *op, const conv_rows *rows, int y0, int y1);

// The nearest bfloat16, ties to even, as the processor rounds; NaN stays.
static inline uint16_t conv_bf16(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    if (x != x) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + (bits >> 16 & 1) + 0x7fff) >> 16);
}

// Multiply-adds that make a job worth its overhead: some 10 microseconds.
enum { CONV_JOB_WORK = 400000 };
// Of input channels, where an algorithm keeps a list of blocks on the stack.
enum { CONV_MAX_BLOCKS = 256 };

// Whether to multiply pairs of bfloat16.
static inline int conv_is_bf16(const conv_arguments *a) {
    return a->options->bf16 && ck_bf16_available(a->isa) && ck_blocks(a->in, a->lanes) <= CONV_MAX_BLOCKS;
}
