// Register tiles of a depthwise convolution, of one width and side by side: neighbouring output pixels of a row in one block of
// channels.
#pragma once
#include "ck_core.h"

typedef struct {
    int count;        // of tiles
    const float *in;  // the input pixel of the first tap of the first output pixel
    ptrdiff_t in_row, in_step;  // elements between kernel rows (dilation included); between neighbouring output pixels
    int kernel_h, kernel_w;
    ptrdiff_t kernel_step;  // elements between kernel columns (dilation included)
    const float *weights;   // [kernel_h][kernel_w][LANES]
    const float *bias;      // [LANES]
    float *out;
    const float *residual;
    const ck_activation *activation;
    const float *slopes;
    int residual_after_activation;
} depthwise_tiles;

enum { DEPTHWISE_MAX_PIXELS = 8 };
enum { DEPTHWISE_3_STRIDE_1, DEPTHWISE_3_STRIDE_2, DEPTHWISE_5_STRIDE_1, DEPTHWISE_5_STRIDE_2, DEPTHWISE_ANY, DEPTHWISE_KINDS };

typedef void (*depthwise_kernel)(const depthwise_tiles *);
typedef struct {
    int max_pixels;
    depthwise_kernel tile[DEPTHWISE_KINDS][DEPTHWISE_MAX_PIXELS];
} depthwise_kernels;
