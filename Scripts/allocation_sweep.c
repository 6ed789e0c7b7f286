// Makes the Nth allocation fail, for N = 1, 2, … until none is left to fail, in everything the C shims do: probing,
// decoding and encoding pictures, reading bands, making operations, pools and proposals. Each time once with that
// allocation alone failing and once with all after it failing too. What must hold: an error that says so, nothing
// leaked, nothing handed out, and where a failure is not noticed the result of an undisturbed run.
//
// Linked with -Wl,--wrap against the static libpng, libjpeg and zlib, so that their allocations fail too, and with
// AddressSanitizer, which sees what is used after it is freed, and what leaks. See allocation_sweep.py.
#define _GNU_SOURCE
#include <CImageCodecs.h>
#include <CKernels.h>
#include <png.h>
#include <sanitizer/lsan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jpeglib.h>  // after stdio.h, which it needs

// MARK: Failing allocations

static _Thread_local int is_armed;
static long allocations, fail_at, failed;
static int fail_after;

// Whether the allocation that is asked for now fails.
static int fails(void) {
    if (!is_armed) return 0;
    allocations++;
    int is_turn = fail_after ? allocations >= fail_at : allocations == fail_at;
    if (fail_at && is_turn) failed++;
    return fail_at && is_turn;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
int __real_posix_memalign(void **block, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *block, size_t size) { return fails() ? NULL : __real_realloc(block, size); }
int __wrap_posix_memalign(void **block, size_t alignment, size_t size) {
    return fails() ? 12 /* ENOMEM */ : __real_posix_memalign(block, alignment, size);
}

static const char *case_name;

static _Noreturn void fault(const char *what) {
    fprintf(stderr, "%s, allocation %ld%s: %s\n", case_name, fail_at, fail_after ? " and all after it" : "", what);
    exit(1);
}

// MARK: Pictures

enum { WIDTH = 83, HEIGHT = 61 };
static const cic_limits limits = {
    .max_bytes = 64 << 20, .max_scan_pixels = 1 << 30, .max_scans = 100, .max_warnings = 100};

static uint8_t sample(uint32_t at) { return (uint8_t)((at * 2654435761u >> 24 & 0x3f) | (at >> 4 & 0xc0)); }

typedef struct { uint8_t *bytes; size_t count; } file;

static void append(png_structp png, png_bytep data, size_t count) {
    file *to = png_get_io_ptr(png);
    to->bytes = realloc(to->bytes, to->count + count);
    memcpy(to->bytes + to->count, data, count);
    to->count += count;
}
static void flush(png_structp png) { (void)png; }

// A PNG file with an EXIF orientation.
static file make_png(int color, int depth, int interlace, int orientation) {
    file to = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &to, append, flush);
    png_set_IHDR(png, info, WIDTH, HEIGHT, depth, color, interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (color == PNG_COLOR_TYPE_PALETTE) {
        png_color palette[16];
        for (int i = 0; i < 16; i++) palette[i] = (png_color){(png_byte)(i * 16), (png_byte)(255 - i), (png_byte)(i * i)};
        png_set_PLTE(png, info, palette, 16);
    }
    png_byte exif[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (png_byte)orientation, 0, 0, 0, 0, 0, 0};
    png_set_eXIf_1(png, info, sizeof exif, exif);
    png_write_info(png, info);
    size_t row_bytes = png_get_rowbytes(png, info);
    uint8_t rows[HEIGHT][WIDTH * 8];
    png_bytep list[HEIGHT];
    for (int y = 0; y < HEIGHT; y++) {
        list[y] = rows[y];
        for (size_t i = 0; i < row_bytes; i++) rows[y][i] = sample((uint32_t)(y * row_bytes + i));
    }
    png_write_image(png, list);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return to;
}

static file make_jpeg(int components, int is_progressive, int orientation) {
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long count = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &count);
    c.image_width = WIDTH;
    c.image_height = HEIGHT;
    c.input_components = components;
    c.in_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&c);
    if (is_progressive) jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    const uint8_t exif[] = {'E', 'x', 'i', 'f', 0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0,
                            (uint8_t)orientation, 0, 0, 0, 0, 0, 0, 0};
    if (orientation) jpeg_write_marker(&c, JPEG_APP0 + 1, exif, sizeof exif);
    while (c.next_scanline < HEIGHT) {
        uint8_t row[WIDTH * 4];
        for (int i = 0; i < WIDTH * components; i++) row[i] = sample(c.next_scanline * (uint32_t)(WIDTH * components) + (uint32_t)i);
        JSAMPROW rows = row;
        jpeg_write_scanlines(&c, &rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return (file){bytes, count};
}

// MARK: What is swept

// What a run made: compared with the undisturbed one. Room is the sweep's own, so that it is no allocation.
typedef struct {
    cic_status status;
    cic_report report;
    size_t count;
    uint8_t bytes[WIDTH * HEIGHT * 6 + 4096];
} outcome;

typedef struct {
    const char *name;
    void (*run)(const void *argument, outcome *out);
    const void *argument;
} sweep_case;

typedef struct { file input; int sample_bytes, reduction; } decoding;

static void run_decoding(const void *argument, outcome *out) {
    const decoding *d = argument;
    cic_info info;
    out->status = cic_probe(d->input.bytes, d->input.count, &limits, &info, &out->report);
    if (out->status != CIC_OK) return;
    info.reduction = d->reduction;
    uint32_t width = d->reduction ? (WIDTH + 7) / 8 : WIDTH, height = d->reduction ? (HEIGHT + 7) / 8 : HEIGHT;
    size_t bytes = (size_t)width * height * 3 * (size_t)d->sample_bytes;
    out->status = cic_decode(d->input.bytes, d->input.count, &limits, &info, info.orientation, d->sample_bytes, out->bytes,
                             bytes, &out->report);
    out->count = bytes;
}

static void run_bands(const void *argument, outcome *out) {
    const int *descriptor = argument;
    cic_info info;
    cic_bands *bands = NULL;
    out->status = cic_bands_open(*descriptor, lseek(*descriptor, 0, SEEK_END), &limits, &info, &bands, &out->report);
    if (out->status != CIC_OK) {
        if (bands) fault("bands were handed out with an error");
        return;
    }
    for (uint32_t y = 0; y < info.height && out->status == CIC_OK; y += 7) {
        uint32_t rows = info.height - y < 7 ? info.height - y : 7;
        out->status = cic_bands_read(bands, out->bytes + out->count, rows, &out->report);
        out->count += (size_t)rows * info.width * 3;
    }
    if (out->status == CIC_OK) out->status = cic_bands_finish(bands, &out->report);
    cic_bands_close(bands);
}

static void run_encoding(const void *argument, outcome *out) {
    const int *is_jpeg = argument;
    static uint8_t pixels[WIDTH * HEIGHT * 3];
    for (uint32_t i = 0; i < sizeof pixels; i++) pixels[i] = sample(i);
    uint8_t *bytes = NULL;
    size_t count = 0;
    out->status = *is_jpeg ? cic_encode_jpeg(pixels, WIDTH, HEIGHT, 95, &bytes, &count, &out->report)
                           : cic_encode_png(pixels, WIDTH, HEIGHT, &bytes, &count, &out->report);
    if (out->status != CIC_OK && (bytes || count)) fault("bytes were handed out with an error");
    if (out->status != CIC_OK) return;
    if (count > sizeof out->bytes) fault("the file is larger than the pixels");
    memcpy(out->bytes, bytes, count);
    out->count = count;
    cic_free(bytes);
}

// Planes of 16 x 16 pixels with a border of 2, for up to 48 channels; zero.
enum { PLANE = 20 * 20 * 16 };
static _Alignas(64) float planes[2][6][PLANE];
static float weights[48 * 48 * 9];

static void note_operation(ck_op *op, outcome *out) {
    if (!op) {
        out->status = CIC_NO_MEMORY;
        strcpy(out->report.message, "out of memory");
        return;
    }
    out->count = 1;
    out->bytes[0] = (uint8_t)op->step_count;
    ck_op_destroy(op);
}

static ck_blocked blocked(int which, int channels, float **list) {
    for (int i = 0; i < 6; i++) list[i] = planes[which][i] + (2 * 20 + 2) * ck_isa_lanes(CK_ISA_PORTABLE);
    return (ck_blocked){.batch = 1, .channels = channels, .height = 16, .width = 16, .border = 2, .planes = list};
}

typedef struct { int channels, outputs, kernel, groups; ck_activation_kind activation; } convolution;

static ck_op *make_convolution(const convolution *c) {
    static float slopes[48], bias[48];
    float *from[6], *to[6];
    ck_blocked in = blocked(0, c->channels, from), out = blocked(1, c->outputs, to);
    ck_conv_options options = {.groups = c->groups, .kernel_h = c->kernel, .kernel_w = c->kernel, .stride_h = 1,
                               .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .pad_top = c->kernel / 2,
                               .pad_left = c->kernel / 2, .activation = {.kind = c->activation, .slopes = slopes}};
    return ck_conv(CK_ISA_PORTABLE, &options, &in, &out, NULL, weights, bias);
}
static void run_convolution(const void *argument, outcome *out) { note_operation(make_convolution(argument), out); }

static void run_together(const void *argument, outcome *out) {
    ck_op *ops[3];
    for (int i = 0; i < 3; i++) ops[i] = make_convolution(argument);
    note_operation(ck_together(ops, 3), out);
}

static void run_matmul(const void *argument, outcome *out) {
    static float bias[40], c[24 * 40];
    const ptrdiff_t offsets[2] = {0, 8};
    ck_matmul_options options = {.m = 24, .n = 40, .k = 16, .a_row = 16, .a_column = 1, .b_row = 40, .b_column = 1,
                                 .c_row = 40, .batch = 2, .a_offsets = offsets, .b_offsets = offsets, .c_offsets = offsets,
                                 .alpha = 1};
    const int *is_constant = argument;
    note_operation(ck_matmul(CK_ISA_PORTABLE, &options, weights, weights, *is_constant, bias, c), out);
}

static void do_nothing(const ck_step *step, int job, int thread) { (void)step, (void)job, (void)thread; }

static void run_pool(const void *argument, outcome *out) {
    (void)argument;
    ck_pool *pool = ck_pool_create(3);
    const ck_step step = {.run = do_nothing, .jobs = 5, .scratch = 1000};
    int done = pool && ck_pool_run(pool, &step, 1, NULL);
    // With memory again it goes on.
    if (pool && !done) {
        is_armed = 0;
        if (!ck_pool_run(pool, &step, 1, NULL)) fault("the pool does not run again");
        is_armed = 1;
    }
    ck_pool_destroy(pool);
    if (done) return;
    out->status = CIC_NO_MEMORY;
    strcpy(out->report.message, "out of memory");
}

static void fill(void *context, int row, int column, int count, float *to, ptrdiff_t plane_stride) {
    (void)context;
    for (int plane = 0; plane < 3; plane++)
        for (int i = 0; i < count; i++) to[plane * plane_stride + i] = (float)((row * 7 + (column + i) * 3 + plane) % 11) - 5;
}

static void run_proposal(const void *argument, outcome *out) {
    (void)argument;
    const ck_proposal_weights w = {{weights, weights, weights}, {weights, weights, weights}, {weights, weights, weights}, weights, weights};
    ck_proposal *proposal = ck_proposal_create(CK_ISA_PORTABLE, &w);
    ck_proposal_hits hits = {0};
    if (proposal) {
        static _Alignas(64) uint8_t scratch[1 << 20];
        const ck_proposal_tile tile = {.level_width = 48, .level_height = 40, .columns = 18, .rows = 14};
        if (ck_proposal_scratch(proposal, tile.columns) > sizeof scratch) fault("the scratch is too small");
        if (ck_proposal_run(proposal, &tile, (ck_proposal_rows){fill, NULL}, -1e30f, scratch, &hits)) {
            out->count = hits.count * sizeof *hits.hits;
            if (hits.count != 18 * 14) fault("not every cell was a hit");
            memcpy(out->bytes, hits.hits, out->count);
        }
    }
    if (out->count == 0) {
        out->status = CIC_NO_MEMORY;
        strcpy(out->report.message, "out of memory");
    }
    ck_proposal_hits_free(&hits);
    ck_proposal_destroy(proposal);
}

// MARK: The sweep

static outcome expected, seen;
static long swept, runs;

static void run_once(const sweep_case *c, outcome *out, long at, int after) {
    memset(out, 0, sizeof *out);
    allocations = failed = 0;
    fail_at = at;
    fail_after = after;
    is_armed = 1;
    c->run(c->argument, out);
    is_armed = 0;
}

static void sweep(const sweep_case *c) {
    case_name = c->name;
    run_once(c, &expected, 0, 0);
    long total = allocations, noticed = 0;
    if (expected.status != CIC_OK) fault("failed undisturbed");
    for (int after = 0; after < 2; after++)
        for (long at = 1;; at++) {
            run_once(c, &seen, at, after);
            if (failed == 0) {
                if (at != total + 1) fault("the number of allocations is not the same again");
                break;
            }
            if (seen.status == CIC_OK) {
                // libjpeg asks for less where it is refused more; the result is the same then.
                if (seen.count != expected.count || memcmp(seen.bytes, expected.bytes, seen.count) != 0)
                    fault("another result than undisturbed");
            } else {
                noticed++;
                if (seen.status != CIC_NO_MEMORY) fault("an error other than that of memory");
                if (!seen.report.message[0]) fault("an error without a message");
            }
            if (__lsan_do_recoverable_leak_check()) fault("memory leaked");
        }
    printf("%-44s %4ld allocations, %4ld failures in %4ld runs ended in an error\n", c->name, total, noticed, 2 * total);
    fflush(stdout);
    swept += total;
    runs += 2 * total;
}

int main(void) {
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) weights[i] = (float)(i % 13) / 13 - 0.4f;
    static decoding inputs[10];
    const decoding made[] = {
        {make_png(PNG_COLOR_TYPE_GRAY, 1, PNG_INTERLACE_NONE, 1), 1, 0},
        {make_png(PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_NONE, 1), 1, 0},
        {make_png(PNG_COLOR_TYPE_PALETTE, 4, PNG_INTERLACE_NONE, 6), 1, 0},
        {make_png(PNG_COLOR_TYPE_RGB_ALPHA, 16, PNG_INTERLACE_ADAM7, 8), 2, 0},
        {make_jpeg(3, 0, 1), 1, 0},
        {make_jpeg(3, 0, 6), 2, 0},
        {make_jpeg(3, 1, 0), 1, 0},
        {make_jpeg(4, 0, 0), 1, 0},
        {make_jpeg(3, 0, 0), 1, 8},
        {make_jpeg(1, 1, 0), 1, 8},
    };
    memcpy(inputs, made, sizeof inputs);
    const decoding *grey = inputs, *color = inputs + 1, *palette = inputs + 2, *interlaced = inputs + 3,
                   *baseline = inputs + 4, *turned = inputs + 5, *progressive = inputs + 6, *ink = inputs + 7,
                   *draft = inputs + 8, *draft_progressive = inputs + 9;
    int color_file = fileno(tmpfile()), ink_file = fileno(tmpfile());
    if (write(color_file, baseline->input.bytes, baseline->input.count) < 0 ||
        write(ink_file, ink->input.bytes, ink->input.count) < 0)
        return 1;
    const int png = 0, jpeg = 1, changes = 0, constant = 1;
    const convolution direct = {24, 16, 3, 1, CK_ACT_PRELU}, pointwise = {48, 48, 1, 1, CK_ACT_SILU},
                      depthwise = {32, 32, 3, 32, CK_ACT_RELU}, winograd = {48, 48, 3, 1, CK_ACT_LEAKY},
                      grouped = {32, 32, 3, 2, CK_ACT_IDENTITY};
    const sweep_case cases[] = {
        {"decode PNG, grey 1 bit", run_decoding, grey},
        {"decode PNG, RGB", run_decoding, color},
        {"decode PNG, palette, EXIF 6", run_decoding, palette},
        {"decode PNG, RGBA 16 bits interlaced, EXIF 8", run_decoding, interlaced},
        {"decode JPEG, baseline", run_decoding, baseline},
        {"decode JPEG, EXIF 6, to 16 bits", run_decoding, turned},
        {"decode JPEG, progressive", run_decoding, progressive},
        {"decode JPEG, CMYK", run_decoding, ink},
        {"decode JPEG, 8 times smaller", run_decoding, draft},
        {"decode JPEG, progressive 8 times smaller", run_decoding, draft_progressive},
        {"decode JPEG in bands", run_bands, &color_file},
        {"decode JPEG in bands, CMYK", run_bands, &ink_file},
        {"encode PNG", run_encoding, &png},
        {"encode JPEG", run_encoding, &jpeg},
        {"operation: convolution 3x3", run_convolution, &direct},
        {"operation: convolution 1x1", run_convolution, &pointwise},
        {"operation: depthwise convolution", run_convolution, &depthwise},
        {"operation: convolution 3x3, 48 channels", run_convolution, &winograd},
        {"operation: grouped convolution", run_convolution, &grouped},
        {"operation: three together", run_together, &direct},
        {"operation: matrix product", run_matmul, &changes},
        {"operation: matrix product, constant", run_matmul, &constant},
        {"pool of 3 threads", run_pool, NULL},
        {"face proposals", run_proposal, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) sweep(&cases[i]);
    printf("%zu cases, %ld allocations, %ld runs, 0 faults\n", sizeof cases / sizeof *cases, swept, runs);
    return 0;
}
