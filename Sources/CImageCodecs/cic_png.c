#include "cic_internal.h"
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    jmp_buf jump;
    // Here and not in variables: what changes after setjmp must be in memory when longjmp returns.
    png_structp png;
    png_infop info;
    cic_report *report;
    cic_status status;
    const uint8_t *bytes;
    size_t count, position;
    int64_t bytes_left;  // that libpng may still allocate
    uint8_t *strip;
    // writing
    uint8_t *output;
    size_t output_count, output_capacity;
} png_context;

// Each block starts with its size, so that freeing gives the allowance back.
typedef union { size_t size; max_align_t align; } block_header;

static png_voidp limited_malloc(png_structp png, png_alloc_size_t size) {
    png_context *context = png_get_mem_ptr(png);
    if (size > SIZE_MAX - sizeof(block_header)) return NULL;
    if ((int64_t)size < 0 || (int64_t)size > context->bytes_left) {
        context->status = CIC_LIMIT;
        return NULL;
    }
    block_header *block = malloc(size + sizeof(block_header));
    if (!block) {
        context->status = CIC_NO_MEMORY;
        return NULL;
    }
    block->size = size;
    context->bytes_left -= (int64_t)size;
    return block + 1;
}

static void limited_free(png_structp png, png_voidp pointer) {
    if (!pointer) return;
    png_context *context = png_get_mem_ptr(png);
    block_header *block = (block_header *)pointer - 1;
    context->bytes_left += (int64_t)block->size;
    free(block);
}

static _Noreturn void on_error(png_structp png, png_const_charp message) {
    png_context *context = png_get_error_ptr(png);
    if (context->status == CIC_OK) context->status = CIC_DAMAGED;
    // Said plainer, or with the number that libpng does not know; the rest in libpng's own words.
    if (context->status == CIC_LIMIT) cic_set_message(context->report, "needs more memory than the limit");
    if (context->status == CIC_NO_MEMORY) cic_set_message(context->report, "out of memory");
    cic_set_message(context->report, message);
    longjmp(context->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    png_context *context = png_get_error_ptr(png);
    cic_add_warning(context->report, message);
}

static void read_bytes(png_structp png, png_bytep data, size_t length) {
    png_context *context = png_get_io_ptr(png);
    if (length > context->count - context->position) {
        context->status = CIC_TRUNCATED;
        png_error(png, "the file ends early");
    }
    memcpy(data, context->bytes + context->position, length);
    context->position += length;
}

// Reads up to the first IDAT; 0 without memory.
static int start_reading(png_context *context) {
    png_structp png = context->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, context, on_error, on_warning,
                                                              context, limited_malloc, limited_free);
    if (png) context->info = png_create_info_struct(png);
    if (!png || !context->info) {
        if (context->status == CIC_OK) context->status = CIC_NO_MEMORY;
        cic_set_message(context->report, "out of memory");
        return 0;
    }
    png_set_read_fn(png, context, read_bytes);
    // The caller limits the number of pixels; the allocator limits memory.
    png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
    png_set_chunk_malloc_max(png, 0);
    // Only IHDR, PLTE, IDAT and IEND matter here. Skipped chunks are checked by CRC but never stored or inflated.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep)"tRNS\0", 1);
    png_read_info(png, context->info);
    return 1;
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int crc_holds(const uint8_t *bytes, size_t count, uint32_t expected) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return (crc ^ 0xFFFFFFFF) == expected;
}

// Walks the chunks, since eXIf may also follow the pixels, which libpng would only tell after decoding.
static int find_orientation(const uint8_t *bytes, size_t count) {
    size_t at = 8;
    while (count - at >= 12) {
        size_t length = big_endian(bytes + at);
        if (length > count - at - 12) return 0;
        const uint8_t *type = bytes + at + 4;
        // A block larger than this holds no camera's EXIF; its CRC would only cost time.
        if (memcmp(type, "eXIf", 4) == 0 && length <= (1 << 20) && crc_holds(type, length + 4, big_endian(type + 4 + length))) {
            const uint8_t *tiff = type + 4;
            if (length >= 6 && memcmp(tiff, "Exif\0\0", 6) == 0) return cic_exif_orientation(tiff + 6, length - 6);
            return cic_exif_orientation(tiff, length);
        }
        at += 12 + length;
    }
    return 0;
}

cic_status cic_png_probe(const uint8_t *bytes, size_t count, const cic_limits *limits, cic_info *info,
                         cic_report *report) {
    png_context context = {.report = report, .bytes = bytes, .count = count,
                           .bytes_left = limits->max_bytes - (int64_t)count};
    if (setjmp(context.jump) == 0 && start_reading(&context)) {
        info->width = png_get_image_width(context.png, context.info);
        info->height = png_get_image_height(context.png, context.info);
        info->bit_depth = png_get_bit_depth(context.png, context.info);
        info->channels = png_get_channels(context.png, context.info);
        info->orientation = find_orientation(bytes, count);
    }
    png_destroy_read_struct(&context.png, &context.info, NULL);
    return context.status;
}

// Rows come out as grey or RGB of the placement's sample size.
static void set_transformations(png_structp png, const cic_placement *placement) {
    png_set_palette_to_rgb(png);
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
    if (placement->sample_bytes == 1) {
        png_set_strip_16(png);
    } else {
        png_set_expand_16(png);
        const uint16_t one = 1;
        if (*(const uint8_t *)&one == 1) png_set_swap(png);
    }
}

static void read_rows(png_context *context, const cic_placement *placement) {
    png_structp png = context->png;
    png_infop png_info = context->info;
    uint32_t width = png_get_image_width(png, png_info), height = png_get_image_height(png, png_info);
    int interlaced = png_get_interlace_type(png, png_info) == PNG_INTERLACE_ADAM7;
    cic_strip strip = {.channels = png_get_channels(png, png_info), .row_bytes = png_get_rowbytes(png, png_info)};
    uint32_t capacity = interlaced ? 1 : cic_strip_rows(strip.row_bytes, height);
    if (strip.channels != 1 && strip.channels != 3) png_error(png, "unexpected number of channels");
    context->strip = png_malloc(png, strip.row_bytes * capacity);
    strip.rows = context->strip;
    if (!interlaced) {
        strip.step_x = 1;
        strip.column_count = width;
        for (uint32_t y = 0; y < height; y += strip.row_count) {
            strip.y = y;
            strip.row_count = capacity < height - y ? capacity : height - y;
            for (uint32_t r = 0; r < strip.row_count; r++)
                png_read_row(png, context->strip + r * strip.row_bytes, NULL);
            cic_place(placement, &strip);
        }
        return;
    }
    // Each pass is a small picture of its own; libpng hands out its rows, we put them in place.
    strip.row_count = 1;
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        strip.column_count = PNG_PASS_COLS(width, pass);
        uint32_t rows = PNG_PASS_ROWS(height, pass);
        if (strip.column_count == 0) continue;
        strip.x = PNG_PASS_START_COL(pass);
        strip.step_x = PNG_PASS_COL_OFFSET(pass);
        for (uint32_t r = 0; r < rows; r++) {
            strip.y = PNG_PASS_START_ROW(pass) + r * PNG_PASS_ROW_OFFSET(pass);
            png_read_row(png, context->strip, NULL);
            cic_place(placement, &strip);
        }
    }
}

cic_status cic_png_decode(const uint8_t *bytes, size_t count, const cic_limits *limits, const cic_info *info,
                          const cic_placement *placement, cic_report *report) {
    int64_t pixel_bytes = (int64_t)info->width * info->height * 3 * placement->sample_bytes;
    png_context context = {.report = report, .bytes = bytes, .count = count,
                           .bytes_left = limits->max_bytes - (int64_t)count - pixel_bytes};
    if (setjmp(context.jump) == 0 && start_reading(&context)) {
        if (png_get_image_width(context.png, context.info) != info->width ||
            png_get_image_height(context.png, context.info) != info->height)
            png_error(context.png, "size differs from the probed size");
        set_transformations(context.png, placement);
        png_read_update_info(context.png, context.info);
        read_rows(&context, placement);
        png_read_end(context.png, NULL);
    }
    if (context.png) png_free(context.png, context.strip);
    png_destroy_read_struct(&context.png, &context.info, NULL);
    return context.status;
}

static void write_bytes(png_structp png, png_bytep data, size_t length) {
    png_context *context = png_get_io_ptr(png);
    if (length > context->output_capacity - context->output_count) {
        size_t needed = context->output_count + length;
        size_t capacity = context->output_capacity * 2 > needed ? context->output_capacity * 2 : needed + 4096;
        uint8_t *grown = needed >= length ? realloc(context->output, capacity) : NULL;
        if (!grown) {
            context->status = CIC_NO_MEMORY;
            png_error(png, "out of memory");
        }
        context->output = grown;
        context->output_capacity = capacity;
    }
    memcpy(context->output + context->output_count, data, length);
    context->output_count += length;
}

static void flush_bytes(png_structp png) { (void)png; }

cic_status cic_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **bytes, size_t *count,
                          cic_report *report) {
    memset(report, 0, sizeof *report);
    *bytes = NULL;
    *count = 0;
    png_context context = {.report = report};
    if (setjmp(context.jump) == 0) {
        context.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &context, on_error, on_warning);
        if (context.png) context.info = png_create_info_struct(context.png);
        if (!context.png || !context.info) {
            context.status = CIC_NO_MEMORY;
            cic_set_message(report, "out of memory");
        } else {
            png_set_user_limits(context.png, 0x7FFFFFFF, 0x7FFFFFFF);
            png_set_write_fn(context.png, &context, write_bytes, flush_bytes);
            png_set_IHDR(context.png, context.info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                         PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
            png_write_info(context.png, context.info);
            for (uint32_t y = 0; y < height; y++) png_write_row(context.png, pixels + (size_t)y * width * 3);
            png_write_end(context.png, NULL);
        }
    }
    png_destroy_write_struct(&context.png, &context.info);
    if (context.status != CIC_OK) {
        free(context.output);
        return context.status;
    }
    *bytes = context.output;
    *count = context.output_count;
    return CIC_OK;
}
