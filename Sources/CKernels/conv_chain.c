// Convolutions one after another, depth first: each job has a band of rows of the last output and computes just the rows
// of the layers before that it needs, a few at a time, so that what lies between stays in the second cache. Rows which
// two bands need are computed twice.
//
// Between two stages lies a buffer of consecutive rows (with zeros around them where the picture ends); when a step needs
// later rows, those still in use move to its top.
#include <string.h>
#include "conv.h"

enum {
    MAX_STAGES = 4,
    BUFFER_BYTES = 640 << 10,   // of all buffers of a job: less than the second cache; 384 KB move rows up twice as often
    MIN_BAND = 12,             // rows
    MAX_BANDS = 16,
};
typedef enum { STAGE_PLANAR, STAGE_DEPTHWISE, STAGE_DIRECT } stage_kind;

typedef struct {
    stage_kind kind;
    const ck_op *op;
    int stride, pad, reach;  // input rows of output row y: y * stride - pad ... + reach
    int height;              // output rows
    // Its output, unless it is the last: `rows` rows of planes.
    int blocks, border, width, rows;
    ptrdiff_t row;
    size_t plane;  // elements
    size_t scratch;
} chain_stage;

typedef struct {
    ck_owner owner;
    int lanes, count;
    chain_stage stages[MAX_STAGES];
    ck_op *ops[MAX_STAGES];
    ck_blocked in, out, residual;
    ck_planar planar;  // values NULL: none
    int step_rows, bands;
    size_t buffer_bytes;
} conv_chain;

// The rows that a buffer holds: [first, end).
typedef struct {
    int first, end;
    float *memory;
    float *planes[CONV_MAX_BLOCKS];  // as if the whole picture were there
} chain_buffer;

static void place(const chain_stage *s, chain_buffer *b, int lanes) {
    for (int p = 0; p < s->blocks; p++)
        b->planes[p] = b->memory + p * s->plane + (ptrdiff_t)s->border * lanes - b->first * s->row;
}
static void zero_rows(const chain_stage *s, const chain_buffer *b, int y0, int y1) {
    for (int p = 0; p < s->blocks && y1 > y0; p++)
        memset(b->memory + p * s->plane + (y0 - b->first) * s->row, 0, sizeof(float) * (size_t)(y1 - y0) * s->row);
}
// Drops the rows before `first`.
static void advance(const chain_stage *s, chain_buffer *b, int first, int lanes) {
    if (first <= b->first) return;
    const int kept = ck_max(0, b->end - first);
    for (int p = 0; p < s->blocks && kept; p++) {
        float *plane = b->memory + p * s->plane;
        memmove(plane, plane + (first - b->first) * s->row, sizeof(float) * (size_t)kept * s->row);
    }
    b->first = first;
    b->end = ck_max(b->end, first);
    place(s, b, lanes);
}
static void run_stage(const conv_chain *c, int k, int picture, chain_buffer *buffers, int y0, int y1, void *scratch) {
    const chain_stage *s = &c->stages[k];
    if (y1 <= y0) return;
    const int last = k == c->count - 1;
    const conv_rows r = {
        .in = k > 0 ? buffers[k - 1].planes : c->in.planes ? c->in.planes + (size_t)picture * ck_blocks(&c->in, c->lanes) : NULL,
        .planar = k == 0 && c->planar.values ? c->planar.values + (ptrdiff_t)picture * c->planar.channels * c->planar.plane : NULL,
        .out = last ? c->out.planes + (size_t)picture * ck_blocks(&c->out, c->lanes) : buffers[k].planes,
        .residual = last && c->residual.planes ? c->residual.planes + (size_t)picture * ck_blocks(&c->residual, c->lanes) : NULL,
        .scratch = scratch,
    };
    switch (s->kind) {
        case STAGE_PLANAR: conv_planar_rows(s->op, &r, y0, y1); break;
        case STAGE_DEPTHWISE: conv_depthwise_rows(s->op, &r, y0, y1); break;
        case STAGE_DIRECT: conv_direct_rows(s->op, &r, y0, y1); break;
    }
}
// Where each stage must have come to for the last one to reach row `end`.
static void targets(const conv_chain *c, int end, int *to) {
    to[c->count - 1] = end;
    for (int k = c->count - 1; k > 0; k--) {
        const chain_stage *s = &c->stages[k];
        to[k - 1] = (to[k] - 1) * s->stride - s->pad + s->reach + 1;
    }
}
static void run_chain(const ck_step *step, int job, int thread) {
    (void)thread;
    const conv_chain *c = step->data;
    const int last = c->count - 1, height = c->out.height, picture = job / c->bands;
    const int y0 = ck_share(height, job % c->bands, c->bands), y1 = ck_share(height, job % c->bands + 1, c->bands);
    chain_buffer buffers[MAX_STAGES];
    float *memory = ck_scratch();
    int first = y0;  // the row of stage k + 1 that is computed first
    for (int k = last - 1; k >= 0; k--) {
        const chain_stage *s = &c->stages[k], *next = &c->stages[k + 1];
        chain_buffer *b = &buffers[k];
        first = first * next->stride - next->pad;
        b->first = b->end = first;
        b->memory = memory;
        memory += s->blocks * s->plane;
        memset(b->memory, 0, sizeof(float) * s->blocks * s->plane);  // the borders
        place(s, b, c->lanes);
    }
    int done = y0;
    while (done < y1) {
        int to[MAX_STAGES];
        targets(c, ck_min(done + c->step_rows, y1), to);
        for (int k = 0; k < last; k++) {
            const chain_stage *s = &c->stages[k], *next = &c->stages[k + 1];
            chain_buffer *b = &buffers[k];
            const int next_row = k + 1 == last ? done : buffers[k + 1].end;
            advance(s, b, next_row * next->stride - next->pad, c->lanes);
            const int from = b->end, end = ck_max(from, to[k]);
            zero_rows(s, b, from, ck_min(end, 0));
            run_stage(c, k, picture, buffers, ck_max(from, 0), ck_min(end, s->height), memory);
            zero_rows(s, b, ck_max(from, s->height), end);
            b->end = end;
        }
        run_stage(c, last, picture, buffers, done, to[last], memory);
        done = to[last];
    }
}

// Rows that each buffer must hold when the last stage advances by `rows`; the bytes of all.
static size_t size_buffers(conv_chain *c, int rows) {
    size_t bytes = 0;
    for (int k = c->count - 1; k > 0; k--) {
        const chain_stage *next = &c->stages[k];
        chain_stage *s = &c->stages[k - 1];
        rows = (rows - 1) * next->stride + next->reach + 1;
        s->rows = rows;
        s->plane = (size_t)rows * s->row;
        bytes += s->plane * s->blocks * sizeof(float);
    }
    return bytes;
}
// The zeros around a picture that a stage with these options reads.
static int border_of(const ck_conv_options *o, int height, int width, int out_height, int out_width) {
    const int right = (out_width - 1) * o->stride_w - o->pad_left + (o->kernel_w - 1) * o->dilation_w - (width - 1);
    // The direct convolution looks for as many rows, although a buffer has its own.
    const int below = (out_height - 1) * o->stride_h - o->pad_top + (o->kernel_h - 1) * o->dilation_h - (height - 1);
    return ck_max(ck_max(0, ck_max(o->pad_left, o->pad_top)), ck_max(right, below));
}
static int add_stage(conv_chain *c, ck_isa isa, const ck_conv_stage *all, int k, ck_blocked in, const ck_blocked *out) {
    const ck_conv_stage *from = &all[k];
    const ck_conv_options *o = &from->options;
    chain_stage *s = &c->stages[k];
    const int last = k == c->count - 1;
    s->stride = o->stride_h, s->pad = o->pad_top, s->reach = (o->kernel_h - 1) * o->dilation_h;
    s->height = from->height, s->width = from->width;
    s->blocks = (from->channels + c->lanes - 1) / c->lanes;
    ck_blocked target = {.batch = 1, .channels = from->channels, .height = from->height, .width = from->width, .planes = out->planes};
    if (!last) s->border = target.border = border_of(&all[k + 1].options, from->height, from->width, all[k + 1].height, all[k + 1].width);
    if (last) target = *out, target.batch = 1;
    s->row = ck_row(&target, c->lanes);
    ck_blocked residual = c->residual;
    residual.batch = 1;
    const conv_arguments a = {isa, c->lanes, o, &in, &target, last && residual.planes ? &residual : NULL, from->weights, from->bias, NULL, 1};
    ck_op *op;
    if (k == 0 && c->planar.values) {
        s->kind = STAGE_PLANAR;
        op = ck_conv_planar_input(isa, o, &c->planar, &target, from->weights, from->bias);
    } else if (o->groups > 1) {
        s->kind = STAGE_DEPTHWISE;
        op = conv_depthwise(&a);
    } else {
        s->kind = STAGE_DIRECT;
        op = conv_direct(&a);
    }
    c->ops[k] = op;
    s->op = op;
    if (op) s->scratch = op->steps[0].scratch;
    return op != NULL;
}
static void destroy(ck_op *op) {
    conv_chain *c = (conv_chain *)op;
    for (int k = 0; k < MAX_STAGES; k++) ck_op_destroy(c->ops[k]);
    ck_op_fail(&c->owner);
}
ck_op *ck_conv_chain(ck_isa isa, const ck_blocked *in, const ck_planar *planar, const ck_conv_stage *stages, int count,
                     const ck_blocked *out, const ck_blocked *residual) {
    conv_chain *c = ck_op_new(sizeof *c);
    if (!c) return NULL;
    const int lanes = c->lanes = ck_isa_lanes(isa);
    c->owner.op.destroy = destroy;
    c->count = count;
    if (planar) c->planar = *planar;
    int fine = ck_op_keep_blocked(&c->owner, &c->in, in, lanes) && ck_op_keep_blocked(&c->owner, &c->out, out, lanes) &&
               ck_op_keep_blocked(&c->owner, &c->residual, residual, lanes);
    // Lists of planes for the stages' own copies: the buffers have no planes before a job runs.
    float *const *none = fine ? ck_op_allocate(&c->owner, CONV_MAX_BLOCKS, sizeof(float *)) : NULL;
    fine = fine && none;
    ck_blocked before = in ? *in : (ck_blocked){0};
    before.batch = 1;
    for (int k = 0; k < count && fine; k++) {
        ck_blocked target = k == count - 1 ? *out : (ck_blocked){.planes = none};
        fine = add_stage(c, isa, stages, k, before, &target);
        before = (ck_blocked){.batch = 1, .channels = stages[k].channels, .height = stages[k].height, .width = stages[k].width,
                              .border = c->stages[k].border, .planes = none};
    }
    if (!fine) {
        destroy(&c->owner.op);
        return NULL;
    }
    c->step_rows = 1;
    while (c->step_rows < 8 && size_buffers(c, 2 * c->step_rows) <= BUFFER_BYTES) c->step_rows *= 2;
    size_t bytes = size_buffers(c, c->step_rows), scratch = 0;
    for (int k = 0; k < count; k++)
        if (c->stages[k].scratch > scratch) scratch = c->stages[k].scratch;
    c->bands = 1;  // a power of two: the threads end together
    while (c->bands < MAX_BANDS && out->height / (2 * c->bands) >= MIN_BAND) c->bands *= 2;
    for (int k = 0; k < count; k++) c->owner.op.bytes += c->ops[k]->bytes;
    c->owner.op.kernel = "chain";
    ck_op *op = ck_op_step(&c->owner, run_chain, c, out->batch * c->bands);
    op->steps[0].scratch = bytes + scratch;
    return op;
}
