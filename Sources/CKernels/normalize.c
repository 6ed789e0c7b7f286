// Layer normalisation: a job is a range of rows.
#include "normalize_data.h"

typedef struct {
    void (*layer_norm)(const ck_step *step, int job, int thread);
} ck_normalize_kernels;

#define CK_TEMPLATE "normalize.inc"
#include "for_each_isa.h"

static const ck_normalize_kernels *const kernels[] = CK_ISA_TABLE(normalization);

ck_op *ck_layer_norm(ck_isa isa, const float *x, const float *scale, const float *bias, float *y, size_t rows, size_t length,
                     float epsilon) {
    ck_layer_norm_data *d = ck_op_new(sizeof *d);
    if (!d) return NULL;
    d->x = x, d->scale = scale, d->bias = bias, d->y = y;
    d->rows = rows, d->length = length;
    d->epsilon = epsilon;
    return ck_op_step(&d->owner, kernels[isa]->layer_norm, d, ck_job_count(rows, length * 3));
}
