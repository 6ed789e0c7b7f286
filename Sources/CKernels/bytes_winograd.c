// Winograd's convolution F(2x2, 3x3) of bytes, exact: with weights times 4 all its numbers are whole. Inputs are transformed to
// at most 4 * 255 and weights to 9 * 128, which 16 bits hold; the sums over channels, times 4, fit 32 bits (and what exceeds
// them on the way wraps around and comes back).
#include "bytes_pairs.h"
#if defined(__x86_64__)

enum { POSITIONS = 16, OUTPUTS = 2, INPUTS = 4 };
// Bytes of transformed inputs at a time, and tiles of 2x2 outputs.
enum { BAND_BYTES = 192 << 10, LEAST_TILES = 12, MOST_TILES = 48 };

static int padded_channels(const ck_bytes_data *d) { return ck_ceil_div(d->in.channels, 16) * 16; }
static size_t inputs_bytes(const ck_bytes_data *d) { return (size_t)POSITIONS * d->band * padded_channels(d) * 2; }

// to[i * step] = the transform of four numbers: a - c, b + c, c - b, b - d.
PAIRS_INLINE void transform_four(__m256i a, __m256i b, __m256i c, __m256i d, __m256i *to, const int step) {
    to[0] = _mm256_sub_epi16(a, c);
    to[step] = _mm256_add_epi16(b, c);
    to[2 * step] = _mm256_sub_epi16(c, b);
    to[3 * step] = _mm256_sub_epi16(b, d);
}
// The tile's inputs from (y, x) on; what lies beyond the border only adds to outputs beyond the picture, so any number will do.
PAIRS_FUNCTION void transform_input(const ck_bytes_data *d, int y, int x, int16_t *to, ptrdiff_t position) {
    const int row_end = d->in.height + d->in.border - 1, column_end = d->in.width + d->in.border - 1;
    const uint8_t *from[INPUTS][INPUTS];
    for (int i = 0; i < INPUTS; i++)
        for (int j = 0; j < INPUTS; j++) from[i][j] = ck_bytes_at(&d->in, ck_min(y + i, row_end), ck_min(x + j, column_end));
    for (int c = 0; c < d->in.channels; c += 16) {
        __m256i half[POSITIONS], whole[POSITIONS];
        PAIRS_UNROLL for (int j = 0; j < INPUTS; j++)
            transform_four(pairs_widened(from[0][j] + c), pairs_widened(from[1][j] + c), pairs_widened(from[2][j] + c),
                           pairs_widened(from[3][j] + c), half + j, INPUTS);
        PAIRS_UNROLL for (int i = 0; i < INPUTS; i++) {
            const __m256i *row = half + i * INPUTS;
            transform_four(row[0], row[1], row[2], row[3], whole + i * INPUTS, 1);
        }
        PAIRS_UNROLL for (int p = 0; p < POSITIONS; p++) _mm256_storeu_si256((__m256i *)(to + p * position + c), whole[p]);
    }
}
// Sums of one position for some tiles: [tile][PAIRS_LANES].
PAIRS_INLINE void multiply_tile(const int16_t *in, ptrdiff_t step, const int16_t *weights, int pairs, int32_t *to,
                                const int tiles) {
    __m256i sums[PAIRS_PIXELS][2];
    PAIRS_UNROLL for (int p = 0; p < tiles; p++) sums[p][0] = sums[p][1] = _mm256_setzero_si256();
    pairs_multiply(sums, in, step, weights, pairs, tiles);
    PAIRS_UNROLL for (int p = 0; p < tiles; p++) {
        _mm256_storeu_si256((__m256i *)(to + p * PAIRS_LANES), sums[p][0]);
        _mm256_storeu_si256((__m256i *)(to + p * PAIRS_LANES + 8), sums[p][1]);
    }
}
PAIRS_FUNCTION void multiply(const int16_t *in, ptrdiff_t step, const int16_t *weights, int pairs, int32_t *to, int tiles) {
    for (int at = 0; at < tiles;) {
#define TILE(n) multiply_tile(in + at * step, step, weights, pairs, to + at * PAIRS_LANES, n)
        PAIRS_TILES(tiles - at, TILE)
#undef TILE
        at += pairs_pixels(tiles - at);
    }
}
// Two of four: a + b + c and b - c - d.
PAIRS_INLINE void inverse_four(__m256i a, __m256i b, __m256i c, __m256i d, __m256i *to, const int step) {
    to[0] = _mm256_add_epi32(_mm256_add_epi32(a, b), c);
    to[step] = _mm256_sub_epi32(_mm256_sub_epi32(b, c), d);
}
PAIRS_FUNCTION void transform_output(const ck_bytes_data *d, const int32_t *sums, ptrdiff_t position, int channel, int y, int x) {
    __m256i out[OUTPUTS * OUTPUTS][2];
    PAIRS_UNROLL for (int v = 0; v < 2; v++) {
        __m256i half[OUTPUTS * INPUTS], whole[OUTPUTS];
        PAIRS_UNROLL for (int j = 0; j < INPUTS; j++) {
#define SUM(i) _mm256_loadu_si256((const __m256i *)(sums + ((i) * INPUTS + j) * position + v * 8))
            inverse_four(SUM(0), SUM(1), SUM(2), SUM(3), half + j, INPUTS);
#undef SUM
        }
        PAIRS_UNROLL for (int i = 0; i < OUTPUTS; i++) {
            const __m256i *row = half + i * INPUTS;
            inverse_four(row[0], row[1], row[2], row[3], whole, 1);
            PAIRS_UNROLL for (int j = 0; j < OUTPUTS; j++) out[i * OUTPUTS + j][v] = _mm256_srai_epi32(whole[j], 2);
        }
    }
    uint8_t *to[OUTPUTS * OUTPUTS];
    for (int p = 0; p < OUTPUTS * OUTPUTS; p++) {
        const int row = y + p / OUTPUTS, column = x + p % OUTPUTS;
        to[p] = row < d->out.height && column < d->out.width ? ck_bytes_at(&d->out, row, column) + channel : NULL;
    }
    pairs_store(d, out, channel, to, OUTPUTS * OUTPUTS);
}

static void run_winograd(const ck_step *step, int job, int thread) {
    (void)thread;
    const ck_bytes_data *d = step->data;
    const int across = ck_ceil_div(d->out.width, OUTPUTS), down = ck_ceil_div(d->out.height, OUTPUTS);
    const int first = (int)ck_job_start(down, step->jobs, job), last = (int)ck_job_start(down, step->jobs, job + 1);
    const int padded = padded_channels(d), pairs = ck_ceil_div(d->in.channels, 2);
    int16_t *inputs = ck_scratch();
    int32_t *sums = (int32_t *)((char *)inputs + inputs_bytes(d));
    const size_t position = (size_t)pairs * 2 * PAIRS_LANES;
    for (int from = first * across; from < last * across; from += d->band) {
        const int tiles = ck_min(d->band, last * across - from);
        for (int i = 0; i < tiles; i++)
            transform_input(d, (from + i) / across * OUTPUTS - d->window.pad_top,
                            (from + i) % across * OUTPUTS - d->window.pad_left, inputs + (ptrdiff_t)i * padded,
                            (ptrdiff_t)d->band * padded);
        for (int channel = 0; channel < d->out.channels; channel += PAIRS_LANES) {
            const int16_t *weights = d->pairs + (size_t)(channel / PAIRS_LANES) * POSITIONS * position;
            for (int p = 0; p < POSITIONS; p++)
                multiply(inputs + (size_t)p * d->band * padded, padded, weights + p * position, pairs,
                         sums + (size_t)p * d->band * PAIRS_LANES, tiles);
            for (int i = 0; i < tiles; i++)
                transform_output(d, sums + i * PAIRS_LANES, (ptrdiff_t)d->band * PAIRS_LANES, channel,
                                 (from + i) / across * OUTPUTS, (from + i) % across * OUTPUTS);
        }
    }
    for (int y = first * OUTPUTS; y < ck_min(last * OUTPUTS, d->out.height); y++) ck_bytes_fill_border(&d->out, y);
}

// Rows of twice the transform's matrix: 2a, a + b + c, a - b + c, 2c.
static void transform_three(int a, int b, int c, int *to, int step) {
    to[0] = 2 * a;
    to[step] = a + b + c;
    to[2 * step] = a - b + c;
    to[3 * step] = 2 * c;
}
ck_op *ck_bytes_pairs_winograd(ck_bytes_data *d, const int8_t *weights) {
    const int channels = d->in.channels, pairs = ck_ceil_div(channels, 2), tiles = ck_ceil_div(d->out.channels, PAIRS_LANES);
    const size_t position = (size_t)pairs * 2 * PAIRS_LANES;
    int16_t *packed = ck_op_allocate(&d->owner, (size_t)tiles * POSITIONS * position, sizeof *packed);
    if (!packed) return ck_op_fail(&d->owner);
    for (int c = 0; c < d->out.channels; c++)
        for (int i = 0; i < channels; i++, weights += 9) {
            int half[INPUTS * 3], whole[POSITIONS];
            for (int j = 0; j < 3; j++) transform_three(weights[j], weights[3 + j], weights[6 + j], half + j, 3);
            for (int r = 0; r < INPUTS; r++)
                transform_three(half[3 * r], half[3 * r + 1], half[3 * r + 2], whole + INPUTS * r, 1);
            int16_t *to = packed + (size_t)(c / PAIRS_LANES) * POSITIONS * position + (size_t)(i / 2) * 2 * PAIRS_LANES +
                          c % PAIRS_LANES * 2 + i % 2;
            for (int p = 0; p < POSITIONS; p++) to[p * position] = (int16_t)whole[p];
        }
    d->pairs = packed;
    const int fit = BAND_BYTES / (POSITIONS * 2 * padded_channels(d)) / PAIRS_PIXELS * PAIRS_PIXELS;
    d->band = ck_min(MOST_TILES, ck_max(LEAST_TILES, fit));
    const int down = ck_ceil_div(d->out.height, OUTPUTS), across = ck_ceil_div(d->out.width, OUTPUTS);
    ck_op *op = ck_op_step(&d->owner, run_winograd, d, ck_job_count(down, (size_t)across * channels * d->out.channels / 2));
    op->steps[0].scratch = inputs_bytes(d) + (size_t)POSITIONS * d->band * PAIRS_LANES * sizeof(int32_t);
    op->kernel = "avx2 Winograd";
    return op;
}
#endif
