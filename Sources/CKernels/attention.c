// Attention for a tile of two vectors of queries at a time: a job is one tile of one head.
#include <math.h>
#include "ck_attention.h"
#include "op.h"

enum { KEY_BLOCK = 512 };

// Buffers of a job, each row two vectors wide.
typedef struct {
    float *q;       // [query channel], scaled
    float *scores;  // [key of the block]
    float *sums;    // [value channel]
    float *largest, *total;
} attention_tile;

typedef struct {
    void (*block)(const ck_attention_options *o, const attention_tile *t, const float *k, const float *v, int keys);
    void (*read)(const ck_attention_options *o, const attention_tile *t, const float *q, int queries);
    void (*write)(const ck_attention_options *o, const attention_tile *t, float *out, int queries);
} attention_kernels;

#define CK_TEMPLATE "attention.inc"
#include "for_each_isa.h"
static const attention_kernels *const kernels_by_isa[] = CK_ISA_TABLE(attention_kernels);

typedef struct {
    ck_owner owner;
    const attention_kernels *kernels;
    int width, tiles;  // queries of a tile; tiles of a head
    ck_attention_options options;
    const float *q, *k, *v;
    float *out;
} attention;

static void run_attention(const ck_step *step, int job, int thread) {
    (void)thread;
    const attention *a = step->data;
    const ck_attention_options *o = &a->options;
    const int head = job / a->tiles, first = job % a->tiles * a->width, queries = ck_min(a->width, o->queries - first);
    attention_tile t = {.q = ck_scratch()};
    t.scores = t.q + (size_t)o->query_channels * a->width;
    t.sums = t.scores + (size_t)ck_min(o->keys, KEY_BLOCK) * a->width;
    t.largest = t.sums + (size_t)o->value_channels * a->width;
    t.total = t.largest + a->width;
    for (int i = 0; i < a->width; i++) t.largest[i] = -INFINITY, t.total[i] = 0;
    for (size_t i = 0; i < (size_t)o->value_channels * a->width; i++) t.sums[i] = 0;
    a->kernels->read(o, &t, a->q + o->q_offsets[head] + first, queries);
    for (int j = 0; j < o->keys; j += KEY_BLOCK)
        a->kernels->block(o, &t, a->k + o->k_offsets[head] + j * o->k_column, a->v + o->v_offsets[head] + j * o->v_column,
                          ck_min(KEY_BLOCK, o->keys - j));
    a->kernels->write(o, &t, a->out + o->out_offsets[head] + first, queries);
}
static int keep(attention *a, const ptrdiff_t **offsets) {
    const void *kept = NULL;
    if (!ck_op_keep(&a->owner, &kept, *offsets, a->options.heads, sizeof **offsets)) return 0;
    *offsets = kept;
    return 1;
}
ck_op *ck_attention(ck_isa isa, const ck_attention_options *options, const float *q, const float *k, const float *v, float *out) {
    attention *a = ck_op_new(sizeof *a);
    if (!a) return NULL;
    a->kernels = kernels_by_isa[isa];
    a->options = *options;
    a->q = q, a->k = k, a->v = v, a->out = out;
    ck_attention_options *o = &a->options;
    if (!keep(a, &o->q_offsets) || !keep(a, &o->k_offsets) || !keep(a, &o->v_offsets) || !keep(a, &o->out_offsets))
        return ck_op_fail(&a->owner);
    a->width = 2 * ck_isa_lanes(isa);
    a->tiles = ck_ceil_div(o->queries, a->width);
    ck_op *op = ck_op_step(&a->owner, run_attention, a, o->heads * a->tiles);
    op->kernel = "online softmax";
    const size_t rows = (size_t)o->query_channels + ck_min(o->keys, KEY_BLOCK) + o->value_channels + 2;
    op->steps[0].scratch = sizeof(float) * a->width * rows;
    return op;
}
