// Direct convolution of any kernel, stride, dilation and grouping, and transposed convolution: packing and schedule.
// The register tiles are in conv_direct.inc.
//
// A convolution is one phase: output pixel (y, x) looks at the input around (y * stride, x * stride). A transposed
// convolution is stride_h * stride_w phases: the output pixels whose row and column leave the same remainders meet the
// same taps, and form an ordinary convolution with stride 1 whose output is spread out.
//
// Tiles of bfloat16 read rounded pixels: each job rounds the rows it reads into working memory; where jobs for different
// channels read the same rows, a step before rounds all of them once.
#include <limits.h>
#include <string.h>
#include "conv.h"
#include "conv_direct.h"

#define CK_TEMPLATE "conv_direct.inc"
#include "for_each_isa.h"
static const direct_kernels *const kernels_by_isa[] = CK_ISA_TABLE(direct_kernels);
const direct_kernels *direct_kernels_for(ck_isa isa) { return kernels_by_isa[isa]; }
#define CK_TEMPLATE "conv_direct.inc"
#include "for_bf16.h"
const direct_kernels *direct_bf16_kernels(void) { return CK_BF16_TABLE(direct_kernels); }

// One or two blocks of output channels and the input blocks which they read.
typedef struct {
    int out_block, blocks;
    int in_block, in_channels;  // in_channels counts from the start of in_block
    const float *weights;
} direct_group;

typedef struct {
    int height, width;  // output pixels
    int out_y, out_x;   // the first
    int tap_count;
    ptrdiff_t *taps;
    direct_group *groups;
    int first_job;
} direct_phase;

typedef struct {
    ck_owner owner;
    const direct_kernels *kernels;
    int lanes, stride_kind;
    int units;         // of a pixel of a plane that tiles read: floats, or pairs of bfloat16
    ptrdiff_t in_row;  // of these planes, in units
    ck_blocked in, out, residual;
    ck_activation activation;
    int residual_after_activation;
    const float *bias;
    int in_step_y, in_step_x, out_step_y, out_step_x;  // pixels
    int phase_count, group_count;
    direct_phase *phases;
    int rows_per_job, groups_per_job, group_jobs;
    ck_blocked original;  // the input, where `in` is a copy: its border is too narrow, or all of it is rounded
    // Rows of the input that jobs round for themselves; no rows: they read `in`.
    struct { int rows, width, top, left; } band;  // top and left: of the pixels around output pixel (0, 0) of a phase
} direct_conv;

static void run_rows(const direct_conv *c, const direct_phase *phase, const direct_group *g, int picture, int y0, int y1) {
    const int lanes = c->lanes, in_blocks = ck_blocks(&c->in, lanes), out_blocks = ck_blocks(&c->out, lanes);
    const ptrdiff_t out_row = ck_row(&c->out, lanes);
    direct_tiles t = {
        .in = c->in.planes + (size_t)picture * in_blocks + g->in_block,
        .in_channels = ck_ceil_div(g->in_channels * c->units, lanes),
        .in_step = (ptrdiff_t)c->in_step_x * c->units,
        .taps = phase->taps,
        .tap_count = phase->tap_count,
        .weights = g->weights,
        .ahead = g->weights + DIRECT_AHEAD,
        .ahead_step = c->kernels->asks_ahead ? (ptrdiff_t)g->blocks * lanes : 0,
        .bias = c->bias + g->out_block * lanes,
        .out_step = (ptrdiff_t)c->out_step_x * lanes,
        .activation = &c->activation,
        .slopes = c->activation.slopes ? c->activation.slopes + g->out_block * lanes : NULL,
        .residual_after_activation = c->residual_after_activation,
    };
    float *const *out = c->out.planes + (size_t)picture * out_blocks + g->out_block;
    float *const *residual = c->residual.planes ? c->residual.planes + (size_t)picture * out_blocks + g->out_block : NULL;
    const ptrdiff_t residual_row = residual ? ck_row(&c->residual, lanes) : 0;
    const int shape = direct_shape(c->kernels, c->stride_kind, ck_min(g->blocks * lanes, c->out.channels - g->out_block * lanes), lanes);
    const ptrdiff_t in_rows = (ptrdiff_t)c->in_step_y * c->in_row;
    for (int y = y0; y < y1; y++) {
        const int out_y = phase->out_y + y * c->out_step_y;
        t.in_offset = y * in_rows;
        t.in_ahead = in_rows - phase->width * t.in_step;
        for (int o = 0; o < g->blocks; o++) {
            t.out[o] = out[o] + out_y * out_row + (ptrdiff_t)phase->out_x * lanes;
            if (residual) t.residual[o] = residual[o] + out_y * residual_row + (ptrdiff_t)phase->out_x * lanes;
        }
        direct_run(c->kernels->tile[c->stride_kind][shape], c->kernels->max_pixels[c->stride_kind][shape], &t, phase->width);
    }
}
// Rounds what output rows [y0, y1) of a phase read; the planes given are as if the whole picture were there.
static void round_band(const direct_conv *c, int picture, int y0, int y1, float *memory, float **planes) {
    const int lanes = c->lanes, blocks = ck_blocks(&c->in, lanes);
    const ptrdiff_t from_row = ck_row(&c->in, lanes), plane = c->band.rows * c->in_row;
    const int first = y0 * c->in_step_y + c->band.top, rows = c->band.rows - (c->rows_per_job - (y1 - y0)) * c->in_step_y;
    for (int b = 0; b < blocks; b++) {
        const float *from = c->in.planes[(size_t)picture * blocks + b] + first * from_row + (ptrdiff_t)c->band.left * lanes;
        // Of several phases not all read the last row: it may lie past the border.
        for (int y = 0; y < rows && first + y < c->in.height + c->in.border; y++) c->kernels->round(from + y * from_row, memory + b * plane + y * c->in_row, c->band.width);
        planes[b] = memory + b * plane - first * c->in_row - (ptrdiff_t)c->band.left * c->units;
    }
}
static void run_groups(const direct_conv *c, const direct_phase *phase, int g0, int g1, int picture, int y0, int y1, float *scratch) {
    if (!c->band.rows) {
        for (int g = g0; g < g1; g++) run_rows(c, phase, &phase->groups[g], picture, y0, y1);
        return;
    }
    float *planes[CONV_MAX_BLOCKS];
    round_band(c, picture, y0, y1, scratch, planes);
    direct_conv rounded = *c;
    rounded.in.planes = planes - (size_t)picture * ck_blocks(&c->in, c->lanes);
    for (int g = g0; g < g1; g++) run_rows(&rounded, phase, &phase->groups[g], picture, y0, y1);
}
// Jobs of a phase: [picture][groups][rows].
// One group runs over all rows of the job before the next one: its weights stay in a near cache.
static void run_direct(const ck_step *step, int job, int thread) {
    (void)thread;
    const direct_conv *c = step->data;
    const direct_phase *phase = c->phases;
    while (phase + 1 < c->phases + c->phase_count && job >= phase[1].first_job) phase++;
    job -= phase->first_job;
    const int row_jobs = ck_ceil_div(phase->height, c->rows_per_job);
    const int rows = job % row_jobs, groups = job / row_jobs % c->group_jobs, picture = job / row_jobs / c->group_jobs;
    const int y0 = rows * c->rows_per_job, y1 = ck_min(y0 + c->rows_per_job, phase->height);
    const int g0 = groups * c->groups_per_job, g1 = ck_min(g0 + c->groups_per_job, c->group_count);
    run_groups(c, phase, g0, g1, picture, y0, y1, ck_scratch());
}
void conv_direct_rows(const ck_op *op, const conv_rows *rows, int y0, int y1) {
    direct_conv c = *(const direct_conv *)op;
    c.in.planes = rows->in, c.out.planes = rows->out, c.residual.planes = rows->residual;
    const int step = c.band.rows ? c.rows_per_job : ck_max(1, y1 - y0);
    for (int y = y0; y < y1; y += step) run_groups(&c, c.phases, 0, c.group_count, 0, y, ck_min(y + step, y1), rows->scratch);
}
// Step 1 where the input is copied: one plane a job.
static void run_copy(const ck_step *step, int job, int thread) {
    (void)thread;
    const direct_conv *c = step->data;
    const ck_blocked *from = &c->original;
    for (int y = 0; y < from->height; y++) {
        const float *row = from->planes[job] + y * ck_row(from, c->lanes);
        float *to = c->in.planes[job] + y * c->in_row;
        if (c->kernels->round) c->kernels->round(row, to, from->width);
        else memcpy(to, row, sizeof(float) * (size_t)from->width * c->lanes);
    }
}

// The input channels that the output channels [first, end) read.
static void input_range(const conv_arguments *a, int first, int end, int *in_first, int *in_end) {
    const int groups = a->options->groups, in_group = a->in->channels / groups, out_group = a->out->channels / groups;
    *in_first = first / out_group * in_group;
    *in_end = ((end - 1) / out_group + 1) * in_group;
}
// Groups of blocks: pairs, unless the two blocks of a pair read different inputs.
static int plan_groups(const conv_arguments *a, direct_group *groups) {
    const int lanes = a->lanes, channels = a->out->channels, blocks = ck_blocks(a->out, lanes);
    int count = 0;
    for (int b = 0; b < blocks;) {
        int first, end, first2, end2, n = 1;
        input_range(a, b * lanes, ck_min((b + 1) * lanes, channels), &first, &end);
        if (b + 1 < blocks) {
            input_range(a, (b + 1) * lanes, ck_min((b + 2) * lanes, channels), &first2, &end2);
            if (first2 / lanes == first / lanes && end2 == end) n = 2;
        }
        const int in_block = first / lanes;
        groups[count++] = (direct_group){b, n, in_block, end - in_block * lanes, NULL};
        b += n;
    }
    return count;
}
// Channels of different groups meet with weight 0.
static float *pack_group(direct_conv *c, const conv_arguments *a, int transposed, const direct_group *g, const conv_phase *phase) {
    const int lanes = a->lanes, groups = a->options->groups, in_group = a->in->channels / groups, out_group = a->out->channels / groups;
    const size_t area = (size_t)a->options->kernel_h * a->options->kernel_w;
    const int out_first = g->out_block * lanes, outs = ck_min(g->blocks * lanes, a->out->channels - out_first);
    const int paired = lanes / c->units;  // channels a unit
    float *packed = ck_op_allocate(&c->owner, (size_t)ck_ceil_div(g->in_channels, paired) * phase->tap_count * g->blocks * lanes, sizeof(float));
    if (!packed) return NULL;
    float *w = packed;
    for (int first = 0; first < g->in_channels; first += lanes)
        for (int k = 0; k < phase->tap_count; k++)
            for (int i = first, end = ck_min(first + lanes, g->in_channels); i < end; i++, w += i % paired == 0 || i == end ? g->blocks * lanes : 0) {
                const int in = g->in_block * lanes + i, group = in / in_group;
                const float *from = a->weights + phase->kernel_taps[k];
                for (int o = ck_max(0, group * out_group - out_first); o < ck_min(outs, (group + 1) * out_group - out_first); o++) {
                    const int out = out_first + o;
                    const float weight = from[(transposed ? (size_t)in * out_group + (out - group * out_group) : (size_t)out * in_group + (in - group * in_group)) * area];
                    if (paired == 1) w[o] = weight;
                    else ((uint16_t *)w)[2 * o + i % 2] = conv_bf16(weight);
                }
            }
    return packed;
}
static int make_phase(direct_conv *c, const conv_arguments *a, int transposed, direct_phase *to, const conv_phase *from) {
    *to = (direct_phase){.height = from->height, .width = from->width, .out_y = from->out_y, .out_x = from->out_x, .tap_count = from->tap_count};
    to->taps = ck_op_allocate(&c->owner, from->tap_count, sizeof *to->taps);
    to->groups = ck_op_allocate(&c->owner, ck_blocks(a->out, a->lanes), sizeof *to->groups);
    if (!to->groups || !to->taps) return 0;
    c->group_count = plan_groups(a, to->groups);
    const direct_phase *like = a->like ? ((const direct_conv *)a->like)->phases + (to - c->phases) : NULL;
    for (int g = 0; g < c->group_count; g++) {
        to->groups[g].weights = like ? like->groups[g].weights : pack_group(c, a, transposed, &to->groups[g], from);
        if (!to->groups[g].weights) return 0;
    }
    return 1;
}
// Once it is known where tiles read.
static void place_taps(const direct_conv *c, const conv_phases *p) {
    for (int i = 0; i < p->phase_count; i++)
        for (int k = 0; k < p->phases[i].tap_count; k++)
            c->phases[i].taps[k] = p->phases[i].dy[k] * c->in_row + (ptrdiff_t)p->phases[i].dx[k] * c->units;
}
static int border_needed(const ck_blocked *in, const conv_phases *p) {
    int need = 0;
    for (int i = 0; i < p->phase_count; i++) {
        const conv_phase *f = &p->phases[i];
        for (int k = 0; k < f->tap_count && f->height > 0 && f->width > 0; k++) {
            need = ck_max(need, ck_max(-f->dy[k], -f->dx[k]));
            need = ck_max(need, (f->height - 1) * p->in_step_y + f->dy[k] - (in->height - 1));
            need = ck_max(need, (f->width - 1) * p->in_step_x + f->dx[k] - (in->width - 1));
        }
    }
    return need;
}
static int copy_input(direct_conv *c, int border) {
    c->original = c->in;
    c->in.border = border;
    c->in.pitch = 0;
    const int planes = c->in.batch * ck_blocks(&c->in, c->lanes);
    const ptrdiff_t row = c->in_row = (ptrdiff_t)(c->in.width + 2 * border) * c->units;
    const size_t size = (size_t)row * (c->in.height + 2 * border);
    float *memory = ck_op_allocate(&c->owner, (size_t)planes * size, sizeof(float));
    float **list = ck_op_allocate(&c->owner, planes, sizeof *list);
    if (!memory || !list) return 0;
    for (int p = 0; p < planes; p++) list[p] = memory + p * size + border * row + border * c->units;
    c->in.planes = list;
    ck_op_step(&c->owner, run_copy, c, planes);
    return 1;
}
// The pixels that a job's output rows, of any phase, read.
static void plan_band(direct_conv *c, const conv_phases *p) {
    int bottom = INT_MIN, right = INT_MIN, width = 0;
    c->band.top = c->band.left = INT_MAX;
    for (int i = 0; i < p->phase_count; i++) {
        width = ck_max(width, p->phases[i].width);
        for (int k = 0; k < p->phases[i].tap_count; k++) {
            const int dy = p->phases[i].dy[k], dx = p->phases[i].dx[k];
            c->band.top = ck_min(c->band.top, dy), c->band.left = ck_min(c->band.left, dx);
            bottom = ck_max(bottom, dy), right = ck_max(right, dx);
        }
    }
    c->band.rows = (c->rows_per_job - 1) * c->in_step_y + bottom - c->band.top + 1;
    c->band.width = ck_min((width - 1) * c->in_step_x + right + 1, c->in.width + c->in.border) - c->band.left;
    c->in_row = (ptrdiff_t)c->band.width * c->units;
}
static void schedule(direct_conv *c) {
    const int lanes = c->lanes;
    double weights = 0, row_work = 0;  // of the largest phase
    for (int p = 0; p < c->phase_count; p++) {
        double size = 0;
        for (int g = 0; g < c->group_count; g++)
            size += (double)c->phases[p].groups[g].in_channels * c->phases[p].tap_count * c->phases[p].groups[g].blocks * lanes;
        size = size * c->units / lanes;  // time and bytes of bfloat16 are half of a float's
        if (size > weights) weights = size;
        if (size * c->phases[p].width > row_work) row_work = size * c->phases[p].width;
    }
    const int height = c->phases[0].height;
    c->groups_per_job = c->group_count;
    if (weights > 100e3) {  // more than a share of the second cache: a job keeps to a part of the channels
        c->groups_per_job = 1;
        row_work /= c->group_count;
    }
    c->group_jobs = ck_ceil_div(c->group_count, c->groups_per_job);
    c->rows_per_job = row_work * height <= CONV_JOB_WORK ? height : ck_max(1, ck_min(height, (int)(CONV_JOB_WORK / row_work)));
    if (c->groups_per_job < c->group_count && row_work * height < 12 * (double)CONV_JOB_WORK && c->group_jobs * c->out.batch >= 4)
        c->rows_per_job = height;  // weights are then fetched once only
    if (c->rows_per_job < 1) c->rows_per_job = 1;
}
static ck_op *add_step(direct_conv *c) {
    int jobs = 0;
    for (int p = 0; p < c->phase_count; p++) {
        c->phases[p].first_job = jobs;
        jobs += c->out.batch * c->group_jobs * ck_ceil_div(c->phases[p].height, c->rows_per_job);
    }
    c->owner.op.kernel = c->kernels->round ? "bf16 direct" : "direct";
    ck_op *op = ck_op_step(&c->owner, run_direct, c, jobs);
    op->steps[op->step_count - 1].scratch = sizeof(float) * (size_t)ck_blocks(&c->in, c->lanes) * c->band.rows * c->in_row;
    return op;
}
static direct_conv *new_direct(const conv_arguments *a, int phase_count) {
    direct_conv *c = ck_op_new(sizeof *c);
    if (!c) return NULL;
    c->kernels = conv_is_bf16(a) ? direct_bf16_kernels() : kernels_by_isa[a->isa];
    c->lanes = a->lanes;
    c->units = c->kernels->round ? a->lanes / 2 : a->lanes;
    c->residual_after_activation = a->options->residual_after_activation;
    c->phase_count = phase_count;
    c->phases = ck_op_allocate(&c->owner, phase_count, sizeof *c->phases);
    c->bias = ck_op_keep_padded(&c->owner, a->bias, a->bias ? a->out->channels : 0, (size_t)ck_blocks(a->out, a->lanes) * a->lanes);
    if (c->phases && c->bias && ck_op_keep_blocked(&c->owner, &c->in, a->in, a->lanes) &&
        ck_op_keep_blocked(&c->owner, &c->out, a->out, a->lanes) &&
        ck_op_keep_blocked(&c->owner, &c->residual, a->residual, a->lanes) &&
        ck_op_keep_activation(&c->owner, &c->activation, &a->options->activation, a->out->channels, a->lanes))
        return c;
    ck_op_fail(&c->owner);
    return NULL;
}
ck_op *conv_direct_phases(const conv_arguments *a, const conv_phases *p) {
    direct_conv *c = new_direct(a, p->phase_count);
    if (!c) return NULL;
    c->in_step_y = p->in_step_y, c->in_step_x = p->in_step_x, c->out_step_y = p->out_step_y, c->out_step_x = p->out_step_x;
    c->stride_kind = p->in_step_x == 1 ? DIRECT_STRIDE_1 : p->in_step_x == 2 ? DIRECT_STRIDE_2 : DIRECT_STRIDE_ANY;
    for (int i = 0; i < p->phase_count; i++)
        if (!make_phase(c, a, p->weights_transposed, &c->phases[i], &p->phases[i])) return ck_op_fail(&c->owner);
    schedule(c);
    c->in_row = ck_row(&c->in, c->lanes);
    const int border = border_needed(a->in, p), is_bf16 = c->units < c->lanes;
    if (border > a->in->border || (is_bf16 && c->group_jobs > 1 && !a->by_rows)) {
        if (!copy_input(c, border)) return ck_op_fail(&c->owner);
    } else if (is_bf16) {
        if (a->by_rows) c->rows_per_job = ck_min(c->rows_per_job, 8);
        plan_band(c, p);
    }
    place_taps(c, p);
    return add_step(c);
}
ck_op *conv_direct(const conv_arguments *a) {
    const ck_conv_options *o = a->options;
    const int taps = o->kernel_h * o->kernel_w;
    int *table = ck_allocate((size_t)taps * 3, sizeof(int));
    if (!table) return NULL;
    int *dy = table + taps, *dx = table + 2 * taps;
    for (int k = 0; k < taps; k++) {
        table[k] = k;
        dy[k] = k / o->kernel_w * o->dilation_h - o->pad_top;
        dx[k] = k % o->kernel_w * o->dilation_w - o->pad_left;
    }
    const conv_phase phase = {a->out->height, a->out->width, 0, 0, taps, table, dy, dx};
    ck_op *op = conv_direct_phases(a, &(conv_phases){o->stride_h, o->stride_w, 1, 1, 0, 1, &phase});
    ck_free(table);
    return op;
}
