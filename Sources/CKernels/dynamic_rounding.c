// Rounding of an array to 8 bits by its own range, in two steps: extremes, then numbers.
#include "ck_integer_section.h"
#include "op.h"
#include "partition.h"

typedef struct {
    void (*extremes)(const float *x, size_t count, float *least, float *most);
    void (*round_all)(const float *x, float *y, size_t count, float scale, float zero);
} ck_rounding_kernels;

#define CK_TEMPLATE "dynamic_rounding.inc"
#include "for_each_isa.h"

static const ck_rounding_kernels *const kernels[] = CK_ISA_TABLE(rounding);

enum { MAX_JOBS = 64 };
typedef struct {
    ck_owner owner;
    const ck_rounding_kernels *kernels;
    const float *x;
    float *y, *scale;
    size_t count;
    float *parts;  // least and most of each job
} rounding_data;

static void run_extremes(const ck_step *step, int job, int thread) {
    (void)thread;
    const rounding_data *d = step->data;
    const size_t first = ck_job_start(d->count, step->jobs, job), end = ck_job_start(d->count, step->jobs, job + 1);
    d->kernels->extremes(d->x + first, end - first, d->parts + 2 * job, d->parts + 2 * job + 1);
}

static void run_round(const ck_step *step, int job, int thread) {
    (void)thread;
    const rounding_data *d = step->data;
    float least = 0, most = 0;
    for (int i = 0; i < step->jobs; i++) {
        // A NaN stays: what is not finite must not go unseen.
        least = d->parts[2 * i] >= least ? least : d->parts[2 * i] + least * 0;
        most = d->parts[2 * i + 1] <= most ? most : d->parts[2 * i + 1] + most * 0;
    }
    const float scale = least == most ? 1 : (most - least) / 255;
    float zero = -least / scale;
    zero = zero == zero ? zero : 0;
    zero = zero < 0 ? 0 : zero > 255 ? 255 : zero;
    zero = (zero + 12582912.0f) - 12582912.0f;
    const size_t first = ck_job_start(d->count, step->jobs, job), end = ck_job_start(d->count, step->jobs, job + 1);
    d->kernels->round_all(d->x + first, d->y + first, end - first, scale, zero);
    if (job == 0) *d->scale = scale;
}

ck_op *ck_dynamic_rounding(ck_isa isa, const float *x, float *y, float *scale, size_t count) {
    rounding_data *d = ck_op_new(sizeof *d);
    if (!d) return NULL;
    d->kernels = kernels[isa];
    d->x = x, d->y = y, d->scale = scale, d->count = count;
    d->parts = ck_op_allocate(&d->owner, 2 * MAX_JOBS, sizeof *d->parts);
    if (!d->parts) return ck_op_fail(&d->owner);
    const int jobs = ck_job_count(count, 1);
    ck_op_step(&d->owner, run_extremes, d, jobs);
    return ck_op_step(&d->owner, run_round, d, jobs);
}
