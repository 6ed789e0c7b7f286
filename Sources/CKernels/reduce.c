// Sums, means, extremes, norms and softmax over one axis of planar arrays.
#include "reduce_data.h"

typedef void ck_run(const ck_step *step, int job, int thread);
typedef struct {
    ck_run *reduce, *softmax, *softmax_mean;
} ck_reduce_kernels;

#define CK_TEMPLATE "reduce.inc"
#include "for_each_isa.h"

static const ck_reduce_kernels *const kernels[] = CK_ISA_TABLE(reduction);

static ck_reduce_data *reduce_data(const float *x, float *y, size_t outer, size_t length, size_t inner, int columns) {
    ck_reduce_data *d = ck_op_new(sizeof *d);
    if (!d) return NULL;
    d->x = x;
    d->y = y;
    d->outer = outer;
    d->length = length;
    d->inner = inner;
    d->chunk = inner < (size_t)columns ? inner : (size_t)columns;
    d->chunks = d->chunk ? (inner + d->chunk - 1) / d->chunk : 0;
    return d;
}

static ck_op *reduce_op(ck_reduce_data *d, ck_run *run) {
    return ck_op_step(&d->owner, run, d, ck_job_count(d->outer * d->chunks, d->length * d->chunk));
}

ck_op *ck_reduce(ck_isa isa, ck_reduce_kind kind, const float *x, float *y, size_t outer, size_t length, size_t inner) {
    ck_reduce_data *d = reduce_data(x, y, outer, length, inner, 4 * ck_isa_lanes(isa));
    if (!d) return NULL;
    d->kind = kind;
    return reduce_op(d, kernels[isa]->reduce);
}

ck_op *ck_softmax(ck_isa isa, int logarithm, const float *x, float *y, size_t outer, size_t length, size_t inner) {
    ck_reduce_data *d = reduce_data(x, y, outer, length, inner, ck_isa_lanes(isa));
    if (!d) return NULL;
    d->logarithm = logarithm;
    return reduce_op(d, kernels[isa]->softmax);
}

ck_op *ck_softmax_mean(ck_isa isa, const float *x, const float *weights, float *y, size_t outer, size_t length,
                       size_t inner) {
    ck_reduce_data *d = reduce_data(x, y, outer, length, inner, ck_isa_lanes(isa));
    if (!d) return NULL;
    const void *copy = NULL;
    if (!ck_op_keep(&d->owner, &copy, weights, length, sizeof *weights)) return ck_op_fail(&d->owner);
    d->weights = copy;
    return reduce_op(d, kernels[isa]->softmax_mean);
}
