// Networks of 8-bit integers: convolutions, tables, sums, pools. Pictures lie pixel by pixel, channels innermost.
#pragma once
#include "ck_core.h"

// One picture, or some of its channels: pixel (0, 0) of the first channel at `start`, `pitch` bytes from one pixel to the
// next, `border` pixels around it that hold `zero`, the number that stands for 0. Numbers are unsigned; signed ones are kept
// 128 higher. Up to the next multiple of 4 channels may be read; what stands there means nothing. 64 bytes may be read past
// the last pixel of the border.
typedef struct {
    uint8_t *start;
    int channels, height, width, border, pitch;
    uint8_t zero;
} ck_bytes;

typedef struct {
    int kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x, pad_top, pad_left;
} ck_bytes_window;

// All of these write the border of `out` too. Tables are 256 bytes, copied; NULL changes nothing.

// out = table[clamp(round((sum over the window of (in - in.zero) * weights + bias) * factors[c]) + out_zero)], halves to even;
// the window must lie within the border of `in`. weights [out.channels][in.channels][kernel], bias and factors
// [out.channels] are copied. out_zero is the zero before the table, out.zero the one after it.
ck_op *ck_bytes_conv(ck_isa isa, const ck_bytes_window *window, const ck_bytes *in, const ck_bytes *out, const int8_t *weights,
                     const int32_t *bias, const float *factors, uint8_t out_zero, const uint8_t *table);
// As above where each channel is summed on its own: weights [channels][kernel].
ck_op *ck_bytes_depthwise(ck_isa isa, const ck_bytes_window *window, const ck_bytes *in, const ck_bytes *out,
                          const int8_t *weights, const int32_t *bias, const float *factors, uint8_t out_zero,
                          const uint8_t *table);
// out = table[in]; the same sizes.
ck_op *ck_bytes_table(ck_isa isa, const ck_bytes *in, const ck_bytes *out, const uint8_t *table);
// out = table[clamp(round(a' op b' / scale) + out_zero)] with x' = (x - zero) * x_scale; the sum, or the product.
ck_op *ck_bytes_binary(ck_isa isa, int multiplies, const ck_bytes *a, float a_scale, const ck_bytes *b, float b_scale,
                       const ck_bytes *out, float scale, uint8_t out_zero, const uint8_t *table);
// out = table[the largest of the window]; places beyond the picture do not count.
ck_op *ck_bytes_max_pool(ck_isa isa, const ck_bytes_window *window, const ck_bytes *in, const ck_bytes *out,
                         const uint8_t *table);
// out(y, x) = table[in(rows[y], columns[x])]; both lists are copied.
ck_op *ck_bytes_resize(ck_isa isa, const ck_bytes *in, const ck_bytes *out, const int32_t *rows, const int32_t *columns,
                       const uint8_t *table);
// From and to arrays [channels][height][width]; `flip` is XORed to each number: 0, or 128 for signed ones. Pixels are written
// whole: the pitch is 4, or a multiple of 16 that no other picture shares.
ck_op *ck_bytes_from_planar(ck_isa isa, const uint8_t *in, const ck_bytes *out, uint8_t flip);
ck_op *ck_bytes_to_planar(ck_isa isa, const ck_bytes *in, uint8_t *out, uint8_t flip);
// Arrays: y = clamp(round(x / scale) + zero) within 0...255, or -128...127 where signed, NaN as zero; and back.
ck_op *ck_quantize(ck_isa isa, const float *x, void *y, size_t count, float scale, int zero, int is_signed);
ck_op *ck_dequantize(ck_isa isa, const void *x, float *y, size_t count, float scale, int zero, int is_signed);
// Of an array's range, stretched to hold 0, `scale` is a 255th (1 where all is 0) and z = round(-least / scale):
// y = clamp(round(x / scale) + z, 0, 255) - z, whole numbers; where a number is not finite the scale is NaN.
ck_op *ck_dynamic_rounding(ck_isa isa, const float *x, float *y, float *scale, size_t count);
// "avx512-vnni", "avx-vnni", "avx2", "neon-dot" or "portable": what products of bytes run on under `isa` here.
const char *ck_bytes_instruction_set(ck_isa isa);
