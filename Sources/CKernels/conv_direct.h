// One register tile of a direct convolution: the sums of one or two blocks of output channels for neighbouring pixels of a row.
#pragma once
#include "ck_core.h"

typedef struct {
    float *const *in;       // planes of the input blocks; for the planar kinds, of the channels
    int in_channels;        // counted from the first of them; of bfloat16 their pairs
    ptrdiff_t in_offset;    // of the input pixel that belongs to the first output pixel
    ptrdiff_t in_pixels;    // between the input pixels of neighbouring output pixels
    const ptrdiff_t *taps;  // where the kernel looks, from there
    int tap_count;
    const float *weights;   // [input block][tap][input channel][output block][LANES]
    const float *bias;      // [output block][LANES]
    int accumulates;        // the sums begin with what is in `out` instead of the bias
    float *out[2];          // the first output pixel of each block
    const float *residual[2];
    ptrdiff_t out_step;  // between neighbouring output pixels, in elements
    const ck_activation *activation;
    const float *slopes;  // [output block][LANES]
    int residual_after_activation;
} direct_tile;

enum { DIRECT_MAX_PIXELS = 14 };
// Input pixels per output pixel: 1, 2, or any (direct_tile.in_pixels). A planar pixel is one float, a plane is one channel.
enum { DIRECT_STRIDE_1, DIRECT_STRIDE_2, DIRECT_STRIDE_ANY, DIRECT_PLANAR_1, DIRECT_PLANAR_2, DIRECT_PLANAR_ANY, DIRECT_STRIDES };

typedef void (*direct_kernel)(const direct_tile *);
typedef struct {
    // NULL, or the tiles read pairs of bfloat16, which this makes of neighbouring pixels of a plane.
    void (*round)(const float *from, float *to, int pixels);
    int max_pixels[DIRECT_STRIDES][2];  // for one and two blocks
    direct_kernel tile[DIRECT_STRIDES][2][DIRECT_MAX_PIXELS];
} direct_kernels;
const direct_kernels *direct_kernels_for(ck_isa isa);
const direct_kernels *direct_bf16_kernels(void);
