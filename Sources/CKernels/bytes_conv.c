// Convolutions of bytes: packing of weights and of scales, the choice of the algorithm. A job is a range of rows (of blocks of
// channels).
#include "bytes_pairs.h"

static void run_conv(const ck_step *step, int job, int thread) {
    const size_t rows = ((const ck_bytes_data *)step->data)->out.height;
    CK_BYTES_ROWS(step, job, rows * d->blocks) {
        d->kernels->conv_row(d, (int)(y / rows), (int)(y % rows));
        if (y < rows) ck_bytes_fill_border(&d->out, (int)y);
    }
}
static void run_depthwise(const ck_step *step, int job, int thread) {
    CK_BYTES_ROWS(step, job, d->out.height) {
        d->kernels->depthwise_row(d, (int)y);
        ck_bytes_fill_border(&d->out, (int)y);
    }
}
// Bias with what in.zero adds to sums of inputs less `offset` taken off, and factors, padded to whole blocks. `depth` weights
// for each channel.
static int keep_scales(ck_bytes_data *d, const int8_t *weights, size_t depth, int offset, const int32_t *bias,
                       const float *factors) {
    const size_t count = d->out.channels, padded = (size_t)d->blocks * CK_BYTES_BLOCK;
    int32_t *kept = ck_op_allocate(&d->owner, padded, sizeof *kept);
    float *scales = ck_op_keep_padded(&d->owner, factors, count, padded);
    if (!kept || !scales) return 0;
    for (size_t c = 0; c < count; c++) {
        int64_t sum = 0;
        for (size_t i = 0; i < depth; i++) sum += weights[c * depth + i];
        kept[c] = (int32_t)((int64_t)(bias ? bias[c] : 0) - sum * (d->in.zero - offset));
    }
    d->bias = kept;
    d->factors = scales;
    return 1;
}
// For kernels that multiply bytes.
static ck_op *make_bytes(ck_bytes_data *d, const int8_t *weights) {
    const ck_bytes *in = &d->in, *out = &d->out;
    const size_t kernel = (size_t)d->window.kernel_height * d->window.kernel_width, depth = kernel * in->channels;
    const size_t groups = d->groups = ck_ceil_div(in->channels, 4);
    int8_t *packed = ck_op_allocate(&d->owner, (size_t)d->blocks * kernel * groups * CK_BYTES_BLOCK + 16, 4);
    if (!packed) return ck_op_fail(&d->owner);
    for (int c = 0; c < out->channels; c++) {
        const int block = c / CK_BYTES_BLOCK, inside = c % CK_BYTES_BLOCK;
        const int left = ck_min(CK_BYTES_BLOCK, out->channels - block * CK_BYTES_BLOCK);
        const int wide = d->kernels->tile ? d->kernels->tile : ck_ceil_div(left, 16) * 16;
        const int tile = inside / wide, lane = inside % wide;
        int8_t *to = packed + (size_t)block * kernel * groups * CK_BYTES_BLOCK * 4 + (size_t)tile * wide * 4 * kernel * groups;
        for (size_t k = 0; k < kernel; k++)
            for (int i = 0; i < in->channels; i++)
                to[((k * groups + i / 4) * wide + lane) * 4 + i % 4] = weights[c * depth + i * kernel + k];
    }
    d->weights = packed;
    return ck_bytes_finish(d, run_conv, (size_t)out->height * d->blocks, (size_t)out->width * depth / 8 + out->width);
}
#if defined(__x86_64__)
// For those that multiply pairs of 16 bits.
static ck_op *make_pairs(ck_bytes_data *d, const int8_t *weights) {
    const ck_bytes_window *k = &d->window;
    const int is_winograd = k->kernel_height == 3 && k->kernel_width == 3 && k->stride_y == 1 && k->stride_x == 1 &&
                            k->dilation_y == 1 && k->dilation_x == 1 && d->in.channels >= 8 &&
                            d->in.channels <= BYTES_WINOGRAD_CHANNELS;
    return is_winograd ? ck_bytes_pairs_winograd(d, weights) : ck_bytes_pairs_direct(d, weights);
}
#endif
ck_op *ck_bytes_conv(ck_isa isa, const ck_bytes_window *window, const ck_bytes *in, const ck_bytes *out, const int8_t *weights,
                     const int32_t *bias, const float *factors, uint8_t out_zero, const uint8_t *table) {
    ck_bytes_data *d = ck_bytes_make(isa, in, out, table);
    if (!d) return NULL;
    d->window = *window;
    d->out_zero = out_zero;
    d->blocks = ck_ceil_div(out->channels, CK_BYTES_BLOCK);
    const size_t depth = (size_t)window->kernel_height * window->kernel_width * in->channels;
    if (!keep_scales(d, weights, depth, d->kernels->offset, bias, factors)) return ck_op_fail(&d->owner);
#if defined(__x86_64__)
    if (!d->kernels->conv_row) return make_pairs(d, weights);
#endif
    return make_bytes(d, weights);
}
ck_op *ck_bytes_depthwise(ck_isa isa, const ck_bytes_window *window, const ck_bytes *in, const ck_bytes *out,
                          const int8_t *weights, const int32_t *bias, const float *factors, uint8_t out_zero,
                          const uint8_t *table) {
    ck_bytes_data *d = ck_bytes_make(isa, in, out, table);
    if (!d) return NULL;
    d->window = *window;
    d->out_zero = out_zero;
    d->blocks = ck_ceil_div(out->channels, CK_BYTES_BLOCK);
    const size_t kernel = (size_t)window->kernel_height * window->kernel_width, padded = (size_t)d->blocks * CK_BYTES_BLOCK;
    int8_t *packed = ck_op_allocate(&d->owner, kernel * padded, 1);
    if (!packed || !keep_scales(d, weights, kernel, 0, bias, factors)) return ck_op_fail(&d->owner);
    for (int c = 0; c < out->channels; c++)
        for (size_t k = 0; k < kernel; k++) packed[k * padded + c] = weights[c * kernel + k];
    d->weights = packed;
    return ck_bytes_finish(d, run_depthwise, out->height, (size_t)out->width * out->channels * (kernel / 4 + 1));
}
