// Convolutions of bytes where the processor multiplies no bytes exactly: bytes are widened to 16 bits, and pairs of channels
// multiplied and added into 32 (vpmaddwd). What the direct form and Winograd's have in common; compiled for AVX2 only.
#pragma once
#include "integer_section_data.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define PAIRS_INLINE static inline __attribute__((always_inline, unused, target("avx2")))
#define PAIRS_FUNCTION static __attribute__((target("avx2")))
#define PAIRS_UNROLL _Pragma("clang loop unroll(full)")

// A tile is up to PAIRS_PIXELS pixels of PAIRS_LANES output channels.
enum { PAIRS_LANES = 16, PAIRS_PIXELS = 6 };

// 16 bytes, widened.
PAIRS_INLINE __m256i pairs_widened(const uint8_t *in) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)in));
}
// sums[pixel] += products of `count` pairs from `in` on, the next pixel's `step` further, with weights [pair][lane][2].
PAIRS_INLINE void pairs_multiply(__m256i (*sums)[2], const int16_t *in, ptrdiff_t step, const int16_t *weights, int count,
                                 const int pixels) {
    for (int i = 0; i < count; i++, in += 2, weights += 2 * PAIRS_LANES) {
        const __m256i low = _mm256_loadu_si256((const __m256i *)weights);
        const __m256i high = _mm256_loadu_si256((const __m256i *)(weights + PAIRS_LANES));
        PAIRS_UNROLL for (int p = 0; p < pixels; p++) {
            int32_t two;
            memcpy(&two, in + p * step, 4);
            const __m256i x = _mm256_set1_epi32(two);
            sums[p][0] = _mm256_add_epi32(sums[p][0], _mm256_madd_epi16(x, low));
            sums[p][1] = _mm256_add_epi32(sums[p][1], _mm256_madd_epi16(x, high));
        }
    }
}
PAIRS_INLINE __m256i pairs_rounded(__m256i sums, const int32_t *bias, const float *factors) {
    const __m256 all = _mm256_cvtepi32_ps(_mm256_add_epi32(sums, _mm256_loadu_si256((const __m256i *)bias)));
    return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_mul_ps(all, _mm256_loadu_ps(factors)), _mm256_set1_ps(1e6f)));
}
// Each of 32 bytes in `count` vectors through a table. vpshufb looks up 16 bytes by the low half of an index, and gives 0 where its
// highest bit is set: so does each step of 16 that an index, taken down by 16 before each, has already passed.
PAIRS_INLINE void pairs_look_up(const ck_byte_table *table, __m256i *bytes, const int count) {
    __m256i found[PAIRS_PIXELS / 2];
    PAIRS_UNROLL for (int v = 0; v < count; v++) found[v] = _mm256_setzero_si256();
    PAIRS_UNROLL for (int half = 0; half < 2; half++) {
        PAIRS_UNROLL for (int i = 0; i < 8; i++) {
            const __m128i *sixteen = (const __m128i *)(table->steps + half * 128 + i * 16);
            const __m256i step = _mm256_broadcastsi128_si256(_mm_loadu_si128(sixteen));
            PAIRS_UNROLL for (int v = 0; v < count; v++) {
                if (i == 0 && half == 1) bytes[v] = _mm256_xor_si256(bytes[v], _mm256_set1_epi8(-128));
                const __m256i index = i ? _mm256_subs_epi8(bytes[v], _mm256_set1_epi8((char)(16 * i))) : bytes[v];
                found[v] = _mm256_xor_si256(found[v], _mm256_shuffle_epi8(step, index));
            }
        }
    }
    PAIRS_UNROLL for (int v = 0; v < count; v++) bytes[v] = found[v];
}
// The sums of some pixels, for PAIRS_LANES channels from `channel` on, become bytes at to[pixel], unless that is NULL.
PAIRS_INLINE void pairs_store(const ck_bytes_data *d, __m256i (*sums)[2], int channel, uint8_t *const *to, const int pixels) {
    const int32_t *bias = d->bias + channel;
    const float *factors = d->factors + channel;
    const __m256i zero = _mm256_set1_epi16(d->out_zero);
    __m256i words[PAIRS_PIXELS + 1], bytes[PAIRS_PIXELS / 2];
    PAIRS_UNROLL for (int p = 0; p < pixels; p++)
        words[p] = _mm256_adds_epi16(
            _mm256_packs_epi32(pairs_rounded(sums[p][0], bias, factors), pairs_rounded(sums[p][1], bias + 8, factors + 8)), zero);
    if (pixels % 2) words[pixels] = words[pixels - 1];
    const int vectors = (pixels + 1) / 2;
    // Both packings work within halves of 128 bits.
    PAIRS_UNROLL for (int v = 0; v < vectors; v++)
        bytes[v] = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(words[2 * v], words[2 * v + 1]),
                                               _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    if (d->table) pairs_look_up(d->table, bytes, vectors);
    const int count = ck_min(PAIRS_LANES, d->out.channels - channel);
    PAIRS_UNROLL for (int p = 0; p < pixels; p++) {
        const __m128i each = p % 2 ? _mm256_extracti128_si256(bytes[p / 2], 1) : _mm256_castsi256_si128(bytes[p / 2]);
        if (!to[p]) continue;
        if (count == PAIRS_LANES) _mm_storeu_si128((__m128i *)to[p], each);
        else memcpy(to[p], &each, (size_t)count);
    }
}
// Pixels of the next tile where `left` remain: tiles of nearly the same size.
static inline int pairs_pixels(int left) { return ck_ceil_div(left, ck_ceil_div(left, PAIRS_PIXELS)); }
#define PAIRS_TILES(left, TILE)                       \
    switch (pairs_pixels(left)) {                     \
        case 1: TILE(1); break;                       \
        case 2: TILE(2); break;                       \
        case 3: TILE(3); break;                       \
        case 4: TILE(4); break;                       \
        case 5: TILE(5); break;                       \
        default: TILE(6); break;                      \
    }

// A convolution whose window, sizes, scales and table are set: its weights [out][in][kernel] packed, and the operation with
// its step. NULL without memory, having freed `d`. `winograd` takes kernels of 3x3 with steps of 1 of up to
// BYTES_WINOGRAD_CHANNELS channels, for which 32 bits hold its sums.
ck_op *ck_bytes_pairs_direct(ck_bytes_data *d, const int8_t *weights);
ck_op *ck_bytes_pairs_winograd(ck_bytes_data *d, const int8_t *weights);
enum { BYTES_WINOGRAD_CHANNELS = 1024 };
#endif
