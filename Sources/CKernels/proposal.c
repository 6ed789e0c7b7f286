// The fused proposal network. 3x3 convolutions after the pooling run four rows at a time by Winograd's minimal filtering
// F(4, 3) along y (Lavin and Gray 2015, arXiv:1509.09308, section 4.3): 6 products instead of 12 per column.
#include "ck_proposal.h"
#include "op.h"
#include "partition.h"
#include <float.h>
#include <stdlib.h>

enum {
    PIXELS = 3, FIRST = 10, SECOND = 16, THIRD = 32,  // channels
    HEADS = CK_PROPOSAL_HEADS,
    TILE_ROWS = 4, WINDOW_ROWS = 6,  // of F(4, 3)
    BLOCK = 3,                       // vectors of columns at a time
    RING = 8,                        // rows of a layer kept
    PIXEL_RING = 4,
};

// A convolution's parameters. Slopes are stored less 1: y = x + (slope - 1) min(x, 0).
typedef struct {
    float *packed, *biases, *slopes;
} layer;

struct ck_proposal {
    ck_owner owner;
    ck_isa isa;
    layer layers[3];
    int monotone;  // no slope of the first layer is negative
    float heads[HEADS][THIRD], head_biases[HEADS];
    float margins[THIRD], margin_bias;  // head 1 less head 0
};

typedef int proposal_run(const ck_proposal *p, const ck_proposal_tile *tile, ck_proposal_rows rows, float least,
                         float *scratch, ck_proposal_hits *hits);
typedef struct {
    proposal_run *run;
    int first_group, group;  // output channels at a time, of the first and of the other layers
} proposal_kernels;

// Where things lie in the scratch memory, in floats.
typedef struct {
    int pixel_stride, first_stride, second_stride;  // of one channel's row
    size_t pixels, first, second, window, products, features, margins, end;
} plan;
static plan plan_for(int columns, int lanes, int group) {
    plan p = {0};
    const int pooled = columns + 4;
    const int first_vectors = ck_ceil_div(pooled, lanes), second_vectors = ck_ceil_div(columns + 2, lanes);
    // A block reads its columns and two more, for which it loads a whole vector.
    p.pixel_stride = (2 * first_vectors + 1) * lanes;
    p.first_stride = (ck_max(first_vectors, second_vectors) + 1) * lanes;
    p.second_stride = (second_vectors + 1) * lanes;
    const size_t width = (size_t)BLOCK * lanes;
    p.first = p.pixels + (size_t)PIXEL_RING * PIXELS * p.pixel_stride;
    p.second = p.first + (size_t)RING * FIRST * p.first_stride;
    p.window = p.second + (size_t)RING * SECOND * p.second_stride;
    p.products = p.window + (size_t)WINDOW_ROWS * SECOND * (width + lanes);
    p.features = p.products + (size_t)WINDOW_ROWS * group * width;
    p.margins = p.features + (size_t)TILE_ROWS * THIRD * width;
    p.end = p.margins + (size_t)TILE_ROWS * width;
    return p;
}

static int append(ck_proposal_hits *hits, const ck_proposal_hit *hit) {
    if (hits->count == hits->capacity) {
        const size_t capacity = hits->capacity ? 2 * hits->capacity : 64;
        void *p = realloc(hits->hits, capacity * sizeof *hit);
        if (!p) return 0;
        hits->hits = p;
        hits->capacity = capacity;
    }
    hits->hits[hits->count++] = *hit;
    return 1;
}

#define CK_TEMPLATE "proposal.inc"
#include "for_each_isa.h"

static const proposal_kernels *const kernels[] = CK_ISA_TABLE(proposal);

// [group][in][y][x][out of the group]
static void pack_first(float *to, const float *kernels, int group) {
    for (int o = 0; o < FIRST; o++)
        for (int k = 0; k < PIXELS * 9; k++)
            to[(o / group * PIXELS * 9 + k) * group + o % group] = kernels[o * PIXELS * 9 + k];
}
// [group][row of the window][in][x][out of the group], transformed along y.
static void pack_window(float *to, const float *kernels, int in, int out, int group) {
    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++)
            for (int x = 0; x < 3; x++) {
                const float *p = kernels + (size_t)(o * in + i) * 9 + x;
                const double a = p[0], b = p[3], c = p[6];
                const double rows[WINDOW_ROWS] = {
                    a / 4, -(a + b + c) / 6, -(a - b + c) / 6, a / 24 + b / 12 + c / 6, a / 24 - b / 12 + c / 6, c,
                };
                for (int r = 0; r < WINDOW_ROWS; r++)
                    to[((((size_t)(o / group) * WINDOW_ROWS + r) * in + i) * 3 + x) * group + o % group] = (float)rows[r];
            }
}

ck_proposal *ck_proposal_create(ck_isa isa, const ck_proposal_weights *w) {
    static const int channels[] = {PIXELS, FIRST, SECOND, THIRD};
    ck_proposal *p = ck_op_new(sizeof *p);
    if (!p) return NULL;
    p->isa = isa;
    for (int l = 0; l < 3; l++) {
        const int in = channels[l], out = channels[l + 1];
        layer *y = &p->layers[l];
        y->packed = ck_op_allocate(&p->owner, (size_t)out * in * 3 * WINDOW_ROWS, sizeof(float));
        y->biases = ck_op_keep_padded(&p->owner, w->biases[l], out, out);
        y->slopes = ck_op_keep_padded(&p->owner, w->slopes[l], out, out);
        if (!y->packed || !y->biases || !y->slopes) {
            ck_op_fail(&p->owner);
            return NULL;
        }
        for (int o = 0; o < out; o++) y->slopes[o] -= 1;
        if (l == 0) pack_first(y->packed, w->kernels[l], kernels[isa]->first_group);
        else pack_window(y->packed, w->kernels[l], in, out, kernels[isa]->group);
    }
    p->monotone = 1;
    for (int o = 0; o < FIRST; o++)
        if (w->slopes[0][o] < 0) p->monotone = 0;
    memcpy(p->heads, w->heads, sizeof p->heads);
    memcpy(p->head_biases, w->head_biases, sizeof p->head_biases);
    for (int c = 0; c < THIRD; c++) p->margins[c] = p->heads[1][c] - p->heads[0][c];
    p->margin_bias = p->head_biases[1] - p->head_biases[0];
    return p;
}
void ck_proposal_destroy(ck_proposal *p) {
    if (p) ck_op_destroy(&p->owner.op);
}
void ck_proposal_hits_free(ck_proposal_hits *hits) {
    free(hits->hits);
    *hits = (ck_proposal_hits){0};
}
size_t ck_proposal_scratch(const ck_proposal *p, int columns) {
    return plan_for(columns, ck_isa_lanes(p->isa), kernels[p->isa]->group).end * sizeof(float);
}
int ck_proposal_run(const ck_proposal *p, const ck_proposal_tile *tile, ck_proposal_rows rows, float least, void *scratch,
                    ck_proposal_hits *hits) {
    return kernels[p->isa]->run(p, tile, rows, least, scratch, hits);
}
