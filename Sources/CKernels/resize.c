// Nearest and linear resizing of blocked tensors.
#include "resize_data.h"

typedef void ck_run(const ck_step *step, int job, int thread);
typedef struct {
    ck_run *nearest, *linear;
} ck_resize_kernels;

#define CK_TEMPLATE "resize.inc"
#include "for_each_isa.h"

static const ck_resize_kernels *const kernels[] = CK_ISA_TABLE(resize);

// Both kinds of table have elements of four bytes.
static const void *keep_table(ck_resize_data *d, const void *table, int count) {
    const void *copy = NULL;
    ck_op_keep(&d->owner, &copy, table, (size_t)count, sizeof(float));
    return copy;
}

static ck_resize_data *resize_data(const ck_blocked *in, const ck_blocked *out, int lanes, const int *rows,
                                   const int *columns) {
    ck_resize_data *d = ck_op_new(sizeof *d);
    if (d && ck_op_keep_blocked(&d->owner, &d->in, in, lanes) && ck_op_keep_blocked(&d->owner, &d->out, out, lanes)) {
        d->rows0 = keep_table(d, rows, out->height);
        d->columns0 = keep_table(d, columns, out->width);
        if (d->rows0 && d->columns0) return d;
    }
    ck_op_fail(&d->owner);
    return NULL;
}

static ck_op *resize_op(ck_resize_data *d, int lanes, ck_run *run) {
    size_t units = ck_planes(&d->out, lanes) * (size_t)d->out.height;
    return ck_op_step(&d->owner, run, d, ck_job_count(units, (size_t)d->out.width * (size_t)lanes));
}

ck_op *ck_resize_nearest(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rows, const int *columns) {
    const int lanes = ck_isa_lanes(isa);
    ck_resize_data *d = resize_data(in, out, lanes, rows, columns);
    if (!d) return NULL;
    d->doubles = out->width % 2 == 0;
    for (int x = 0; x < out->width && d->doubles; x++) d->doubles = columns[x] == x / 2;
    return resize_op(d, lanes, kernels[isa]->nearest);
}

ck_op *ck_resize_linear(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rows0, const int *rows1,
                        const float *row_weights, const int *columns0, const int *columns1,
                        const float *column_weights) {
    const int lanes = ck_isa_lanes(isa);
    ck_resize_data *d = resize_data(in, out, lanes, rows0, columns0);
    if (!d) return NULL;
    d->rows1 = keep_table(d, rows1, out->height);
    d->row_weights = keep_table(d, row_weights, out->height);
    d->columns1 = keep_table(d, columns1, out->width);
    d->column_weights = keep_table(d, column_weights, out->width);
    if (!d->rows1 || !d->row_weights || !d->columns1 || !d->column_weights) return ck_op_fail(&d->owner);
    return resize_op(d, lanes, kernels[isa]->linear);
}
