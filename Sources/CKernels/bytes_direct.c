// Direct convolution of bytes by pairs of 16 bits. Rows of the input are widened into working memory first.
#include "bytes_pairs.h"
#if defined(__x86_64__)

// Bytes of widened rows at a time, unless one output row needs more, and output rows.
enum { BAND_BYTES = 96 << 10, MOST_ROWS = 16 };

typedef struct {
    int rows, pixels;        // of the input
    int row_step, row_reach; // rows of the input between rows of the output; rows that one of these needs
    ptrdiff_t pitch, row;    // 16-bit numbers
} widened;

static widened widened_size(const ck_bytes_data *d, int rows) {
    const ck_bytes_window *k = &d->window;
    widened w = {.row_step = k->stride_y, .row_reach = (k->kernel_height - 1) * k->dilation_y + 1};
    w.rows = (rows - 1) * w.row_step + w.row_reach;
    w.pixels = (d->out.width - 1) * k->stride_x + (k->kernel_width - 1) * k->dilation_x + 1;
    w.pitch = ck_ceil_div(d->in.channels, 2) * 2;
    w.row = w.pixels * w.pitch + 16;
    return w;
}
static size_t widened_bytes(const widened *w) { return (size_t)w->rows * (size_t)w->row * 2; }

PAIRS_FUNCTION void widen(const uint8_t *in, int16_t *to, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i += 16) _mm256_storeu_si256((__m256i *)(to + i), pairs_widened(in + i));
}
PAIRS_FUNCTION void widen_rows(const ck_bytes_data *d, int y, const widened *w, int16_t *to) {
    for (int r = 0; r < w->rows; r++) {
        const uint8_t *in = ck_bytes_at(&d->in, y * w->row_step - d->window.pad_top + r, -d->window.pad_left);
        int16_t *row = to + r * w->row;
        if (d->in.pitch == w->pitch) widen(in, row, w->pixels * w->pitch);
        else
            for (int x = 0; x < w->pixels; x++) widen(in + (ptrdiff_t)x * d->in.pitch, row + x * w->pitch, d->in.channels);
    }
}

PAIRS_INLINE void direct_tile(const ck_bytes_data *d, const widened *w, const int16_t *in, int tile, uint8_t *out,
                              const int pixels) {
    const ck_bytes_window *k = &d->window;
    __m256i sums[PAIRS_PIXELS][2];
    PAIRS_UNROLL for (int p = 0; p < pixels; p++) sums[p][0] = sums[p][1] = _mm256_setzero_si256();
    // Taps that lie side by side are one list of pairs.
    const int beside = k->dilation_x == 1, taps = beside ? 1 : k->kernel_width;
    const int pairs = (int)w->pitch / 2 * (beside ? k->kernel_width : 1);
    const int16_t *weights = d->pairs + (size_t)tile * k->kernel_height * taps * pairs * 2 * PAIRS_LANES;
    for (int ky = 0; ky < k->kernel_height; ky++)
        for (int kx = 0; kx < taps; kx++, weights += (size_t)pairs * 2 * PAIRS_LANES)
            pairs_multiply(sums, in + ky * k->dilation_y * w->row + kx * k->dilation_x * w->pitch, k->stride_x * w->pitch,
                           weights, pairs, pixels);
    const int channel = tile * PAIRS_LANES;
    uint8_t *to[PAIRS_PIXELS];
    PAIRS_UNROLL for (int p = 0; p < pixels; p++) to[p] = out + (ptrdiff_t)p * d->out.pitch + channel;
    pairs_store(d, sums, channel, to, pixels);
}
PAIRS_FUNCTION void direct_row(const ck_bytes_data *d, const widened *w, const int16_t *in, int tile, int y) {
    const int width = d->out.width;
    for (int x = 0; x < width;) {
        const int16_t *at = in + x * d->window.stride_x * w->pitch;
        uint8_t *out = ck_bytes_at(&d->out, y, x);
#define TILE(n) direct_tile(d, w, at, tile, out, n)
        PAIRS_TILES(width - x, TILE)
#undef TILE
        x += pairs_pixels(width - x);
    }
}
static void run_direct(const ck_step *step, int job, int thread) {
    (void)thread;
    const ck_bytes_data *d = step->data;
    const int end = (int)ck_job_start(d->out.height, step->jobs, job + 1);
    int16_t *rows = ck_scratch();
    for (int y = (int)ck_job_start(d->out.height, step->jobs, job); y < end; y += d->band) {
        const int count = ck_min(d->band, end - y);
        const widened w = widened_size(d, count);
        widen_rows(d, y, &w, rows);
        for (int tile = 0; tile * PAIRS_LANES < d->out.channels; tile++)
            for (int r = 0; r < count; r++) direct_row(d, &w, rows + r * w.row_step * w.row, tile, y + r);
        for (int r = 0; r < count; r++) ck_bytes_fill_border(&d->out, y + r);
    }
}

ck_op *ck_bytes_pairs_direct(ck_bytes_data *d, const int8_t *weights) {
    const ck_bytes_window *k = &d->window;
    const int channels = d->in.channels, pairs = ck_ceil_div(channels, 2), tiles = ck_ceil_div(d->out.channels, PAIRS_LANES);
    const size_t kernel = (size_t)k->kernel_height * k->kernel_width, depth = kernel * pairs * 2;
    int16_t *packed = ck_op_allocate(&d->owner, (size_t)tiles * PAIRS_LANES * depth, sizeof *packed);
    if (!packed) return ck_op_fail(&d->owner);
    for (int c = 0; c < d->out.channels; c++) {
        int16_t *to = packed + (size_t)(c / PAIRS_LANES) * PAIRS_LANES * depth + c % PAIRS_LANES * 2;
        for (int i = 0; i < channels; i++)
            for (size_t t = 0; t < kernel; t++)
                to[(t * pairs + i / 2) * 2 * PAIRS_LANES + i % 2] = weights[((size_t)c * channels + i) * kernel + t];
    }
    d->pairs = packed;
    const size_t cost = (size_t)d->out.width * depth * d->out.channels / 32;
    // No more rows than there are: steps between them may be as large as an int.
    for (d->band = 1; d->band < ck_min(MOST_ROWS, d->out.height); d->band++) {
        const widened more = widened_size(d, d->band + 1);
        if (widened_bytes(&more) > BAND_BYTES) break;
    }
    const widened w = widened_size(d, d->band);
    ck_op *op = ck_op_step(&d->owner, run_direct, d, ck_job_count(d->out.height, cost));
    op->steps[0].scratch = widened_bytes(&w);
    op->kernel = "avx2";
    return op;
}
#endif
