// Maximum, average and global average pooling of blocked tensors.
#include "pooling_data.h"

typedef void ck_run(const ck_step *step, int job, int thread);
typedef struct {
    ck_run *max_pool, *average_pool, *global_average_pool;
    void (*max_of_pairs)(const float *in, ptrdiff_t row, float *out, int count);
} ck_pooling_kernels;

#define CK_TEMPLATE "pooling.inc"
#include "for_each_isa.h"

static const ck_pooling_kernels *const kernels[] = CK_ISA_TABLE(pooling);
void pooling_max_of_pairs(ck_isa isa, const float *in, ptrdiff_t row, float *out, int count) {
    kernels[isa]->max_of_pairs(in, row, out, count);
}

static ck_pooling_data *pooling_data(const ck_blocked *in, const ck_blocked *out, int lanes) {
    ck_pooling_data *d = ck_op_new(sizeof *d);
    if (d && ck_op_keep_blocked(&d->owner, &d->in, in, lanes) && ck_op_keep_blocked(&d->owner, &d->out, out, lanes))
        return d;
    ck_op_fail(&d->owner);
    return NULL;
}

static void set_options(ck_pooling_data *d, const ck_pooling_options *o) {
    d->options = *o;
    const int64_t last = (int64_t)d->in.width - 1 - (int64_t)(o->kernel_w - 1) * o->dilation_w + o->pad_left;
    d->whole_first = ck_min(ck_ceil_div(o->pad_left, o->stride_w), d->out.width);
    d->whole_end = last < 0 ? 0 : ck_min((int)(last / o->stride_w) + 1, d->out.width);
    d->whole_end = ck_max(d->whole_end, d->whole_first);
}

static int row_jobs(const ck_blocked *out, int lanes, int work) {
    return ck_job_count(ck_planes(out, lanes) * (size_t)out->height, (size_t)out->width * (size_t)lanes * (size_t)work);
}

ck_op *ck_max_pool(ck_isa isa, const ck_pooling_options *options, const ck_blocked *in, const ck_blocked *out) {
    const int lanes = ck_isa_lanes(isa);
    ck_pooling_data *d = pooling_data(in, out, lanes);
    if (!d) return NULL;
    set_options(d, options);
    // Rows first and then columns: fewer steps once a window has more than nine places, if its span fits the buffer.
    d->separable = (int64_t)options->kernel_h * options->kernel_w > 9 &&
                   (int64_t)(options->kernel_w - 1) * options->dilation_w + options->stride_w < CK_POOL_COLUMNS / 2;
    const int work = d->separable ? ck_min(options->kernel_h, 8) : 4;
    return ck_op_step(&d->owner, kernels[isa]->max_pool, d, row_jobs(out, lanes, work));
}

ck_op *ck_average_pool(ck_isa isa, const ck_pooling_options *options, const ck_blocked *in, const ck_blocked *out) {
    const int lanes = ck_isa_lanes(isa);
    ck_pooling_data *d = pooling_data(in, out, lanes);
    if (!d) return NULL;
    set_options(d, options);
    return ck_op_step(&d->owner, kernels[isa]->average_pool, d, row_jobs(out, lanes, 4));
}

ck_op *ck_global_average_pool(ck_isa isa, const ck_blocked *in, const ck_blocked *out) {
    const int lanes = ck_isa_lanes(isa);
    ck_pooling_data *d = pooling_data(in, out, lanes);
    if (!d) return NULL;
    const size_t cost = (size_t)in->height * (size_t)in->width * (size_t)lanes;
    return ck_op_step(&d->owner, kernels[isa]->global_average_pool, d, ck_job_count(ck_planes(in, lanes), cost));
}
