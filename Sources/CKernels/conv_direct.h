// Register tiles of a direct convolution: each has the sums of one or two blocks of output channels for neighbouring pixels of
// a row. A call computes some of one width, side by side: with few channels a tile takes no longer than a call.
#pragma once
#include "op.h"

typedef struct {
    int count;              // of tiles
    float *const *in;       // planes of the input blocks; for the planar kinds, of the channels
    int in_channels;        // counted from the first of them; of bfloat16 their pairs
    ptrdiff_t in_offset;    // of the input pixel that belongs to the first output pixel
    ptrdiff_t in_step;      // between the input pixels of neighbouring output pixels
    ptrdiff_t in_ahead;     // from the one past the last to the first one of the next call
    const ptrdiff_t *taps;  // where the kernel looks, from there
    int tap_count;
    const float *weights;   // [input block][tap][input channel][output block][LANES]
    const float *ahead;     // what later tiles read, fetched meanwhile from here on:
    ptrdiff_t ahead_step;   // so many floats with each input channel,
    ptrdiff_t ahead_tile;   // and each tile begins so many after the one before it
    const float *bias;      // [output block][LANES]
    int accumulates;        // the sums begin with what is in `out` instead of the bias
    float *out[2];          // the first output pixel of each block
    const float *residual[2];
    ptrdiff_t out_step;  // between neighbouring output pixels, in elements
    const ck_activation *activation;
    const float *slopes;  // [output block][LANES]
    int residual_after_activation;
} direct_tiles;

enum { DIRECT_MAX_PIXELS = 14 };
// Where nothing better is known: floats of weights ahead of those in use.
enum { DIRECT_AHEAD = 4096 };
// Input pixels per output pixel: 1, 2, or any (direct_tiles.in_step). A planar pixel is one float, a plane is one channel.
enum { DIRECT_STRIDE_1, DIRECT_STRIDE_2, DIRECT_STRIDE_ANY, DIRECT_PLANAR_1, DIRECT_PLANAR_2, DIRECT_PLANAR_ANY, DIRECT_STRIDES };

// Blocks of output channels. Of the last kind's second block, only the first half of the lanes is computed, the others
// become 0; it exists for strides 1 and 2 of blocked inputs where max_pixels is not 0, and has the layouts of two blocks.
enum { DIRECT_ONE_BLOCK, DIRECT_TWO_BLOCKS, DIRECT_ONE_AND_A_HALF, DIRECT_SHAPES };

typedef void (*direct_kernel)(const direct_tiles *);
typedef struct {
    // NULL, or the tiles read pairs of bfloat16, which this makes of neighbouring pixels of a plane.
    void (*round)(const float *from, float *to, int pixels);
    int asks_ahead;  // whether weights that are read in order are worth asking for
    int max_pixels[DIRECT_STRIDES][DIRECT_SHAPES];
    direct_kernel tile[DIRECT_STRIDES][DIRECT_SHAPES][DIRECT_MAX_PIXELS];
} direct_kernels;
const direct_kernels *direct_kernels_for(ck_isa isa);
const direct_kernels *direct_bf16_kernels(void);
// The kind of tile for `channels` output channels in one or two blocks.
static inline int direct_shape(const direct_kernels *kernels, int stride_kind, int channels, int lanes) {
    if (channels <= lanes) return DIRECT_ONE_BLOCK;
    const int has_half = kernels->max_pixels[stride_kind][DIRECT_ONE_AND_A_HALF] > 0;
    return has_half && channels <= lanes + lanes / 2 ? DIRECT_ONE_AND_A_HALF : DIRECT_TWO_BLOCKS;
}
// `width` output pixels of a row, with kernels by the width of their tiles (1, 2, ...): the tiles are of nearly equal width,
// so that none is computed twice and none is much smaller than the others.
static inline void direct_run(const direct_kernel *kernels, int max_pixels, direct_tiles *t, int width) {
    const int tiles = ck_ceil_div(width, max_pixels), narrow = width / tiles, wide_tiles = width % tiles;
    if (wide_tiles > 0) {
        const ptrdiff_t in_ahead = t->in_ahead, pixels = (ptrdiff_t)wide_tiles * (narrow + 1);
        t->count = wide_tiles;
        t->in_ahead = 0;
        kernels[narrow](t);
        t->in_ahead = in_ahead;
        t->in_offset += pixels * t->in_step;
        t->ahead += wide_tiles * t->ahead_tile;
        for (int o = 0; o < 2; o++) {
            if (t->out[o]) t->out[o] += pixels * t->out_step;
            if (t->residual[o]) t->residual[o] += pixels * t->out_step;
        }
    }
    t->count = tiles - wide_tiles;
    kernels[narrow - 1](t);
}
