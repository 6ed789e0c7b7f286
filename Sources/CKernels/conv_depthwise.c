// Depthwise convolution (one filter per channel): packing and schedule. The register tiles are in conv_depthwise.inc.
#include "conv.h"
#include "conv_depthwise.h"

#define CK_TEMPLATE "conv_depthwise.inc"
#include "for_each_isa.h"
static const depthwise_kernels *const kernels_by_isa[] = CK_ISA_TABLE(depthwise_kernels);

typedef struct {
    ck_owner owner;
    const depthwise_kernels *kernels;
    int lanes, kind;
    ck_conv_options options;
    ck_blocked in, out, residual;
    ck_activation activation;
    const float *weights, *bias;
    int rows_per_job;
} depthwise_conv;

static void run_rows(const depthwise_conv *c, int plane, int y0, int y1) {
    const ck_conv_options *o = &c->options;
    const int lanes = c->lanes, block = plane % ck_blocks(&c->out, lanes);
    const ptrdiff_t in_row = ck_row(&c->in, lanes), out_row = ck_row(&c->out, lanes);
    const ptrdiff_t residual_row = c->residual.planes ? ck_row(&c->residual, lanes) : 0;
    depthwise_tiles t = {
        .in_row = o->dilation_h * in_row,
        .in_step = (ptrdiff_t)o->stride_w * lanes,
        .kernel_h = o->kernel_h,
        .kernel_w = o->kernel_w,
        .kernel_step = (ptrdiff_t)o->dilation_w * lanes,
        .weights = c->weights + (size_t)block * o->kernel_h * o->kernel_w * lanes,
        .bias = c->bias + block * lanes,
        .activation = &c->activation,
        .slopes = c->activation.slopes ? c->activation.slopes + block * lanes : NULL,
        .residual_after_activation = o->residual_after_activation,
    };
    // Tiles of nearly equal width, the wider ones first.
    const int width = c->out.width, tiles = ck_ceil_div(width, c->kernels->max_pixels), narrow = width / tiles, wide_tiles = width % tiles;
    const int first = wide_tiles * (narrow + 1);  // pixels in wider tiles
    for (int y = y0; y < y1; y++) {
        t.in = c->in.planes[plane] + (y * o->stride_h - o->pad_top) * in_row - (ptrdiff_t)o->pad_left * lanes;
        t.out = c->out.planes[plane] + y * out_row;
        if (c->residual.planes) t.residual = c->residual.planes[plane] + y * residual_row;
        t.count = wide_tiles;
        if (t.count > 0) c->kernels->tile[c->kind][narrow](&t);
        t.in += first * t.in_step;
        t.out += (ptrdiff_t)first * lanes;
        if (t.residual) t.residual += (ptrdiff_t)first * lanes;
        t.count = tiles - wide_tiles;
        c->kernels->tile[c->kind][narrow - 1](&t);
    }
}
// A job is a band of rows of one plane.
static void run_depthwise(const ck_step *step, int job, int thread) {
    (void)thread;
    const depthwise_conv *c = step->data;
    const int row_jobs = ck_ceil_div(c->out.height, c->rows_per_job), y0 = job % row_jobs * c->rows_per_job;
    run_rows(c, job / row_jobs, y0, ck_min(y0 + c->rows_per_job, c->out.height));
}
void conv_depthwise_rows(const ck_op *op, const conv_rows *rows, int y0, int y1) {
    depthwise_conv c = *(const depthwise_conv *)op;
    c.in.planes = rows->in, c.out.planes = rows->out, c.residual.planes = rows->residual;
    for (int b = 0; b < ck_blocks(&c.out, c.lanes); b++) run_rows(&c, b, y0, y1);
}
static int kind_of(const ck_conv_options *o) {
    const int square = o->kernel_h == o->kernel_w && o->dilation_w == 1 && o->stride_w <= 2;
    if (square && o->kernel_w == 3) return o->stride_w == 1 ? DEPTHWISE_3_STRIDE_1 : DEPTHWISE_3_STRIDE_2;
    if (square && o->kernel_w == 5) return o->stride_w == 1 ? DEPTHWISE_5_STRIDE_1 : DEPTHWISE_5_STRIDE_2;
    return DEPTHWISE_ANY;
}
ck_op *conv_depthwise(const conv_arguments *a) {
    depthwise_conv *c = ck_op_new(sizeof *c);
    if (!c) return NULL;
    const int lanes = a->lanes, channels = a->out->channels, blocks = ck_blocks(a->out, lanes);
    const int area = a->options->kernel_h * a->options->kernel_w;
    c->kernels = kernels_by_isa[a->isa];
    c->lanes = lanes;
    c->kind = kind_of(a->options);
    c->options = *a->options;
    float *weights = ck_op_allocate(&c->owner, (size_t)blocks * area * lanes, sizeof(float));
    c->bias = ck_op_keep_padded(&c->owner, a->bias, a->bias ? channels : 0, (size_t)blocks * lanes);
    if (!weights || !c->bias || !ck_op_keep_blocked(&c->owner, &c->in, a->in, lanes) ||
        !ck_op_keep_blocked(&c->owner, &c->out, a->out, lanes) || !ck_op_keep_blocked(&c->owner, &c->residual, a->residual, lanes) ||
        !ck_op_keep_activation(&c->owner, &c->activation, &a->options->activation, channels, lanes))
        return ck_op_fail(&c->owner);
    for (int i = 0; i < channels; i++)
        for (int k = 0; k < area; k++) weights[((size_t)(i / lanes) * area + k) * lanes + i % lanes] = a->weights[(size_t)i * area + k];
    c->weights = weights;
    const double row_work = (double)a->out->width * (area + 4) * lanes;
    c->rows_per_job = ck_max(1, ck_min(c->out.height, (int)(CONV_JOB_WORK / 4 / row_work)));
    c->owner.op.kernel = "depthwise";
    return ck_op_step(&c->owner, run_depthwise, c, c->out.batch * blocks * ck_ceil_div(c->out.height, c->rows_per_job));
}
