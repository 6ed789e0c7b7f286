// A convolution whose only reader is a maximum over 2 x 2 pixels. Winograd writes the maxima of its tiles; of the others
// each job computes some rows into working memory and takes the maxima from there.
#include "conv.h"
#include "pooling_data.h"

// Of a job's rows before the maximum: a share of the second cache.
enum { BAND_BYTES = 256 << 10 };

typedef struct {
    ck_owner owner;
    ck_isa isa;
    ck_op *conv;
    void (*rows)(const ck_op *, const conv_rows *, int y0, int y1);
    int lanes;
    ck_blocked in, full, out;  // `full`: what the convolution gives, without planes
    ck_planar planar;
    int rows_per_job;  // of `out`
} pooled_conv;

static void run_pooled(const ck_step *step, int job, int thread) {
    (void)thread;
    const pooled_conv *c = step->data;
    const int bands = ck_ceil_div(c->out.height, c->rows_per_job), picture = job / bands, blocks = ck_blocks(&c->out, c->lanes);
    const int y0 = job % bands * c->rows_per_job, y1 = ck_min(y0 + c->rows_per_job, c->out.height);
    const ptrdiff_t row = ck_row(&c->full, c->lanes), band = 2 * c->rows_per_job * row;
    float *const memory = ck_scratch();
    float *planes[CONV_MAX_BLOCKS];
    for (int b = 0; b < blocks; b++) planes[b] = memory + b * band - 2 * y0 * row;  // as if the whole picture were there
    const conv_rows rows = {
        .in = c->in.planes ? c->in.planes + (ptrdiff_t)picture * ck_blocks(&c->in, c->lanes) : NULL,
        .planar = c->planar.values ? c->planar.values + (ptrdiff_t)picture * c->planar.channels * c->planar.plane : NULL,
        .out = planes,
        .scratch = memory + blocks * band,
    };
    c->rows(c->conv, &rows, 2 * y0, 2 * y1);
    for (int b = 0; b < blocks; b++)
        for (int y = y0; y < y1; y++)
            pooling_max_of_pairs(c->isa, planes[b] + 2 * y * row, row, c->out.planes[(ptrdiff_t)picture * blocks + b] + y * ck_row(&c->out, c->lanes), c->out.width);
}
static void destroy(ck_op *op) {
    pooled_conv *c = (pooled_conv *)op;
    ck_op_destroy(c->conv);
    ck_op_fail(&c->owner);
}
ck_op *ck_conv_pooled(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_planar *planar,
                      const ck_blocked *out, const float *weights, const float *bias) {
    const int lanes = ck_isa_lanes(isa);
    ck_blocked full = {.batch = out->batch, .channels = out->channels, .height = 2 * out->height, .width = 2 * out->width};
    conv_arguments a = {isa, lanes, options, in, &full, NULL, weights, bias, NULL, 0, 0};
    if (in && conv_winograd_pays(&a) && options->stride_h == 1) {
        a.out = out, a.pooled = 1;
        return conv_winograd(&a, 1);
    }
    pooled_conv *c = ck_op_new(sizeof *c);
    if (!c) return NULL;
    c->owner.op.destroy = destroy;
    c->isa = isa, c->lanes = lanes, c->full = full;
    full.batch = 1;
    // The convolution's own lists are of one picture, and are replaced in each job.
    full.planes = ck_op_allocate(&c->owner, CONV_MAX_BLOCKS, sizeof(float *));
    if (full.planes && ck_op_keep_blocked(&c->owner, &c->out, out, lanes) && ck_op_keep_blocked(&c->owner, &c->in, in, lanes)) {
        if (in) {
            ck_blocked one = *in;
            one.batch = 1;
            a.in = &one, a.by_rows = 1;
            c->rows = conv_direct_rows;
            c->conv = conv_direct(&a);
        } else {
            c->planar = *planar;
            c->rows = conv_planar_rows;
            c->conv = ck_conv_planar_input(isa, options, planar, &full, weights, bias);
        }
    }
    if (!c->conv) {
        destroy(&c->owner.op);
        return NULL;
    }
    const size_t rows_bytes = 2 * sizeof(float) * (size_t)ck_blocks(out, lanes) * ck_row(&c->full, lanes);
    c->rows_per_job = ck_max(1, ck_min(ck_ceil_div(out->height, 2), (int)(BAND_BYTES / rows_bytes)));
    c->owner.op.bytes += c->conv->bytes;
    c->owner.op.kernel = in ? "direct, pooled" : "planar input, pooled";
    ck_op *op = ck_op_step(&c->owner, run_pooled, c, out->batch * ck_ceil_div(out->height, c->rows_per_job));
    if (op) op->steps[0].scratch = c->conv->steps[0].scratch + rows_bytes * c->rows_per_job;
    return op;
}
