// Pictures of bytes from and to planes of channels: squares of 16 pixels x 16 channels are transposed. A job is a range of rows.
#include "integer_section_data.h"
#include <string.h>

enum { SIDE = 16 };
typedef uint8_t line __attribute__((vector_size(SIDE), aligned(1)));

#define UNROLL _Pragma("clang loop unroll(full)")

static inline line low_halves(line a, line b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline line high_halves(line a, line b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
// Each pass takes the highest bit of a line's number to the lowest of a byte's; after four, the two have changed places.
static inline void transpose(line *square) {
    UNROLL for (int pass = 0; pass < 4; pass++) {
        line next[SIDE];
        UNROLL for (int i = 0; i < SIDE / 2; i++) {
            next[2 * i] = low_halves(square[i], square[i + SIDE / 2]);
            next[2 * i + 1] = high_halves(square[i], square[i + SIDE / 2]);
        }
        memcpy(square, next, sizeof next);
    }
}
// 16 or fewer bytes of each of up to 16 planes.
static inline void read_planes(const uint8_t *in, size_t plane, int planes, int pixels, line *to) {
    for (int i = 0; i < planes; i++) {
        if (pixels == SIDE) memcpy(&to[i], in + i * plane, SIDE);
        else memcpy(&to[i], in + i * plane, pixels);
    }
}
static void run_from_planar(const ck_step *step, int job, int thread) {
    CK_BYTES_ROWS(step, job, d->out.height) {
        const size_t plane = (size_t)d->out.width * d->out.height;
        const int width = d->out.width, channels = d->out.channels;
        for (int x = 0; x < width; x += SIDE) {
            const int pixels = ck_min(SIDE, width - x);
            const uint8_t *in = d->planar_in + y * width + x;
            uint8_t *out = ck_bytes_at(&d->out, (int)y, x);
            if (d->out.pitch == 4) {
                line planes[4] = {0}, mixed[4], whole[4];
                read_planes(in, plane, channels, pixels, planes);
                mixed[0] = low_halves(planes[0], planes[2]), mixed[1] = high_halves(planes[0], planes[2]);
                mixed[2] = low_halves(planes[1], planes[3]), mixed[3] = high_halves(planes[1], planes[3]);
                whole[0] = low_halves(mixed[0], mixed[2]) ^ d->flip, whole[1] = high_halves(mixed[0], mixed[2]) ^ d->flip;
                whole[2] = low_halves(mixed[1], mixed[3]) ^ d->flip, whole[3] = high_halves(mixed[1], mixed[3]) ^ d->flip;
                memcpy(out, whole, (size_t)pixels * 4);
                continue;
            }
            for (int c = 0; c < channels; c += SIDE) {
                line square[SIDE] = {0};
                read_planes(in + c * plane, plane, ck_min(SIDE, channels - c), pixels, square);
                transpose(square);
                for (int i = 0; i < pixels; i++) {
                    const line pixel = square[i] ^ d->flip;
                    memcpy(out + (ptrdiff_t)i * d->out.pitch + c, &pixel, SIDE);
                }
            }
        }
        ck_bytes_fill_border(&d->out, (int)y);
    }
}
static void run_to_planar(const ck_step *step, int job, int thread) {
    CK_BYTES_ROWS(step, job, d->in.height) {
        const size_t plane = (size_t)d->in.width * d->in.height;
        const int width = d->in.width, channels = d->in.channels;
        for (int x = 0; x < width; x += SIDE)
            for (int c = 0; c < channels; c += SIDE) {
                const int pixels = ck_min(SIDE, width - x), count = ck_min(SIDE, channels - c);
                const uint8_t *in = ck_bytes_at(&d->in, (int)y, x) + c;
                line square[SIDE] = {0};
                for (int i = 0; i < pixels; i++) memcpy(&square[i], in + (ptrdiff_t)i * d->in.pitch, SIDE);
                transpose(square);
                uint8_t *out = d->planar_out + c * plane + y * width + x;
                for (int i = 0; i < count; i++) {
                    const line row = square[i] ^ d->flip;
                    if (pixels == SIDE) memcpy(out + i * plane, &row, SIDE);
                    else memcpy(out + i * plane, &row, pixels);
                }
            }
    }
}

ck_op *ck_bytes_from_planar(ck_isa isa, const uint8_t *in, const ck_bytes *out, uint8_t flip) {
    ck_bytes_data *d = ck_bytes_make(isa, NULL, out, NULL);
    if (!d) return NULL;
    d->planar_in = in, d->flip = flip;
    return ck_bytes_finish(d, run_from_planar, out->height, (size_t)out->width * out->channels / 4);
}
ck_op *ck_bytes_to_planar(ck_isa isa, const ck_bytes *in, uint8_t *out, uint8_t flip) {
    ck_bytes_data *d = ck_bytes_make(isa, in, NULL, NULL);
    if (!d) return NULL;
    d->planar_out = out, d->flip = flip;
    return ck_bytes_finish(d, run_to_planar, in->height, (size_t)in->width * in->channels / 4);
}
