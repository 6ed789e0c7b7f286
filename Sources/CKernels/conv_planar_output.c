// A convolution whose readers want its output planar, or channels last: each job computes some rows into working memory,
// in blocks, and takes them from there, while they are in a near cache, to where they belong.
#include "conv.h"
#include "layout_data.h"

// Of a job's blocks of output rows: a share of the first cache's successor.
enum { BAND_BYTES = 64 << 10 };

typedef struct {
    ck_owner owner;
    ck_isa isa;
    ck_op *conv;
    int lanes;
    ck_blocked in, out;  // `out` has no planes
    ck_planar_output to;
    int rows_per_job;
    size_t scratch;  // of the convolution, in bytes
} planar_output;

static void run_planar_output(const ck_step *step, int job, int thread) {
    (void)thread;
    const planar_output *c = step->data;
    const int bands = ck_ceil_div(c->out.height, c->rows_per_job), picture = job / bands;
    const int y0 = job % bands * c->rows_per_job, y1 = ck_min(y0 + c->rows_per_job, c->out.height);
    const ptrdiff_t row = ck_row(&c->out, c->lanes);
    float *const memory = ck_scratch();
    float *band[CONV_MAX_BLOCKS], *planes[CONV_MAX_BLOCKS];
    for (int b = 0; b < ck_blocks(&c->out, c->lanes); b++) {
        band[b] = memory + (ptrdiff_t)b * c->rows_per_job * row;
        planes[b] = band[b] - y0 * row;  // as if the whole picture were there
    }
    const conv_rows rows = {
        .in = c->in.planes + (ptrdiff_t)picture * ck_blocks(&c->in, c->lanes),
        .out = planes,
        .scratch = memory + (ptrdiff_t)ck_blocks(&c->out, c->lanes) * c->rows_per_job * row,
    };
    conv_direct_rows(c->conv, &rows, y0, y1);
    const int pixels = (y1 - y0) * c->out.width;
    float *to = c->to.values + picture * c->to.picture_stride + (ptrdiff_t)y0 * c->out.width * c->to.pixel_stride;
    if (c->to.pixel_stride == 1) layout_write_planar(c->isa, (const float *const *)band, c->out.channels, pixels, to, c->to.channel_stride);
    else layout_write_pixels(c->isa, (const float *const *)band, c->out.channels, pixels, to, c->to.pixel_stride);
}
static void destroy(ck_op *op) {
    planar_output *c = (planar_output *)op;
    ck_op_destroy(c->conv);
    ck_op_fail(&c->owner);
}
// As many rows as fit, whole vectors of pixels where two bands meet.
static int band_rows(const ck_blocked *out, int lanes) {
    const size_t row_bytes = (size_t)ck_blocks(out, lanes) * ck_row(out, lanes) * sizeof(float);
    int rows = (int)ck_max(1, ck_min(out->height, (int)(BAND_BYTES / row_bytes)));
    for (int fewer = rows; fewer > 0; fewer--)
        if (fewer * out->width % lanes == 0) return fewer;
    return rows;
}
ck_op *ck_conv_planar_output(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_planar_output *to,
                             const float *weights, const float *bias) {
    planar_output *c = ck_op_new(sizeof *c);
    if (!c) return NULL;
    const int lanes = c->lanes = ck_isa_lanes(isa);
    c->owner.op.destroy = destroy;
    c->isa = isa;
    c->out = (ck_blocked){.batch = in->batch, .channels = to->channels, .height = to->height, .width = to->width};
    c->to = *to;
    // The convolution's own lists are of one picture, and are replaced in each job.
    ck_blocked one_in = *in, one_out = c->out;
    one_in.batch = one_out.batch = 1;
    one_out.planes = ck_op_allocate(&c->owner, CONV_MAX_BLOCKS, sizeof(float *));
    if (one_out.planes && ck_op_keep_blocked(&c->owner, &c->in, in, lanes))
        c->conv = conv_direct(&(conv_arguments){isa, lanes, options, &one_in, &one_out, NULL, weights, bias, NULL, 1});
    if (!c->conv) {
        destroy(&c->owner.op);
        return NULL;
    }
    c->rows_per_job = band_rows(&c->out, lanes);
    c->owner.op.bytes += c->conv->bytes;
    c->owner.op.kernel = "direct, planar";
    ck_op *op = ck_op_step(&c->owner, run_planar_output, c, in->batch * ck_ceil_div(to->height, c->rows_per_job));
    if (op) op->steps[0].scratch = c->conv->steps[0].scratch + (size_t)ck_blocks(&c->out, lanes) * c->rows_per_job * ck_row(&c->out, lanes) * sizeof(float);
    return op;
}
