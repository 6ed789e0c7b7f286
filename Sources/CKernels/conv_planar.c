// The first layer: a planar picture of few channels without border -> blocks. Each job copies the input rows of its band
// into working memory with the padding around them (some 3 % of the time), then runs the planar tiles of conv_direct.inc.
#include <string.h>
#include "conv.h"
#include "conv_direct.h"

typedef struct {
    ck_owner owner;
    const direct_kernels *kernels;
    int lanes, stride_kind;
    ck_conv_options options;
    ck_planar in;
    ck_blocked out;
    ck_activation activation;
    const float *weights, *bias;
    ptrdiff_t *taps;
    int rows_per_job;
    int band_rows, band_width;  // of one channel, with padding, in working memory
} planar_conv;

static void copy_band(const planar_conv *c, const float *picture, int first_y, int rows, float *band) {
    const int left = c->options.pad_left, from = ck_max(0, -left), copied = ck_min(c->in.width - from, c->band_width - ck_max(0, left));
    for (int channel = 0; channel < c->in.channels; channel++)
        for (int i = 0; i < rows; i++) {
            const int y = first_y + i;
            float *row = band + ((size_t)channel * c->band_rows + i) * c->band_width;
            if (y < 0 || y >= c->in.height || copied <= 0) {
                memset(row, 0, sizeof(float) * c->band_width);
                continue;
            }
            const int start = ck_max(0, left);
            memset(row, 0, sizeof(float) * start);
            memcpy(row + start, picture + channel * c->in.plane + y * c->in.row + from, sizeof(float) * copied);
            memset(row + start + copied, 0, sizeof(float) * (c->band_width - start - copied));
        }
}
// At most rows_per_job rows.
static void run_band(const planar_conv *c, const float *picture, float *const *out, int y0, int y1, float *band) {
    const int lanes = c->lanes, blocks = ck_blocks(&c->out, lanes);
    const int area = c->options.kernel_h * c->options.kernel_w;
    const ptrdiff_t out_row = ck_row(&c->out, lanes);
    float *channels[8];
    for (int i = 0; i < c->in.channels; i++) channels[i] = band + (size_t)i * c->band_rows * c->band_width;
    const int rows = (y1 - 1 - y0) * c->options.stride_h + (c->options.kernel_h - 1) * c->options.dilation_h + 1;
    copy_band(c, picture, y0 * c->options.stride_h - c->options.pad_top, rows, band);
    for (int b = 0; b < blocks; b += 2) {
        const int n = ck_min(2, blocks - b);
        direct_tiles t = {
            .in = channels,
            .in_channels = c->in.channels,
            .in_step = c->options.stride_w,
            .taps = c->taps,
            .tap_count = area,
            .weights = c->weights + (size_t)b * lanes * c->in.channels * area,
            .bias = c->bias + b * lanes,
            .out_step = lanes,
            .activation = &c->activation,
            .slopes = c->activation.slopes ? c->activation.slopes + b * lanes : NULL,
        };
        for (int y = y0; y < y1; y++) {
            t.in_offset = (ptrdiff_t)(y - y0) * c->options.stride_h * c->band_width;
            for (int o = 0; o < n; o++) t.out[o] = out[b + o] + y * out_row;
            direct_run(c->kernels->tile[c->stride_kind][n - 1], c->kernels->max_pixels[c->stride_kind][n - 1], &t, c->out.width);
        }
    }
}
static void run_planar(const ck_step *step, int job, int thread) {
    (void)thread;
    const planar_conv *c = step->data;
    const int row_jobs = ck_ceil_div(c->out.height, c->rows_per_job), picture = job / row_jobs, y0 = job % row_jobs * c->rows_per_job;
    run_band(c, c->in.values + (ptrdiff_t)picture * c->in.channels * c->in.plane,
             c->out.planes + (size_t)picture * ck_blocks(&c->out, c->lanes), y0, ck_min(y0 + c->rows_per_job, c->out.height), ck_scratch());
}
void conv_planar_rows(const ck_op *op, const conv_rows *rows, int y0, int y1) {
    const planar_conv *c = (const planar_conv *)op;
    for (int y = y0; y < y1; y += c->rows_per_job)
        run_band(c, rows->planar, rows->out, y, ck_min(y + c->rows_per_job, y1), rows->scratch);
}
// [pair of blocks][in channel][tap][block of the pair][lane]
static void pack(const planar_conv *c, const float *from, float *w) {
    const int lanes = c->lanes, blocks = ck_blocks(&c->out, lanes), area = c->options.kernel_h * c->options.kernel_w;
    for (int b = 0; b < blocks; b += 2) {
        const int width = ck_min(2, blocks - b) * lanes;
        for (int i = 0; i < c->in.channels * area; i++, w += width)
            for (int o = 0; o < ck_min(width, c->out.channels - b * lanes); o++)
                w[o] = from[((size_t)b * lanes + o) * c->in.channels * area + i];
    }
}
ck_op *ck_conv_planar_input(ck_isa isa, const ck_conv_options *options, const ck_planar *in, const ck_blocked *out,
                            const float *weights, const float *bias) {
    planar_conv *c = ck_op_new(sizeof *c);
    if (!c) return NULL;
    const ck_conv_options *o = options;
    const int lanes = ck_isa_lanes(isa), padded = ck_blocks(out, lanes) * lanes, area = o->kernel_h * o->kernel_w;
    // The tiles are those of f32, their activations those which bfloat16 needs.
    c->kernels = o->bf16 && ck_bf16_available(isa) ? direct_bf16_kernels() : direct_kernels_for(isa);
    c->lanes = lanes;
    c->stride_kind = o->stride_w == 1 ? DIRECT_PLANAR_1 : o->stride_w == 2 ? DIRECT_PLANAR_2 : DIRECT_PLANAR_ANY;
    c->options = *o;
    c->in = *in;
    float *packed = ck_op_allocate(&c->owner, (size_t)padded * in->channels * area, sizeof(float));
    c->taps = ck_op_allocate(&c->owner, area, sizeof *c->taps);
    c->bias = ck_op_keep_padded(&c->owner, bias, bias ? out->channels : 0, padded);
    if (!packed || !c->taps || !c->bias || !ck_op_keep_blocked(&c->owner, &c->out, out, lanes) ||
        !ck_op_keep_activation(&c->owner, &c->activation, &o->activation, out->channels, lanes))
        return ck_op_fail(&c->owner);
    pack(c, weights, packed);
    c->weights = packed;
    c->band_width = (out->width - 1) * o->stride_w + (o->kernel_w - 1) * o->dilation_w + 1;
    for (int k = 0; k < area; k++) c->taps[k] = (ptrdiff_t)(k / o->kernel_w) * o->dilation_h * c->band_width + (ptrdiff_t)(k % o->kernel_w) * o->dilation_w;
    const double row_work = (double)out->width * padded * in->channels * area;
    c->rows_per_job = ck_max(1, ck_min(ck_min(out->height, 8), (int)(CONV_JOB_WORK / row_work)));
    c->band_rows = (c->rows_per_job - 1) * o->stride_h + (o->kernel_h - 1) * o->dilation_h + 1;
    c->owner.op.kernel = "planar input";
    ck_op *op = ck_op_step(&c->owner, run_planar, c, out->batch * ck_ceil_div(out->height, c->rows_per_job));
    op->steps[0].scratch = sizeof(float) * in->channels * c->band_rows * c->band_width;
    return op;
}
