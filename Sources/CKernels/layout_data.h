// What the layout operations hand to their jobs, and what other operations share of them.
#pragma once
#include "op.h"
#include "ck_layout.h"
#include "partition.h"

enum ck_layout_mode { CK_PIXELS_CONTIGUOUS, CK_CHANNELS_CONTIGUOUS, CK_ANY_STRIDES };

// Planar data is walked in groups of LANES pixels of a plane: pixel p is (p / width, p % width).
typedef struct {
    ck_owner owner;
    ck_blocked t;
    const float *in;  // ck_to_blocked
    float *out;       // the others
    int pixels, groups;
    enum ck_layout_mode mode;
    ptrdiff_t batch_stride, channel_stride, row_stride, pixel_stride;
} ck_layout_data;

// Columns [first, end) of a row.
typedef struct {
    int first, end;
} ck_span;

typedef struct {
    ck_owner owner;
    ck_blocked in, out;
    int lanes;
    ck_span *spans;
    int *starts, *ends;  // spans of row y: starts[y] ..< ends[y]
    float values[32];    // a pixel of a whole block, then one of the last block
} ck_fill_data;

// One block of a source that goes into an output block: lane i takes lane index[i] where mask[i] is all ones.
typedef struct {
    int index[16], mask[16];
    int source, block, identity;
} __attribute__((aligned(64))) ck_gather_part;

typedef struct {
    ck_owner owner;
    ck_blocked *sources, out;
    ck_gather_part *parts;
    int *starts;  // parts of output block b: starts[b] ..< starts[b + 1]
} ck_gather_data;

typedef struct {
    ck_owner owner;
    ck_blocked out;
    const ck_channel_view *channels;
} ck_views_data;

// Pixels one after another of `channels` channels in blocks, without borders, as runs of each channel.
void layout_write_planar(ck_isa isa, const float *const *blocks, int channels, int pixels, float *out,
                         ptrdiff_t channel_stride);
// The same as runs of each pixel.
void layout_write_pixels(ck_isa isa, const float *const *blocks, int channels, int pixels, float *out,
                         ptrdiff_t pixel_stride);
