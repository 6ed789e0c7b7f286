// Blocked tensors to planar arrays and back, and rearranged channels.
#include "layout_data.h"
#include "ck_layout.h"
#include <string.h>

typedef void ck_run(const ck_step *step, int job, int thread);
typedef struct {
    ck_run *to_blocked, *to_strided, *gather_channels, *gather_views;
    void (*write_planar)(const float *const *blocks, int channels, int pixels, float *out, ptrdiff_t channel_stride);
    void (*write_pixels)(const float *const *blocks, int channels, int pixels, float *out, ptrdiff_t pixel_stride);
} ck_layout_kernels;

#define CK_TEMPLATE "layout.inc"
#include "for_each_isa.h"

static const ck_layout_kernels *const kernels[] = CK_ISA_TABLE(layout);

static ck_layout_data *layout_data(const ck_blocked *t, int lanes) {
    ck_layout_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_blocked(&d->owner, &d->t, t, lanes)) {
        ck_op_fail(&d->owner);
        return NULL;
    }
    d->pixels = t->height * t->width;
    d->groups = (d->pixels + lanes - 1) / lanes;
    return d;
}

static ck_op *layout_op(ck_layout_data *d, int lanes, ck_run *run) {
    size_t units = ck_planes(&d->t, lanes) * (size_t)d->groups;
    return ck_op_step(&d->owner, run, d, ck_job_count(units, (size_t)(lanes * lanes)));
}

ck_op *ck_to_blocked(ck_isa isa, const float *planar, const ck_blocked *out) {
    int lanes = ck_isa_lanes(isa);
    ck_layout_data *d = layout_data(out, lanes);
    if (!d) return NULL;
    d->in = planar;
    return layout_op(d, lanes, kernels[isa]->to_blocked);
}

ck_op *ck_to_planar(ck_isa isa, const ck_blocked *in, float *planar) {
    ptrdiff_t pixels = (ptrdiff_t)in->height * in->width;
    ptrdiff_t strides[4] = {pixels * in->channels, pixels, in->width, 1};
    return ck_to_strided(isa, in, planar, strides);
}

ck_op *ck_to_strided(ck_isa isa, const ck_blocked *in, float *out, const ptrdiff_t strides[4]) {
    int lanes = ck_isa_lanes(isa);
    ck_layout_data *d = layout_data(in, lanes);
    if (!d) return NULL;
    d->out = out;
    d->batch_stride = strides[0];
    d->channel_stride = strides[1];
    d->row_stride = strides[2];
    d->pixel_stride = strides[3];
    // The stride of an axis of size 1 says nothing: take the one that makes the picture contiguous.
    if (in->width == 1) d->pixel_stride = in->height == 1 ? 1 : d->row_stride;
    if (in->height == 1) d->row_stride = d->pixel_stride * in->width;
    d->mode = CK_ANY_STRIDES;
    if (d->pixel_stride == 1 && d->row_stride == in->width) d->mode = CK_PIXELS_CONTIGUOUS;
    // One pixel per plane is better stored as a run of channels.
    if (d->channel_stride == 1 && (d->mode == CK_ANY_STRIDES || d->pixels == 1)) d->mode = CK_CHANNELS_CONTIGUOUS;
    return layout_op(d, lanes, kernels[isa]->to_strided);
}

void layout_write_planar(ck_isa isa, const float *const *blocks, int channels, int pixels, float *out,
                         ptrdiff_t channel_stride) {
    kernels[isa]->write_planar(blocks, channels, pixels, out, channel_stride);
}
void layout_write_pixels(ck_isa isa, const float *const *blocks, int channels, int pixels, float *out,
                         ptrdiff_t pixel_stride) {
    kernels[isa]->write_pixels(blocks, channels, pixels, out, pixel_stride);
}

// Describes output block `block`: the source blocks it needs, each once. Returns their number.
static int gather_parts(ck_gather_part *parts, int block, int lanes, const int *source, const int *channel,
                        const ck_blocked *out) {
    int count = 0, valid = out->channels - block * lanes;
    for (int lane = 0; lane < lanes && lane < valid; lane++) {
        int c = block * lanes + lane, k = 0;
        while (k < count && (parts[k].source != source[c] || parts[k].block != channel[c] / lanes)) k++;
        if (k == count) {
            memset(&parts[k], 0, sizeof parts[k]);
            parts[k].source = source[c];
            parts[k].block = channel[c] / lanes;
            parts[k].identity = 1;
            count++;
        }
        parts[k].index[lane] = channel[c] % lanes;
        parts[k].mask[lane] = -1;
        // Lanes past the last channel may hold anything finite, so copying whole blocks is right there too.
        if (channel[c] % lanes != lane) parts[k].identity = 0;
    }
    return count;
}

ck_op *ck_gather_channels(ck_isa isa, const ck_blocked *sources, int source_count, const int *source,
                          const int *channel, const ck_blocked *out) {
    int lanes = ck_isa_lanes(isa), blocks = ck_blocks(out, lanes);
    ck_gather_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_blocked(&d->owner, &d->out, out, lanes)) return ck_op_fail(&d->owner);
    d->sources = ck_op_allocate(&d->owner, (size_t)source_count, sizeof *d->sources);
    d->parts = ck_op_allocate(&d->owner, (size_t)blocks * (size_t)lanes, sizeof *d->parts);
    d->starts = ck_op_allocate(&d->owner, (size_t)blocks + 1, sizeof *d->starts);
    if (!d->sources || !d->parts || !d->starts) return ck_op_fail(&d->owner);
    for (int i = 0; i < source_count; i++)
        if (!ck_op_keep_blocked(&d->owner, &d->sources[i], &sources[i], lanes)) return ck_op_fail(&d->owner);
    d->starts[0] = 0;
    for (int b = 0; b < blocks; b++)
        d->starts[b + 1] = d->starts[b] + gather_parts(d->parts + d->starts[b], b, lanes, source, channel, out);
    size_t units = ck_planes(out, lanes) * (size_t)out->height;
    return ck_op_step(&d->owner, kernels[isa]->gather_channels, d,
                      ck_job_count(units, (size_t)out->width * (size_t)lanes));
}

ck_op *ck_gather_views(ck_isa isa, const ck_channel_view *channels, const ck_blocked *out) {
    const int lanes = ck_isa_lanes(isa);
    ck_views_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_blocked(&d->owner, &d->out, out, lanes) ||
        !ck_op_keep(&d->owner, (const void **)&d->channels, channels, (size_t)out->channels, sizeof *channels))
        return ck_op_fail(&d->owner);
    size_t units = ck_planes(out, lanes) * (size_t)out->height;
    return ck_op_step(&d->owner, kernels[isa]->gather_views, d, ck_job_count(units, (size_t)out->width * (size_t)lanes));
}

static void run_clear_border(const ck_step *step, int job, int thread) {
    (void)thread;
    const ck_layout_data *d = step->data;
    const int lanes = (int)d->batch_stride, border = d->t.border;
    const size_t row = (size_t)ck_row(&d->t, lanes), side = (size_t)border * lanes;
    float *top = d->t.planes[job] - (size_t)border * row - side;
    memset(top, 0, ((size_t)border * row + side) * sizeof *top);
    for (int y = 0; y < d->t.height; y++) {
        // The end of one row and the start of the next lie together.
        float *end = d->t.planes[job] + (size_t)y * row + (size_t)d->t.width * lanes;
        memset(end, 0, 2 * side * sizeof *end);
    }
    float *bottom = d->t.planes[job] + (size_t)d->t.height * row - side;
    memset(bottom, 0, (size_t)border * row * sizeof *bottom + side * sizeof *bottom);
}

// The columns of row y outside every rectangle, as [first, end) pairs in `spans`. Returns the number of pairs.
static int spans_outside(const int *rectangles, int count, int y, int width, uint8_t *covered, ck_span *spans) {
    memset(covered, 0, (size_t)width);
    for (const int *r = rectangles; r < rectangles + 4 * (ptrdiff_t)count; r += 4)
        if (y >= r[0] && y < r[1] && r[2] < r[3]) memset(covered + r[2], 1, (size_t)(r[3] - r[2]));
    int n = 0;
    for (int x = 0; x < width;) {
        const int first = x, state = covered[x];
        while (x < width && covered[x] == state) x++;
        if (!state) spans[n++] = (ck_span){first, x};
    }
    return n;
}

// Whether row y has the same rectangles as the row before it.
static int rows_alike(const int *rectangles, int count, int y) {
    for (int i = 0; i < count; i++)
        if (rectangles[4 * i] == y || rectangles[4 * i + 1] == y) return 0;
    return 1;
}

static void run_fill_outside(const ck_step *step, int job, int thread) {
    (void)thread;
    const ck_fill_data *d = step->data;
    const int lanes = d->lanes, width = d->out.width, blocks = ck_blocks(&d->out, lanes);
    ck_rows rows = ck_job_rows(ck_planes(&d->out, lanes), d->out.height, step->jobs, job);
    while (ck_next_rows(&rows)) {
        const float *values = d->values + (rows.plane % blocks == blocks - 1 ? lanes : 0);
        for (int y = rows.y0; y < rows.y1; y++) {
            float *out = d->out.planes[rows.plane] + y * ck_row(&d->out, lanes);
            const float *in = d->in.planes[rows.plane] + y * ck_row(&d->in, lanes);
            if (in != out) memcpy(out, in, sizeof *out * (size_t)width * (size_t)lanes);
            for (const ck_span *s = d->spans + d->starts[y]; s < d->spans + d->ends[y]; s++)
                for (float *p = out + (ptrdiff_t)s->first * lanes; p < out + (ptrdiff_t)s->end * lanes; p += lanes)
                    memcpy(p, values, sizeof *p * (size_t)lanes);
        }
    }
}

ck_op *ck_fill_outside(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rectangles, int count,
                       float value) {
    const int lanes = ck_isa_lanes(isa), height = out->height, width = out->width;
    ck_fill_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_blocked(&d->owner, &d->in, in, lanes) || !ck_op_keep_blocked(&d->owner, &d->out, out, lanes))
        return ck_op_fail(&d->owner);
    d->lanes = lanes;
    // A row has at most one span more than rectangles, and a new set of spans begins where a rectangle does or ends.
    const size_t row_spans = (size_t)count + 1;
    d->spans = ck_op_allocate(&d->owner, row_spans * (2 * (size_t)count + 1), sizeof *d->spans);
    d->starts = ck_op_allocate(&d->owner, (size_t)height, sizeof *d->starts);
    d->ends = ck_op_allocate(&d->owner, (size_t)height, sizeof *d->ends);
    uint8_t *covered = ck_op_allocate(&d->owner, (size_t)width, 1);
    if (!d->spans || !d->starts || !d->ends || !covered) return ck_op_fail(&d->owner);
    int used = 0;
    for (int y = 0; y < height; y++) {
        if (y > 0 && rows_alike(rectangles, count, y)) {
            d->starts[y] = d->starts[y - 1], d->ends[y] = d->ends[y - 1];
            continue;
        }
        d->starts[y] = used;
        used += spans_outside(rectangles, count, y, width, covered, d->spans + used);
        d->ends[y] = used;
    }
    const int valid = out->channels - (ck_blocks(out, lanes) - 1) * lanes;
    for (int i = 0; i < 2 * lanes; i++) d->values[i] = i < lanes + valid ? value : 0;
    size_t units = ck_planes(out, lanes) * (size_t)height;
    return ck_op_step(&d->owner, run_fill_outside, d, ck_job_count(units, (size_t)width * (size_t)lanes));
}

ck_op *ck_clear_border(ck_isa isa, const ck_blocked *t) {
    const int lanes = ck_isa_lanes(isa);
    ck_layout_data *d = layout_data(t, lanes);
    if (!d) return NULL;
    d->batch_stride = lanes;
    return ck_op_step(&d->owner, run_clear_border, d, t->batch * ck_blocks(t, lanes));
}
