// Winograd convolution, 3x3 with stride 1 or 2: packing and schedule. The transforms are in conv_winograd.inc; the products
// between them are those of 1x1 convolutions over tiles instead of pixels, and use the tiles of conv_direct.inc.
//
// The outputs are cut into tiles of 4x4; the last ones of a row or column are moved back to end at the border and keep only
// the pixels which no other tile has. A chunk of tiles goes through input transform, products and output transform while
// it stays in the second cache: V = transformed input, U = transformed weights, M = their products.
#include <string.h>
#include "conv.h"
#include "conv_direct.h"
#include "conv_winograd.h"

#define CK_TEMPLATE "conv_winograd.inc"
#include "for_each_isa.h"
static const winograd_variants *const kernels_by_isa[] = CK_ISA_TABLE(winograd_kernels);
#define CK_TEMPLATE "conv_winograd.inc"
#include "for_bf16.h"
static const winograd_variants *const bf16_kernels = CK_BF16_TABLE(winograd_kernels);

enum {
    TILE = WINOGRAD_TILE,
    CHUNK_BYTES = 640 << 10,      // of V and M together
    MAX_CHUNK = 28,               // tiles
    FEW_TILES = 50,               // with so few, jobs share out channels instead of tiles
    MAX_PLACED = FEW_TILES,       // at once: the larger of the two
    MAX_WEIGHT_BYTES = 80 << 20,  // beyond, fourfold weights are not worth their memory
    WEIGHT_CHANNELS = 64,         // input channels whose weights a run transforms at a time
};
_Static_assert(MAX_CHUNK <= MAX_PLACED, "places of a chunk");

// The pictures of one pair of tensors.
typedef struct {
    ck_blocked in, out, residual;
    int tiles_y, tiles_x;  // of one of them
    int end;               // the number of the tile past its last one, among those of all
} winograd_picture;

typedef struct {
    ck_owner owner;
    const winograd_kernels *kernels;
    const direct_kernels *products;
    int lanes, variant;
    int pooled;            // 1: the outputs are twice as high and wide as what is written
    int units, in_units;  // floats or pairs of bfloat16: of a tile and block of V, of all its channels
    int pad_top, pad_left, stride;
    int in_channels, out_channels;
    winograd_picture *pictures;
    ck_activation activation;
    int residual_after_activation;
    float *weights;  // [pair of blocks][distinct position][in unit][block of the pair][LANES]
    float *taps;     // [pair of blocks][in channel][block of the pair][tap][LANES], instead of `weights`
    const float *bias, *zeros;
    int tiles;                    // of all pictures
    int chunk, chunks;            // tiles; 0 chunks: in two steps
    int parts;                    // two steps: of the tiles, in which a pair of blocks is multiplied
    float *transformed;           // two steps: V of everything
} winograd;

typedef struct {
    const winograd_picture *of;
    int picture, y, x, skip_y, skip_x;
} tile_place;
static tile_place place(const winograd *c, int tile) {
    const winograd_picture *of = c->pictures;
    while (tile >= of->end) of++;
    if (of > c->pictures) tile -= of[-1].end;
    const int per_picture = of->tiles_y * of->tiles_x, ty = tile % per_picture / of->tiles_x * TILE, tx = tile % of->tiles_x * TILE;
    const int y = ck_min(ty, (of->out.height << c->pooled) - TILE), x = ck_min(tx, (of->out.width << c->pooled) - TILE);
    return (tile_place){of, tile / per_picture, y, x, ty - y, tx - x};
}
static int in_blocks(const winograd *c) { return ck_ceil_div(c->in_channels, c->lanes); }
static int out_blocks(const winograd *c) { return ck_ceil_div(c->out_channels, c->lanes); }
// Between the positions of V: not a multiple of a page, whose like places share the ways of a cache.
static ptrdiff_t position_stride(const winograd *c, int tiles) { return ((ptrdiff_t)in_blocks(c) * tiles + 1) * c->units; }
// Of tiles [t0, t1), once for all blocks.
static void place_all(const winograd *c, int t0, int t1, tile_place *places) {
    for (int t = t0; t < t1; t++) places[t - t0] = place(c, t);
}
// V: [position][input block][tile][unit] of the tiles at `places`.
static void transform_input(const winograd *c, const tile_place *places, int tiles, int block, float *v) {
    const int lanes = c->lanes, blocks = in_blocks(c);
    const ptrdiff_t stride = position_stride(c, tiles);
    for (int t = 0; t < tiles; t++) {
        const tile_place p = places[t];
        const ptrdiff_t row = ck_row(&p.of->in, lanes);
        const float *in = p.of->in.planes[p.picture * blocks + block] + (p.y * c->stride - c->pad_top) * row + (ptrdiff_t)(p.x * c->stride - c->pad_left) * lanes;
        c->kernels->input(in, row, v + ((ptrdiff_t)block * tiles + t) * c->units, stride);
    }
}
static int pair_blocks(const winograd *c, int pair) { return ck_min(2, out_blocks(c) - 2 * pair); }
static const float *pair_weights(const winograd *c, int pair) {
    return c->weights + (size_t)(2 * pair) * c->lanes * c->in_units * WINOGRAD_DISTINCT * WINOGRAD_DISTINCT;
}
// M: [position][block of the pair][tile][LANES] for tiles [first, end) of the `tiles` in V, over the units of `channels`, which
// begin with a whole block; u: their weights. Adds to M unless they are the first.
typedef struct { int first, count; } unit_range;
static void multiply(const winograd *c, int pair, const float *u, unit_range channels, const float *v, int tiles, int first, int end, float *m) {
    const int lanes = c->lanes, blocks = in_blocks(c), n = pair_blocks(c, pair), first_block = channels.first / c->units;
    const int side = winograd_side(c->variant), shared = winograd_shared(c->variant), count = end - first;
    const ptrdiff_t here = 0;
    static const ck_activation identity = {.kind = CK_ACT_IDENTITY};
    float *planes[CONV_MAX_BLOCKS];
    direct_tiles t = {.in = planes, .in_channels = channels.count, .in_step = c->units, .taps = &here, .tap_count = 1,
                     .bias = c->zeros, .accumulates = channels.first > 0, .out_step = lanes, .activation = &identity};
    const int shape = direct_shape(c->products, DIRECT_STRIDE_1, ck_min(n * lanes, c->out_channels - 2 * pair * lanes), lanes);
    const int max_pixels = c->products->max_pixels[DIRECT_STRIDE_1][shape], products = ck_ceil_div(count, max_pixels);
    const size_t size = (size_t)channels.count * n * lanes;
    // Weights come from memory in each run: each product asks for a share of the next position's.
    t.ahead_step = n * lanes / products, t.ahead_tile = size / products;
    t.in_ahead = position_stride(c, tiles) - (ptrdiff_t)count * c->units;
    for (int p = 0; p < side * side; p++) {
        const int row = ck_max(0, p / side - shared + 1), column = ck_max(0, p % side - shared + 1);
        t.weights = u + (row * WINOGRAD_DISTINCT + column) * size;
        t.ahead = t.weights + size;
        t.in_offset = 0;
        for (int b = first_block; b < blocks; b++) planes[b - first_block] = (float *)v + p * position_stride(c, tiles) + ((ptrdiff_t)b * tiles + first) * c->units;
        for (int o = 0; o < n; o++) t.out[o] = m + ((ptrdiff_t)p * n + o) * count * lanes;
        direct_run(c->products->tile[DIRECT_STRIDE_1][shape], max_pixels, &t, count);
    }
}
static void transform_output(const winograd *c, int pair, const tile_place *places, int count, const float *m) {
    const int lanes = c->lanes, blocks = out_blocks(c), n = ck_min(2, blocks - 2 * pair);
    for (int o = 0; o < n; o++) {
        const int block = 2 * pair + o;
        winograd_output w = {
            .stride = (ptrdiff_t)n * count * lanes,
            .bias = c->bias + block * lanes,
            .slopes = c->activation.slopes ? c->activation.slopes + block * lanes : NULL,
            .activation = &c->activation,
            .residual_after_activation = c->residual_after_activation,
        };
        for (int t = 0; t < count; t++) {
            const tile_place p = places[t];
            w.sums = m + ((ptrdiff_t)o * count + t) * lanes;
            w.out_row = ck_row(&p.of->out, lanes);
            w.out = p.of->out.planes[p.picture * blocks + block] + (p.y >> c->pooled) * w.out_row + (ptrdiff_t)(p.x >> c->pooled) * lanes;
            if (p.of->residual.planes) {
                w.residual_row = ck_row(&p.of->residual, lanes);
                w.residual = p.of->residual.planes[p.picture * blocks + block] + p.y * w.residual_row + (ptrdiff_t)p.x * lanes;
            }
            w.skip_y = p.skip_y, w.skip_x = p.skip_x;
            if (c->pooled) c->kernels->pooled_output(&w);
            else c->kernels->output(&w);
        }
    }
}
static int pairs(const winograd *c) { return ck_ceil_div(out_blocks(c), 2); }
// Whole vectors, as M follows.
static size_t v_size(const winograd *c, int tiles) {
    const size_t size = (size_t)winograd_side(c->variant) * winograd_side(c->variant) * position_stride(c, tiles);
    return (size + c->lanes - 1) / c->lanes * c->lanes;
}
static size_t m_size(const winograd *c, int tiles) { return (size_t)winograd_side(c->variant) * winograd_side(c->variant) * 2 * tiles * c->lanes; }

static void run_chunk(const ck_step *step, int job, int thread) {
    (void)thread;
    const winograd *c = step->data;
    const int t0 = ck_share(c->tiles, job, c->chunks), t1 = ck_share(c->tiles, job + 1, c->chunks);
    float *v = ck_scratch(), *m = v + v_size(c, c->chunk);
    tile_place places[MAX_PLACED];
    place_all(c, t0, t1, places);
    for (int b = 0; b < in_blocks(c); b++) transform_input(c, places, t1 - t0, b, v);
    for (int pair = 0; pair < pairs(c); pair++) {
        multiply(c, pair, pair_weights(c, pair), (unit_range){0, c->in_units}, v, t1 - t0, 0, t1 - t0, m);
        transform_output(c, pair, places, t1 - t0, m);
    }
}
static void run_inputs(const ck_step *step, int job, int thread) {
    (void)thread;
    const winograd *c = step->data;
    tile_place places[MAX_PLACED];
    place_all(c, 0, c->tiles, places);
    transform_input(c, places, c->tiles, job, c->transformed);
}
static void run_pair(const ck_step *step, int job, int thread) {
    (void)thread;
    const winograd *c = step->data;
    const int pair = job / c->parts, part = job % c->parts;
    const int t0 = ck_share(c->tiles, part, c->parts), t1 = ck_share(c->tiles, part + 1, c->parts);
    multiply(c, pair, pair_weights(c, pair), (unit_range){0, c->in_units}, c->transformed, c->tiles, t0, t1, ck_scratch());
    tile_place places[MAX_PLACED];
    place_all(c, t0, t1, places);
    transform_output(c, pair, places, t1 - t0, ck_scratch());
}
static void run_pair_from_taps(const ck_step *step, int pair, int thread) {
    (void)thread;
    const winograd *c = step->data;
    const int lanes = c->lanes, n = pair_blocks(c, pair), in = c->in_channels;
    float *m = ck_scratch(), *u = m + m_size(c, c->tiles);
    const float *taps = c->taps + (size_t)(2 * pair) * in * 9 * lanes;
    for (int first = 0; first < in; first += WEIGHT_CHANNELS) {
        const int count = ck_min(WEIGHT_CHANNELS, in - first);
        for (int i = 0; i < count * n; i++)
            c->kernels->weights(taps + ((size_t)first * n + i) * 9 * lanes, u + i * lanes, (ptrdiff_t)count * n * lanes);
        multiply(c, pair, u, (unit_range){first, count}, c->transformed, c->tiles, 0, c->tiles, m);
    }
    tile_place places[MAX_PLACED];
    place_all(c, 0, c->tiles, places);
    transform_output(c, pair, places, c->tiles, m);
}

// The taps of one input channel for one block of output channels.
static void gather_taps(const winograd *c, const float *from, int block, int in, float *taps) {
    const int lanes = c->lanes, outs = ck_min(lanes, c->out_channels - block * lanes);
    for (int o = 0; o < outs; o++)
        for (int k = 0; k < 9; k++) taps[k * lanes + o] = from[(((size_t)block * lanes + o) * c->in_channels + in) * 9 + k];
}
static void pack_taps(winograd *c, const float *from) {
    const int in = c->in_channels, blocks = out_blocks(c), size = 9 * c->lanes;
    for (int block = 0; block < blocks; block++) {
        const int first = block / 2 * 2, n = ck_min(2, blocks - first);
        for (int i = 0; i < in; i++) gather_taps(c, from, block, i, c->taps + ((size_t)first * in + (size_t)i * n + block % 2) * size);
    }
}
// Some channels at a time, so that each position's weights are written in longer runs than a vector.
static void pack_weights(winograd *c, const float *from) {
    enum { POSITIONS = WINOGRAD_DISTINCT * WINOGRAD_DISTINCT, STAGED = 16 };
    const int lanes = c->lanes, in = c->in_channels, paired = lanes / c->units;  // channels a unit
    float staged[POSITIONS * STAGED * 2 * 16] __attribute__((aligned(64)));
    for (int pair = 0; pair < pairs(c); pair++) {
        const int n = pair_blocks(c, pair), row = n * lanes;
        float *to = (float *)pair_weights(c, pair);
        for (int first = 0; first < in; first += STAGED) {
            const int count = ck_min(STAGED, in - first), units = ck_ceil_div(count, paired);
            for (int i = 0; i < count * n; i++) {
                float taps[9 * 16] __attribute__((aligned(64))) = {0};
                gather_taps(c, from, 2 * pair + i % n, first + i / n, taps);
                c->kernels->weights(taps, staged + i * lanes, (ptrdiff_t)count * row);
            }
            for (int p = 0; p < POSITIONS; p++) {
                const float *source = staged + (size_t)p * count * row;
                float *target = to + ((size_t)p * c->in_units + first / paired) * row;
                if (paired == 1) memcpy(target, source, sizeof(float) * count * row);
                else for (int i = 0; i < units * row; i++) {
                    uint16_t *both = (uint16_t *)(target + i);
                    const int channel = i / row * 2, lane = i % row;
                    both[0] = conv_bf16(source[channel * row + lane]);
                    both[1] = channel + 1 < count ? conv_bf16(source[(channel + 1) * row + lane]) : 0;
                }
            }
        }
    }
}
static int variant_of(const ck_conv_options *o) { return o->stride_h == 1 ? WINOGRAD_STRIDE_1 : WINOGRAD_STRIDE_2; }

int conv_winograd_pays(const conv_arguments *a) {
    const ck_conv_options *o = a->options;
    // Blocks are computed whole.
    const double in = a->in->channels, out = (double)ck_blocks(a->out, a->lanes) * a->lanes;
    if (o->groups != 1 || o->kernel_h != 3 || o->kernel_w != 3 || o->dilation_h != 1 || o->dilation_w != 1) return 0;
    if (o->stride_h != o->stride_w || o->stride_h > 2 || a->out->height < TILE || a->out->width < TILE) return 0;
    if (in < 8 || a->out->channels < 8 || ck_blocks(a->in, a->lanes) > CONV_MAX_BLOCKS) return 0;
    const double product = conv_is_bf16(a) ? 0.5 : 1;
    if (product * in * out * WINOGRAD_DISTINCT * WINOGRAD_DISTINCT * sizeof(float) > MAX_WEIGHT_BYTES) return 0;
    // In multiply-adds: a transform of a tile costs about 7 operations a position and channel.
    const int side = winograd_side(variant_of(o));
    const double tiles = (double)ck_ceil_div(a->out->height, TILE) * ck_ceil_div(a->out->width, TILE), positions = (double)side * side;
    return tiles * positions * (product * in * out + 7 * (in + out)) < 0.9 * a->out->height * a->out->width * 9 * product * in * out;
}
static int keep_pictures(winograd *c, const conv_arguments *a, int pictures) {
    c->pictures = ck_op_allocate(&c->owner, pictures, sizeof *c->pictures);
    if (!c->pictures) return 0;
    for (int i = 0; i < pictures; i++) {
        winograd_picture *p = &c->pictures[i];
        if (!ck_op_keep_blocked(&c->owner, &p->in, &a->in[i], a->lanes) || !ck_op_keep_blocked(&c->owner, &p->out, &a->out[i], a->lanes) ||
            !ck_op_keep_blocked(&c->owner, &p->residual, a->residual ? &a->residual[i] : NULL, a->lanes))
            return 0;
        p->tiles_y = ck_ceil_div(p->out.height << c->pooled, TILE), p->tiles_x = ck_ceil_div(p->out.width << c->pooled, TILE);
        c->tiles += p->out.batch * p->tiles_y * p->tiles_x;
        p->end = c->tiles;
    }
    return 1;
}
static int is_in_two_steps(const winograd *c) { return c->tiles <= FEW_TILES && pairs(c) >= 2; }
static int keep_weights(winograd *c, const float *from, int few_runs) {
    const size_t area = WINOGRAD_DISTINCT * WINOGRAD_DISTINCT, count = (size_t)out_blocks(c) * c->lanes * c->in_units;
    if (few_runs && is_in_two_steps(c) && c->units == c->lanes) {
        c->taps = ck_op_allocate(&c->owner, count, 9 * sizeof(float));
        if (c->taps) pack_taps(c, from);
        return c->taps != NULL;
    }
    c->weights = ck_op_allocate(&c->owner, count, area * sizeof(float));
    if (c->weights) pack_weights(c, from);
    return c->weights != NULL;
}
ck_op *conv_winograd(const conv_arguments *a, int pictures) {
    const ck_conv_options *o = a->options;
    const int lanes = a->lanes, blocks = ck_blocks(a->out, lanes);
    winograd *c = ck_op_new(sizeof *c);
    if (!c) return NULL;
    c->variant = variant_of(o);
    const int is_bf16 = conv_is_bf16(a);
    c->kernels = &(is_bf16 ? bf16_kernels : kernels_by_isa[a->isa])->variant[c->variant];
    c->products = is_bf16 ? direct_bf16_kernels() : direct_kernels_for(a->isa);
    c->lanes = lanes;
    c->pooled = a->pooled;
    c->units = is_bf16 ? lanes / 2 : lanes;
    c->in_units = is_bf16 ? (a->in->channels + 1) / 2 : a->in->channels;
    c->in_channels = a->in->channels, c->out_channels = a->out->channels;
    c->pad_top = o->pad_top, c->pad_left = o->pad_left, c->stride = o->stride_h;
    c->residual_after_activation = o->residual_after_activation;
    c->bias = ck_op_keep_padded(&c->owner, a->bias, a->bias ? a->out->channels : 0, (size_t)blocks * lanes);
    c->zeros = ck_op_keep_padded(&c->owner, NULL, 0, 2 * lanes);
    if (!c->bias || !c->zeros || !keep_pictures(c, a, pictures) ||
        !ck_op_keep_activation(&c->owner, &c->activation, &o->activation, a->out->channels, lanes) || !keep_weights(c, a->weights, o->few_runs))
        return ck_op_fail(&c->owner);
    if (c->pooled) c->owner.op.kernel = is_bf16 ? "bf16 winograd 4x4, pooled" : "winograd 4x4, pooled";
    else c->owner.op.kernel = is_bf16 ? c->variant == WINOGRAD_STRIDE_1 ? "bf16 winograd 4x4" : "bf16 winograd 4x4 s2"
                                 : c->variant == WINOGRAD_STRIDE_1 ? "winograd 4x4" : "winograd 4x4 s2";
    if (is_in_two_steps(c)) {
        // An odd number of pairs would leave one thread of two idle at the end.
        c->parts = !c->taps && pairs(c) % 2 == 1 && pairs(c) < 8 && c->tiles > 1 ? 2 : 1;
        c->transformed = ck_op_allocate(&c->owner, v_size(c, c->tiles), sizeof(float));
        if (!c->transformed) return ck_op_fail(&c->owner);
        ck_op_step(&c->owner, run_inputs, c, ck_blocks(a->in, lanes));
        ck_op *op = ck_op_step(&c->owner, c->taps ? run_pair_from_taps : run_pair, c, pairs(c) * c->parts);
        const size_t u_size = c->taps ? (size_t)WINOGRAD_DISTINCT * WINOGRAD_DISTINCT * WEIGHT_CHANNELS * 2 * lanes : 0;
        op->steps[1].scratch = (m_size(c, c->tiles) + u_size) * sizeof(float);
        return op;
    }
    const size_t tile_bytes = (v_size(c, 1) + m_size(c, 1)) * sizeof(float);
    const int fitting = ck_max(4, ck_min(MAX_CHUNK, (int)(CHUNK_BYTES / tile_bytes)));
    c->chunks = ck_ceil_div(c->tiles, fitting);
    if (c->chunks % 2) c->chunks++;
    c->chunks = ck_min(c->chunks, c->tiles);
    c->chunk = ck_ceil_div(c->tiles, c->chunks);
    ck_op *op = ck_op_step(&c->owner, run_chunk, c, c->chunks);
    op->steps[0].scratch = (v_size(c, c->chunk) + m_size(c, c->chunk)) * sizeof(float);
    return op;
}
