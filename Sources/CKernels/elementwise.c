// Functions of one and of two operands, on planar arrays and on blocked tensors.
#include "elementwise_data.h"

typedef void ck_run(const ck_step *step, int job, int thread);
typedef struct {
    ck_run *unary, *binary, *unary_blocked, *binary_blocked, *scale_shift_blocked;
} ck_elementwise_kernels;

#define CK_TEMPLATE "elementwise.inc"
#include "for_each_isa.h"

static const ck_elementwise_kernels *const kernels[] = CK_ISA_TABLE(elementwise);

ck_op *ck_unary(ck_isa isa, ck_activation activation, const float *x, float *y, size_t count, size_t inner,
                int channels) {
    ck_unary_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_activation(&d->owner, &d->activation, &activation, channels, ck_isa_lanes(isa)))
        return ck_op_fail(&d->owner);
    d->x = x;
    d->y = y;
    d->count = count;
    d->inner = inner;
    d->channels = channels;
    d->units = (count + CK_CHUNK - 1) / CK_CHUNK;
    return ck_op_step(&d->owner, kernels[isa]->unary, d, ck_job_count(d->units, CK_CHUNK));
}

ck_op *ck_binary(ck_isa isa, ck_binary_kind kind, ck_activation activation, const float *a, const float *b, float *y,
                 int rank, const int *shape, const ptrdiff_t *a_strides, const ptrdiff_t *b_strides) {
    ck_binary_data *d = ck_op_new(sizeof *d);
    // Slopes per channel have no meaning on arrays without channels.
    if (!d) return NULL;
    d->activation = activation;
    d->activation.slopes = NULL;
    d->kind = kind;
    d->a = a;
    d->b = b;
    d->y = y;
    d->axes.rank = rank;
    ptrdiff_t contiguous = 1;
    for (int i = rank - 1; i >= 0; i--) {
        d->axes.size[i] = shape[i];
        d->axes.stride[0][i] = contiguous;
        d->axes.stride[1][i] = a_strides[i];
        d->axes.stride[2][i] = b_strides[i];
        contiguous *= shape[i];
    }
    ck_axes_simplify(&d->axes, 3);
    const int last = --d->axes.rank;
    d->length = d->axes.size[last];
    d->a_stride = d->axes.stride[1][last];
    d->b_stride = d->axes.stride[2][last];
    d->pieces = (d->length + CK_CHUNK - 1) / CK_CHUNK;
    d->units = ck_axes_count(&d->axes) * d->pieces;
    return ck_op_step(&d->owner, kernels[isa]->binary, d,
                      ck_job_count((size_t)d->units, (size_t)(d->length < CK_CHUNK ? d->length : CK_CHUNK)));
}

static ck_op *blocked_op(ck_blocked_data *d, ck_isa isa, ck_run *run) {
    const int lanes = ck_isa_lanes(isa);
    size_t units = ck_planes(&d->y, lanes) * (size_t)d->y.height;
    return ck_op_step(&d->owner, run, d, ck_job_count(units, (size_t)d->y.width * (size_t)lanes));
}

ck_op *ck_unary_blocked(ck_isa isa, ck_activation activation, const ck_blocked *x, const ck_blocked *y) {
    const int lanes = ck_isa_lanes(isa);
    ck_blocked_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_blocked(&d->owner, &d->a, x, lanes) || !ck_op_keep_blocked(&d->owner, &d->y, y, lanes) ||
        !ck_op_keep_activation(&d->owner, &d->activation, &activation, x->channels, lanes))
        return ck_op_fail(&d->owner);
    return blocked_op(d, isa, kernels[isa]->unary_blocked);
}

ck_op *ck_binary_blocked(ck_isa isa, ck_binary_kind kind, ck_activation activation, const ck_blocked *a,
                         const ck_blocked *b, const ck_blocked *y) {
    const int lanes = ck_isa_lanes(isa);
    ck_blocked_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_blocked(&d->owner, &d->a, a, lanes) || !ck_op_keep_blocked(&d->owner, &d->b, b, lanes) ||
        !ck_op_keep_blocked(&d->owner, &d->y, y, lanes) ||
        !ck_op_keep_activation(&d->owner, &d->activation, &activation, a->channels, lanes))
        return ck_op_fail(&d->owner);
    d->kind = kind;
    d->b_constant = b->height == 1 && b->width == 1;
    d->b_batch = b->batch;
    return blocked_op(d, isa, kernels[isa]->binary_blocked);
}

ck_op *ck_scale_shift_blocked(ck_isa isa, const ck_blocked *x, const ck_blocked *y, const float *scale,
                              const float *shift) {
    const int lanes = ck_isa_lanes(isa);
    const size_t channels = (size_t)x->channels, padded = (size_t)ck_blocks(x, lanes) * (size_t)lanes;
    ck_blocked_data *d = ck_op_new(sizeof *d);
    if (!d || !ck_op_keep_blocked(&d->owner, &d->a, x, lanes) || !ck_op_keep_blocked(&d->owner, &d->y, y, lanes))
        return ck_op_fail(&d->owner);
    d->scale = ck_op_keep_padded(&d->owner, scale, channels, padded);
    d->shift = ck_op_keep_padded(&d->owner, shift, channels, padded);
    if (!d->scale || !d->shift) return ck_op_fail(&d->owner);
    return blocked_op(d, isa, kernels[isa]->scale_shift_blocked);
}
