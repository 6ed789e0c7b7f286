// Moving data without computing: layouts, transposition, slices, concatenation, broadcasting.
#pragma once
#include "ck_core.h"

// planar: [batch][channels][height][width], contiguous.
ck_op *ck_to_blocked(ck_isa isa, const float *planar, const ck_blocked *out);
ck_op *ck_to_planar(ck_isa isa, const ck_blocked *in, float *planar);
// As ck_to_planar with strides in elements of out for n, c, y, x: writes straight into a transposed or larger array.
ck_op *ck_to_strided(ck_isa isa, const ck_blocked *in, float *out, const ptrdiff_t strides[4]);

// out channel c (of a blocked tensor) = channel `channel[c]` of `sources[source[c]]`; covers slices, concatenations and
// channel shuffles whose cuts are not multiples of the block. All tensors have one batch, height and width.
ck_op *ck_gather_channels(ck_isa isa, const ck_blocked *sources, int source_count, const int *source, const int *channel,
                          const ck_blocked *out);

// One channel: element (picture, y, x) lies at values[n * picture + y * row + x * pixel].
typedef struct {
    const float *values;
    ptrdiff_t picture, row, pixel;
} ck_channel_view;
// Channel c of out = channels[c], of which there are as many: slices of planar arrays, such as every second pixel.
ck_op *ck_gather_views(ck_isa isa, const ck_channel_view *channels, const ck_blocked *out);

// out[i0][i1]... = in[...] for `rank` (at most 8) axes of the sizes in `shape`, strides in elements (any sign, 0 for broadcast);
// element_size 1, 2, 4 or 8 bytes. Covers Transpose, Slice, Expand, Concat (one call per part), Split, Tile.
ck_op *ck_copy(ck_isa isa, int element_size, const void *in, void *out, int rank, const int *shape,
               const ptrdiff_t *in_strides, const ptrdiff_t *out_strides);

// out = in inside the rectangles, `value` elsewhere; lanes past the channels are 0 there. `rectangles` holds the first
// row, the end row, the first column and the end column of each. `in` and `out` have one shape and may be the same planes.
ck_op *ck_fill_outside(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rectangles, int count,
                       float value);

// Sets the border of every plane to zero again, after other data lay on the memory.
ck_op *ck_clear_border(ck_isa isa, const ck_blocked *t);
