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
    cic_strip strip;
    uint8_t *strip_rows;
    // Set once the last row is in the strip: bytes that may still be read to finish the compressed stream.
    uint64_t rows_left;
    int complete;
    size_t bytes_after;
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
    if (context->complete) {
        // Whatever follows the picture inside IDAT would be inflated only to be dropped.
        if (length > context->bytes_after) {
            cic_add_warning(context->report, "Too much image data");
            longjmp(context->jump, 2);
        }
        context->bytes_after -= length;
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

// A chunk's content up to the keyword and its closing zero; what follows is `length` bytes from the result.
static const uint8_t *after_keyword(const uint8_t *data, size_t *length, const char *keyword) {
    size_t size = strlen(keyword) + 1;
    if (*length < size || memcmp(data, keyword, size) != 0) return NULL;
    *length -= size;
    return data + size;
}

// iTXt after the keyword: compression flag and method, language, 0, translated keyword, 0, text.
static int xmp_text_orientation(const uint8_t *text, size_t length) {
    const uint8_t *end = text + length;
    if (length < 2 || text[0] != 0) return 0;
    text += 2;
    for (int field = 0; field < 2; field++) {
        text = memchr(text, 0, (size_t)(end - text));
        if (!text) return 0;
        text++;
    }
    return cic_xmp_orientation(text, (size_t)(end - text));
}

static int hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// ImageMagick's text form: a newline, "exif", a length, then the block in hexadecimal, each on lines of their own.
static int raw_profile_orientation(const uint8_t *text, size_t length) {
    uint8_t block[8192];  // IFD0 comes first; a block is cut here, not refused
    size_t count = 0, at = 0;
    int high = -1;
    for (int line = 0; line < 3; at++) {
        if (at == length) return 0;
        if (text[at] == '\n') line++;
    }
    for (; at < length && count < sizeof block; at++) {
        int digit = hex_digit(text[at]);
        if (digit < 0) continue;
        if (high < 0) {
            high = digit;
        } else {
            block[count++] = (uint8_t)(high << 4 | digit);
            high = -1;
        }
    }
    size_t prefix = count >= 6 && memcmp(block, "Exif\0\0", 6) == 0 ? 6 : 0;
    return cic_exif_orientation(block + prefix, count - prefix);
}

// Walks the chunks, since eXIf may also follow the pixels, which libpng would only tell after decoding. An eXIf chunk
// counts before the text forms. Chunks with a wrong CRC do not count.
static int find_orientation(const uint8_t *bytes, size_t count) {
    int exif = 0, profile = 0, xmp = 0;
    size_t at = 8, to_check = 1 << 22;  // bytes: larger blocks hold no camera's metadata and would only cost time
    while (exif == 0 && count - at >= 12) {
        size_t length = big_endian(bytes + at), rest = length;
        if (length > count - at - 12) break;
        const uint8_t *type = bytes + at + 4, *data = type + 4, *found = NULL;
        int is_exif = memcmp(type, "eXIf", 4) == 0, is_profile = 0;
        if (is_exif) found = data;
        else if (memcmp(type, "iTXt", 4) == 0) found = after_keyword(data, &rest, "XML:com.adobe.xmp");
        else if (memcmp(type, "tEXt", 4) == 0) found = after_keyword(data, &rest, "Raw profile type exif");
        is_profile = found && type[0] == 't';
        if (found && length <= to_check && crc_holds(type, length + 4, big_endian(data + length))) {
            size_t prefix = rest >= 6 && memcmp(found, "Exif\0\0", 6) == 0 ? 6 : 0;
            if (is_exif) exif = cic_exif_orientation(found + prefix, rest - prefix);
            else if (is_profile) profile = raw_profile_orientation(found, rest);
            else xmp = xmp_text_orientation(found, rest);
        }
        if (found) to_check -= length < to_check ? length : to_check;
        at += 12 + length;
    }
    int orientation = exif != 0 ? exif : profile != 0 ? profile : xmp;
    return orientation > 0 ? orientation : 0;
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

// Called with each finished row, before libpng reads on. Keeps the last one, since reading on may not return.
static void on_row(png_structp png, png_row_infop row, png_bytep data) {
    png_context *context = png_get_user_transform_ptr(png);
    if (context->rows_left-- > 1) return;
    if (row->rowbytes <= context->strip.row_bytes)
        memcpy(context->strip_rows + (context->strip.row_count - 1) * context->strip.row_bytes, data, row->rowbytes);
    context->complete = 1;
    context->bytes_after = 1 << 16;
}

static void read_rows(png_context *context, const cic_placement *placement) {
    png_structp png = context->png;
    uint32_t width = png_get_image_width(png, context->info), height = png_get_image_height(png, context->info);
    int interlaced = png_get_interlace_type(png, context->info) == PNG_INTERLACE_ADAM7;
    cic_strip *strip = &context->strip;
    strip->channels = png_get_channels(png, context->info);
    strip->row_bytes = png_get_rowbytes(png, context->info);
    if (strip->channels != 1 && strip->channels != 3) png_error(png, "unexpected number of channels");
    uint32_t capacity = interlaced ? 1 : cic_strip_rows(strip->row_bytes, height);
    context->strip_rows = png_malloc(png, strip->row_bytes * capacity);
    strip->rows = context->strip_rows;
    if (!interlaced) {
        context->rows_left = height;
        strip->step_x = 1;
        strip->column_count = width;
        for (uint32_t y = 0; y < height; y += strip->row_count) {
            strip->y = y;
            strip->row_count = capacity < height - y ? capacity : height - y;
            for (uint32_t r = 0; r < strip->row_count; r++)
                png_read_row(png, context->strip_rows + r * strip->row_bytes, NULL);
            cic_place(placement, strip);
        }
        return;
    }
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++)
        if (PNG_PASS_COLS(width, pass)) context->rows_left += PNG_PASS_ROWS(height, pass);
    // Each pass is a small picture of its own; libpng hands out its rows, we put them in place.
    strip->row_count = 1;
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        strip->column_count = PNG_PASS_COLS(width, pass);
        uint32_t rows = PNG_PASS_ROWS(height, pass);
        if (strip->column_count == 0) continue;
        strip->x = PNG_PASS_START_COL(pass);
        strip->step_x = PNG_PASS_COL_OFFSET(pass);
        for (uint32_t r = 0; r < rows; r++) {
            strip->y = PNG_PASS_START_ROW(pass) + r * PNG_PASS_ROW_OFFSET(pass);
            png_read_row(png, context->strip_rows, NULL);
            cic_place(placement, strip);
        }
    }
}

cic_status cic_png_decode(const uint8_t *bytes, size_t count, const cic_limits *limits, const cic_info *info,
                          const cic_placement *placement, cic_report *report) {
    int64_t pixel_bytes = (int64_t)info->width * info->height * 3 * placement->sample_bytes;
    png_context context = {.report = report, .bytes = bytes, .count = count,
                           .bytes_left = limits->max_bytes - (int64_t)count - pixel_bytes};
    switch (setjmp(context.jump)) {
    case 0:
        if (!start_reading(&context)) break;
        if (png_get_image_width(context.png, context.info) != info->width ||
            png_get_image_height(context.png, context.info) != info->height)
            png_error(context.png, "size differs from the probed size");
        set_transformations(context.png, placement);
        png_set_user_transform_info(context.png, &context, 0, 0);
        png_set_read_user_transform_fn(context.png, on_row);
        png_read_update_info(context.png, context.info);
        read_rows(&context, placement);
        png_read_end(context.png, NULL);
        break;
    case 2:
        cic_place(placement, &context.strip);
        break;
    default:
        break;
    }
    if (context.png) png_free(context.png, context.strip_rows);
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
    png_context context = {.report = report, .bytes_left = INT64_MAX};
    if (setjmp(context.jump) == 0) {
        context.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &context, on_error, on_warning, &context,
                                                limited_malloc, limited_free);
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
