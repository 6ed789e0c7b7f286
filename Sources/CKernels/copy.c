// Strided copies between arrays of up to eight axes: transposition, slices, concatenation, broadcasting.
#include "axes.h"
#include "ck_layout.h"
#include "op.h"
#include "partition.h"

// The jobs walk the outer axes; a unit is one piece of the last axis (or of a tile of two axes) at one place there.
typedef struct {
    ck_owner owner;
    const char *in;
    char *out;
    int bytes;         // of an element
    ck_axes axes;      // without the inner axes; operand 0 is out, 1 is in
    ptrdiff_t length, out_stride, in_stride;       // the last axis
    ptrdiff_t tile_length, tile_out, tile_in;      // transposition: the axis along which in is contiguous
    ptrdiff_t piece, pieces;                       // of the last axis
    ptrdiff_t units;
} ck_copy_data;

typedef void ck_run(const ck_step *step, int job, int thread);
typedef struct {
    ck_run *transpose;
    int lanes;
} ck_copy_kernels;

#define CK_TEMPLATE "copy.inc"
#include "for_each_isa.h"

static const ck_copy_kernels *const kernels[] = CK_ISA_TABLE(copy);

#define STRIDED(type)                                                                  \
    for (ptrdiff_t i = 0; i < count; i++) ((type *)out)[i * to] = ((const type *)in)[i * from]

static inline __attribute__((always_inline)) void copy_strided(int bytes, char *out, ptrdiff_t to, const char *in, ptrdiff_t from, ptrdiff_t count) {
    switch (bytes) {
        case 1: STRIDED(uint8_t); break;
        case 2: STRIDED(uint16_t); break;
        case 4: STRIDED(uint32_t); break;
        default: STRIDED(uint64_t); break;
    }
}

static void run_copy(const ck_step *step, int job, int thread) {
    (void)thread;
    const ck_copy_data *d = step->data;
    const ptrdiff_t end = (ptrdiff_t)ck_job_start((size_t)d->units, step->jobs, job + 1);
    ptrdiff_t unit = (ptrdiff_t)ck_job_start((size_t)d->units, step->jobs, job), piece = unit % d->pieces;
    if (unit >= end) return;
    ck_axes_place place = ck_axes_seek(&d->axes, d->axes.rank, 2, unit / d->pieces);
    const int contiguous = d->out_stride == 1 && d->in_stride == 1;
    for (; unit < end; unit++) {
        const ptrdiff_t first = piece * d->piece;
        const ptrdiff_t count = d->length - first < d->piece ? d->length - first : d->piece;
        char *out = d->out + (place.offset[0] + first * d->out_stride) * d->bytes;
        const char *in = d->in + (place.offset[1] + first * d->in_stride) * d->bytes;
        // A call of memcpy does not pay for a few elements.
        if (contiguous && count * d->bytes > 64) memcpy(out, in, (size_t)(count * d->bytes));
        else if (contiguous) copy_strided(d->bytes, out, 1, in, 1, count);
        // Constant strides, which the compiler turns into shuffles: broadcasts, and every second element.
        else if (d->out_stride == 1 && d->in_stride == 0) copy_strided(d->bytes, out, 1, in, 0, count);
        else if (d->out_stride == 1 && d->in_stride == 2) copy_strided(d->bytes, out, 1, in, 2, count);
        else if (d->out_stride == 1) copy_strided(d->bytes, out, 1, in, d->in_stride, count);
        else copy_strided(d->bytes, out, d->out_stride, in, d->in_stride, count);
        if (++piece == d->pieces) {
            piece = 0;
            ck_axes_advance(&d->axes, d->axes.rank, 2, &place);
        }
    }
}

// Takes axis `i` out of the outer axes; one unit axis stays when none is left.
static void remove_axis(ck_axes *axes, int i) {
    for (int k = i; k + 1 < axes->rank; k++) {
        axes->size[k] = axes->size[k + 1];
        for (int o = 0; o < 2; o++) axes->stride[o][k] = axes->stride[o][k + 1];
    }
    if (--axes->rank == 0) {
        axes->rank = 1;
        axes->size[0] = 1;
        for (int o = 0; o < 2; o++) axes->stride[o][0] = 0;
    }
}

ck_op *ck_copy(ck_isa isa, int element_size, const void *in, void *out, int rank, const int *shape,
               const ptrdiff_t *in_strides, const ptrdiff_t *out_strides) {
    ck_copy_data *d = ck_op_new(sizeof *d);
    if (!d) return NULL;
    d->in = in;
    d->out = out;
    d->bytes = element_size;
    d->axes.rank = rank;
    for (int i = 0; i < rank; i++) {
        d->axes.size[i] = shape[i];
        d->axes.stride[0][i] = out_strides[i];
        d->axes.stride[1][i] = in_strides[i];
    }
    ck_axes_simplify(&d->axes, 2);
    const ptrdiff_t total = ck_axes_count(&d->axes);
    const int last = d->axes.rank - 1;
    d->length = d->axes.size[last];
    d->out_stride = d->axes.stride[0][last];
    d->in_stride = d->axes.stride[1][last];
    remove_axis(&d->axes, last);

    // Transposition pays from a few elements in both directions.
    const int lanes = kernels[isa]->lanes;
    int tile = -1;
    if (element_size == 4 && d->out_stride == 1 && d->in_stride != 1 && d->in_stride != 0 && d->length >= 4)
        for (int i = 0; i < d->axes.rank; i++)
            if (d->axes.stride[1][i] == 1 && d->axes.size[i] >= 4) tile = i;
    size_t cost;
    if (tile >= 0) {
        d->tile_length = d->axes.size[tile];
        d->tile_out = d->axes.stride[0][tile];
        d->tile_in = d->axes.stride[1][tile];
        d->axes.size[tile] = (d->tile_length + lanes - 1) / lanes;  // tiles of `lanes` rows of out
        d->axes.stride[0][tile] *= lanes;
        d->axes.stride[1][tile] *= lanes;
        // The last tile may be cut: its place must be known, so this axis comes first.
        for (int i = tile; i > 0; i--) {
            ptrdiff_t size = d->axes.size[i], to = d->axes.stride[0][i], from = d->axes.stride[1][i];
            d->axes.size[i] = d->axes.size[i - 1], d->axes.size[i - 1] = size;
            d->axes.stride[0][i] = d->axes.stride[0][i - 1], d->axes.stride[0][i - 1] = to;
            d->axes.stride[1][i] = d->axes.stride[1][i - 1], d->axes.stride[1][i - 1] = from;
        }
        d->piece = 512;
        cost = (size_t)lanes * 512;
    } else {
        d->piece = 4096;
        cost = d->length < d->piece ? (size_t)d->length : (size_t)d->piece;
    }
    d->pieces = d->length ? (d->length + d->piece - 1) / d->piece : 1;
    d->units = total ? ck_axes_count(&d->axes) * d->pieces : 0;
    if (tile >= 0 && d->length < d->piece) cost = (size_t)lanes * (size_t)d->length;
    return ck_op_step(&d->owner, tile >= 0 ? kernels[isa]->transpose : run_copy, d,
                      ck_job_count((size_t)d->units, cost));
}
