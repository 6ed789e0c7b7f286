// Products of matrices: b is packed in panels of two vectors, a in tiles of rows while it is used. The register tiles and
// the packing are in matmul.inc.
//
// A job is some rows of one product. For each block of k it packs its rows of a, then walks over the panels of b, each
// of which meets all rows while it is in the first cache.
#include "op.h"
#include "ck_matmul.h"
#include "matmul_kernels.h"

#define CK_TEMPLATE "matmul.inc"
#include "for_each_isa.h"
static const matmul_kernels *const kernels_by_isa[] = CK_ISA_TABLE(matmul_kernels);

enum { BLOCK_K = 512, JOB_WORK = 400000 };

typedef struct {
    ck_owner owner;
    const matmul_kernels *kernels;
    int lanes, layout;
    ck_matmul_options options;
    const float *a, *b, *bias;
    float *c;
    float *packed_b;   // [product][panel][k][two vectors]
    int packed_count;  // 1 where all products share b
    int rows_per_job;
} matmul;

static ptrdiff_t offset(const ptrdiff_t *offsets, int i) { return offsets ? offsets[i] : 0; }
static int panels(const matmul *p) { return ck_ceil_div(p->options.n, 2 * p->lanes); }
// Floats of a panel row: two vectors, or one in a narrow last panel.
static int panel_width(const matmul *p, int panel) { return p->options.n - panel * 2 * p->lanes <= p->lanes ? p->lanes : 2 * p->lanes; }
static size_t packed_size(const matmul *p) { return (size_t)panels(p) * 2 * p->lanes * p->options.k; }

static void run_pack(const ck_step *step, int job, int thread) {
    (void)thread;
    const matmul *p = step->data;
    const ck_matmul_options *o = &p->options;
    const int product = job / panels(p), panel = job % panels(p), first = panel * 2 * p->lanes;
    p->kernels->pack_b(p->b + offset(o->b_offsets, product) + first * o->b_column, o->b_row, o->b_column, o->k,
                       ck_min(2 * p->lanes, o->n - first), panel_width(p, panel),
                       p->packed_b + product * packed_size(p) + (size_t)first * o->k);
}
static void run_products(const ck_step *step, int job, int thread) {
    (void)thread;
    const matmul *p = step->data;
    const ck_matmul_options *o = &p->options;
    const int row_jobs = ck_ceil_div(o->m, p->rows_per_job), product = job / row_jobs;
    const int first = job % row_jobs * p->rows_per_job, rows = ck_min(p->rows_per_job, o->m - first);
    const int tiles = ck_ceil_div(rows, p->kernels->max_rows);
    const float *a = p->a + offset(o->a_offsets, product), *b = p->packed_b + (p->packed_count > 1 ? product * packed_size(p) : 0);
    float *c = p->c + offset(o->c_offsets, product), *packed_a = ck_scratch();
    const size_t tile_size = (size_t)p->kernels->max_rows * BLOCK_K;
    // k == 0 still writes the bias.
    for (int k0 = 0; k0 == 0 || k0 < o->k; k0 += BLOCK_K) {
        const int depth = ck_min(BLOCK_K, o->k - k0);
        for (int i = 0; i < tiles; i++) {
            const int r0 = ck_share(rows, i, tiles), r1 = ck_share(rows, i + 1, tiles);
            p->kernels->pack_a(a + (first + r0) * o->a_row + k0 * o->a_column, o->a_row, o->a_column, r1 - r0, depth, p->layout, packed_a + i * tile_size);
        }
        for (int panel = 0; panel < panels(p); panel++) {
            const int j = panel * 2 * p->lanes, width = panel_width(p, panel);
            matmul_tile t = {
                .k = depth,
                .b = b + (size_t)j * o->k + (size_t)k0 * width,
                .c_row = o->c_row,
                .columns = ck_min(width, o->n - j),
                .first = k0 == 0,
                .last = k0 + depth >= o->k,
                .alpha = o->alpha,
                .bias = p->bias ? p->bias + j : NULL,
                .activation = &o->activation,
            };
            for (int i = 0; i < tiles; i++) {
                const int r0 = ck_share(rows, i, tiles), r1 = ck_share(rows, i + 1, tiles);
                t.a = packed_a + i * tile_size;
                t.c = c + (first + r0) * o->c_row + j;
                p->kernels->tile[p->layout][width / p->lanes - 1][r1 - r0 - 1](&t);
            }
        }
    }
}
static int keep_offsets(matmul *p, const ptrdiff_t **to, const ptrdiff_t *from) {
    const void *kept = NULL;
    if (!from) return 1;
    if (!ck_op_keep(&p->owner, &kept, from, p->options.batch, sizeof *from)) return 0;
    *to = kept;
    return 1;
}
static int all_equal(const ptrdiff_t *offsets, int count) {
    for (int i = 1; offsets && i < count; i++)
        if (offsets[i] != offsets[0]) return 0;
    return 1;
}
ck_op *ck_matmul(ck_isa isa, const ck_matmul_options *options, const float *a, const float *b, int constant_b,
                 const float *bias, float *c) {
    matmul *p = ck_op_new(sizeof *p);
    if (!p) return NULL;
    const ck_matmul_options *o = options;
    const int lanes = ck_isa_lanes(isa);
    p->kernels = kernels_by_isa[isa];
    p->lanes = lanes;
    p->layout = o->a_column == 1 ? MATMUL_BY_ROW : MATMUL_BY_COLUMN;
    p->options = *o;
    p->a = a, p->b = b, p->c = c;
    p->packed_count = all_equal(o->b_offsets, o->batch) ? 1 : o->batch;
    p->packed_b = ck_op_allocate(&p->owner, packed_size(p), sizeof(float) * p->packed_count);
    if (bias) p->bias = ck_op_keep_padded(&p->owner, bias, o->n, (size_t)panels(p) * 2 * lanes);
    if (!p->packed_b || (bias && !p->bias) || !keep_offsets(p, &p->options.a_offsets, o->a_offsets) ||
        !keep_offsets(p, &p->options.b_offsets, o->b_offsets) || !keep_offsets(p, &p->options.c_offsets, o->c_offsets))
        return ck_op_fail(&p->owner);
    ck_op *op = &p->owner.op;
    const ck_step pack = {.run = run_pack, .data = p, .jobs = p->packed_count * panels(p)};
    if (constant_b) {
        for (int job = 0; job < pack.jobs; job++) run_pack(&pack, job, 0);
    } else {
        ck_op_step(&p->owner, run_pack, p, pack.jobs);
    }
    // Several tiles of rows meet a panel while it is near; few rows make more jobs.
    const int tile = p->kernels->max_rows;
    const double row_work = (double)ck_max(o->k, 1) * o->n;
    p->rows_per_job = (int)(JOB_WORK / row_work) / tile * tile;
    p->rows_per_job = ck_max(1, ck_min(o->m, ck_max(tile, ck_min(p->rows_per_job, (56 + tile - 1) / tile * tile))));
    ck_op_step(&p->owner, run_products, p, o->batch * ck_ceil_div(o->m, p->rows_per_job));
    op->steps[op->step_count - 1].scratch = sizeof(float) * ck_ceil_div(p->rows_per_job, tile) * tile * BLOCK_K;
    return op;
}
