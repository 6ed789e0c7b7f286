// Operations on pictures of bytes: instruction sets, jobs, borders. A job is a range of rows.
#include "bytes_pairs.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#endif

#define INLINE_B static inline __attribute__((always_inline, unused))
#define UNROLL_B _Pragma("clang loop unroll(full)")
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#define DOT 0
#define VEC 8
#define SET_NAME "portable"
#define BNAME(f) bytes_portable_##f
#include "integer_section.inc"
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define DOT 2
#define VEC 8
#define SET_NAME "avx2"
#define BNAME(f) bytes_avx2_##f
#include "integer_section.inc"
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#define DOT 256
#define VEC 8
#define SET_NAME "avx-vnni"
#define BNAME(f) bytes_avxvnni_##f
#include "integer_section.inc"
#pragma clang attribute pop
#pragma clang attribute push(                                                                                       \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi,fma,avx2,evex512"))),           \
    apply_to = function)
#define DOT 512
#define VEC 16
#define SET_NAME "avx512-vnni"
#define BNAME(f) bytes_avx512vnni_##f
#include "integer_section.inc"
#pragma clang attribute pop
#elif defined(__aarch64__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#define DOT 128
#define VEC 4
#define SET_NAME "neon-dot"
#define BNAME(f) bytes_neondot_##f
#include "integer_section.inc"
#pragma clang attribute pop
#endif
#pragma clang diagnostic pop

static const ck_bytes_kernels *kernels_for(ck_isa isa) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (isa == CK_ISA_AVX512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi"))
        return &bytes_avx512vnni_kernels;
    if (isa != CK_ISA_PORTABLE) {
        // Leaf 7, subleaf 1, bit 4 of EAX.
        unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
        __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(0), "c"(0));
        if (eax >= 7) {
            __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(7), "c"(1));
            if (eax & (1u << 4)) return &bytes_avxvnni_kernels;
        }
        return &bytes_avx2_kernels;
    }
#elif defined(__aarch64__) && defined(__linux__)
    if (getauxval(AT_HWCAP) & (1u << 20)) return &bytes_neondot_kernels;  // HWCAP_ASIMDDP
#elif defined(__aarch64__) && defined(__ENVIRONMENT_MAC_OS_X_VERSION_MIN_REQUIRED__)
    return &bytes_neondot_kernels;  // every such Mac has them
#endif
    (void)isa;
    return &bytes_portable_kernels;
}
const char *ck_bytes_instruction_set(ck_isa isa) { return kernels_for(isa)->name; }

static void fill_pixels(const ck_bytes *t, int y, int x, int count) {
    uint8_t *p = ck_bytes_at(t, y, x);
    for (int i = 0; i < count; i++, p += t->pitch) memset(p, t->zero, t->channels);
}
// The border beside row y, and above or below it at the ends.
void ck_bytes_fill_border(const ck_bytes *t, int y) {
    const int b = t->border, whole = t->width + 2 * b;
    if (!b) return;
    fill_pixels(t, y, -b, b);
    fill_pixels(t, y, t->width, b);
    if (y == 0)
        for (int i = 1; i <= b; i++) fill_pixels(t, -i, -b, whole);
    if (y == t->height - 1)
        for (int i = 0; i < b; i++) fill_pixels(t, t->height + i, -b, whole);
}
ck_bytes_data *ck_bytes_make(ck_isa isa, const ck_bytes *in, const ck_bytes *out, const uint8_t *table) {
    ck_bytes_data *d = ck_op_new(sizeof *d);
    if (!d) return NULL;
    d->kernels = kernels_for(isa);
    if (in) d->in = *in;
    if (out) d->out = *out;
    if (table) {
        ck_byte_table *kept = ck_op_allocate(&d->owner, 1, sizeof *kept);
        if (!kept) return (void *)ck_op_fail(&d->owner);
        for (int i = 0; i < 256; i++) {
            kept->values[i] = table[i];
            kept->steps[i] = i % 128 < 16 ? table[i] : table[i] ^ table[i - 16];
        }
        d->table = kept;
    }
    return d;
}
ck_op *ck_bytes_finish(ck_bytes_data *d, void (*run)(const ck_step *, int, int), size_t units, size_t cost) {
    ck_op *op = ck_op_step(&d->owner, run, d, ck_job_count(units, cost));
    op->kernel = d->kernels->name;
    return op;
}
static void run_table(const ck_step *step, int job, int thread) {
    CK_BYTES_ROWS(step, job, d->out.height) {
        const int dense = d->in.pitch == d->in.channels && d->out.pitch == d->out.channels;
        const int pixels = dense ? 1 : d->out.width, count = d->out.channels * (dense ? d->out.width : 1);
        for (int x = 0; x < pixels; x++) {
            const uint8_t *in = ck_bytes_at(&d->in, (int)y, x);
            uint8_t *out = ck_bytes_at(&d->out, (int)y, x);
            if (d->table) d->kernels->look_up(d->table, in, out, count);
            else memcpy(out, in, count);
        }
        ck_bytes_fill_border(&d->out, (int)y);
    }
}
static void run_binary(const ck_step *step, int job, int thread) {
    CK_BYTES_ROWS(step, job, d->out.height) {
        d->kernels->binary_row(d, (int)y);
        ck_bytes_fill_border(&d->out, (int)y);
    }
}
static void run_pool(const ck_step *step, int job, int thread) {
    CK_BYTES_ROWS(step, job, d->out.height) {
        d->kernels->pool_row(d, (int)y);
        ck_bytes_fill_border(&d->out, (int)y);
    }
}
static void run_resize(const ck_step *step, int job, int thread) {
    CK_BYTES_ROWS(step, job, d->out.height) {
        for (int x = 0; x < d->out.width; x++) {
            const uint8_t *in = ck_bytes_at(&d->in, d->rows[y], d->columns[x]);
            uint8_t *out = ck_bytes_at(&d->out, (int)y, x);
            if (d->table) d->kernels->look_up(d->table, in, out, d->out.channels);
            else memcpy(out, in, d->out.channels);
        }
        ck_bytes_fill_border(&d->out, (int)y);
    }
}
static void run_quantize(const ck_step *step, int job, int thread) {
    (void)thread;
    const ck_bytes_data *d = step->data;
    d->kernels->quantize(d, ck_job_start(d->count, step->jobs, job), ck_job_start(d->count, step->jobs, job + 1));
}
static void run_dequantize(const ck_step *step, int job, int thread) {
    (void)thread;
    const ck_bytes_data *d = step->data;
    d->kernels->dequantize(d, ck_job_start(d->count, step->jobs, job), ck_job_start(d->count, step->jobs, job + 1));
}

ck_op *ck_bytes_table(ck_isa isa, const ck_bytes *in, const ck_bytes *out, const uint8_t *table) {
    ck_bytes_data *d = ck_bytes_make(isa, in, out, table);
    return d ? ck_bytes_finish(d, run_table, out->height, (size_t)out->width * out->channels / 4) : NULL;
}
ck_op *ck_bytes_binary(ck_isa isa, int multiplies, const ck_bytes *a, float a_scale, const ck_bytes *b, float b_scale,
                       const ck_bytes *out, float scale, uint8_t out_zero, const uint8_t *table) {
    ck_bytes_data *d = ck_bytes_make(isa, a, out, table);
    if (!d) return NULL;
    d->second = *b;
    d->multiplies = multiplies;
    d->scale = a_scale, d->second_scale = b_scale, d->inverse = scale;
    d->out_zero = out_zero;
    return ck_bytes_finish(d, run_binary, out->height, (size_t)out->width * out->channels / 2);
}
ck_op *ck_bytes_max_pool(ck_isa isa, const ck_bytes_window *window, const ck_bytes *in, const ck_bytes *out,
                         const uint8_t *table) {
    ck_bytes_data *d = ck_bytes_make(isa, in, out, table);
    if (!d) return NULL;
    d->window = *window;
    return ck_bytes_finish(d, run_pool, out->height, (size_t)out->width * out->channels);
}
ck_op *ck_bytes_resize(ck_isa isa, const ck_bytes *in, const ck_bytes *out, const int32_t *rows, const int32_t *columns,
                       const uint8_t *table) {
    ck_bytes_data *d = ck_bytes_make(isa, in, out, table);
    const void *r = NULL, *c = NULL;
    if (!d || !ck_op_keep(&d->owner, &r, rows, out->height, sizeof *rows) ||
        !ck_op_keep(&d->owner, &c, columns, out->width, sizeof *columns))
        return d ? ck_op_fail(&d->owner) : NULL;
    d->rows = r, d->columns = c;
    return ck_bytes_finish(d, run_resize, out->height, (size_t)out->width * out->channels / 4);
}
ck_op *ck_quantize(ck_isa isa, const float *x, void *y, size_t count, float scale, int zero, int is_signed) {
    ck_bytes_data *d = ck_bytes_make(isa, NULL, NULL, NULL);
    if (!d) return NULL;
    d->floats_in = x, d->planar_out = y, d->count = count, d->scale = scale, d->zero = zero, d->is_signed = is_signed;
    return ck_bytes_finish(d, run_quantize, count, 1);
}
ck_op *ck_dequantize(ck_isa isa, const void *x, float *y, size_t count, float scale, int zero, int is_signed) {
    ck_bytes_data *d = ck_bytes_make(isa, NULL, NULL, NULL);
    if (!d) return NULL;
    d->planar_in = x, d->floats_out = y, d->count = count, d->scale = scale, d->zero = zero, d->is_signed = is_signed;
    return ck_bytes_finish(d, run_dequantize, count, 1);
}
