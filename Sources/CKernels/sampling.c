// Linear sampling: a job is a range of places, whose four taps are worked out once for all channels.
#include "ck_sampling.h"
#include <math.h>
#include "op.h"
#include "partition.h"

enum { PLACES_AT_ONCE = 64 };

typedef struct {
    ck_owner owner;
    ck_grid_sample_options options;
    const float *x, *grid;
    float *out;
} sampling;

// Two taps along an axis; a tap beyond the border has weight 0.
static void taps(float normalized, int size, const ck_grid_sample_options *o, int index[2], float weight[2]) {
    const double length = size;
    double at = o->aligns_corners ? ((double)normalized + 1) / 2 * (length - 1) : (((double)normalized + 1) * length - 1) / 2;
    index[0] = index[1] = 0;
    weight[0] = weight[1] = 0;
    if (!isfinite(at)) return;
    if (o->clamps) at = at < 0 ? 0 : at > length - 1 ? length - 1 : at;
    if (at <= -1 || at >= length) return;
    const double base = floor(at);
    const int first = (int)base;
    const float t = (float)(at - base);
    if (first >= 0) index[0] = first, weight[0] = 1 - t;
    if (first + 1 < size) index[1] = first + 1, weight[1] = t;
}
static void run(const ck_step *step, int job, int thread) {
    (void)thread;
    const sampling *s = step->data;
    const ck_grid_sample_options *o = &s->options;
    const size_t plane = (size_t)o->height * o->width, places = o->places;
    const size_t units = (size_t)ck_ceil_div(o->places, PLACES_AT_ONCE) * o->batch;
    const size_t per = units / o->batch, end = ck_job_start(units, step->jobs, job + 1);
    for (size_t unit = ck_job_start(units, step->jobs, job); unit < end; unit++) {
        const size_t n = unit / per, first = unit % per * PLACES_AT_ONCE;
        const int count = places - first < PLACES_AT_ONCE ? (int)(places - first) : PLACES_AT_ONCE;
        ptrdiff_t offset[4][PLACES_AT_ONCE];
        float weight[4][PLACES_AT_ONCE];
        for (int p = 0; p < count; p++) {
            const float *at = s->grid + (n * places + first + p) * 2;
            int column[2], row[2];
            float wx[2], wy[2];
            taps(at[0], o->width, o, column, wx);
            taps(at[1], o->height, o, row, wy);
            for (int k = 0; k < 4; k++) {
                offset[k][p] = (ptrdiff_t)row[k / 2] * o->width + column[k % 2];
                weight[k][p] = wy[k / 2] * wx[k % 2];
            }
        }
        for (int c = 0; c < o->channels; c++) {
            const float *x = s->x + (n * o->channels + c) * plane;
            float *out = s->out + (n * o->channels + c) * places + first;
            for (int p = 0; p < count; p++)
                out[p] = (weight[0][p] * x[offset[0][p]] + weight[1][p] * x[offset[1][p]]) +
                         (weight[2][p] * x[offset[2][p]] + weight[3][p] * x[offset[3][p]]);
        }
    }
}
ck_op *ck_grid_sample(const ck_grid_sample_options *options, const float *x, const float *grid, float *out) {
    sampling *s = ck_op_new(sizeof *s);
    if (!s) return NULL;
    s->options = *options;
    s->x = x, s->grid = grid, s->out = out;
    const size_t units = (size_t)ck_ceil_div(options->places, PLACES_AT_ONCE) * options->batch;
    return ck_op_step(&s->owner, run, s, ck_job_count(units, (size_t)PLACES_AT_ONCE * options->channels * 8));
}
