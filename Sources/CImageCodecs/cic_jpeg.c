#include "cic_jpeg.h"
#include <jerror.h>
#include <stdlib.h>
#include <string.h>

static jpeg_context *context_of(j_common_ptr cinfo) { return (jpeg_context *)(void *)cinfo->err; }

_Noreturn void cic_jpeg_fail(jpeg_context *context, cic_status status, const char *message) {
    context->status = status;
    cic_set_message(context->report, message);
    longjmp(context->jump, 1);
}

static void on_error(j_common_ptr cinfo) {
    jpeg_context *context = context_of(cinfo);
    char text[JMSG_LENGTH_MAX];
    cinfo->err->format_message(cinfo, text);
    cic_status status = CIC_DAMAGED;
    switch (cinfo->err->msg_code) {
    case JERR_OUT_OF_MEMORY: status = CIC_NO_MEMORY; break;
    case JERR_NO_BACKING_STORE: cic_jpeg_fail(context, CIC_LIMIT, "needs more memory than the limit");
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
    case JERR_IMAGE_TOO_BIG:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_SOF_UNSUPPORTED: status = CIC_UNSUPPORTED; break;
    default: break;
    }
    cic_jpeg_fail(context, status, text);
}

// Warnings that say how much of the picture is real: after these two, libjpeg goes on with grey.
static int means_truncated(int code) { return code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER; }

static void on_message(j_common_ptr cinfo, int level) {
    if (level >= 0) return;
    jpeg_context *context = context_of(cinfo);
    char text[JMSG_LENGTH_MAX];
    cinfo->err->format_message(cinfo, text);
    cinfo->err->num_warnings++;
    cic_add_warning(context->report, text);
    if (means_truncated(cinfo->err->msg_code)) {
        context->report->truncated = 1;
        if (!context->limits->allow_truncated) cic_jpeg_fail(context, CIC_TRUNCATED, text);
    }
    if (context->report->warnings > context->limits->max_warnings) {
        char message[CIC_MESSAGE_SIZE];
        snprintf(message, sizeof message, "more than %d warnings, the first: %.150s", context->limits->max_warnings,
                 context->report->warning);
        cic_jpeg_fail(context, CIC_DAMAGED, message);
    }
}

static void check_scans(jpeg_context *context, int64_t scans) {
    char message[CIC_MESSAGE_SIZE];
    if (scans > context->limits->max_scans) {
        snprintf(message, sizeof message, "more than %d scans", context->limits->max_scans);
        cic_jpeg_fail(context, CIC_LIMIT, message);
    }
    int64_t pixels = (int64_t)context->decompress.image_width * context->decompress.image_height;
    if (scans * pixels > context->limits->max_scan_pixels) {
        snprintf(message, sizeof message, "%lld scans of %lld pixels exceed the limit of %lld", (long long)scans,
                 (long long)pixels, (long long)context->limits->max_scan_pixels);
        cic_jpeg_fail(context, CIC_LIMIT, message);
    }
}

static void on_progress(j_common_ptr cinfo) {
    jpeg_context *context = context_of(cinfo);
    check_scans(context, context->decompress.input_scan_number);
}

void cic_jpeg_watch_scans(jpeg_context *context) {
    context->decompress.progress = &context->progress;
    context->progress.progress_monitor = on_progress;
}

// Counts the scans without decoding them. Segments are skipped whole, so a thumbnail's scans do not count.
static int64_t count_scans(const uint8_t *bytes, size_t count) {
    int64_t scans = 0;
    size_t at = 2;
    while (at + 1 < count) {
        const uint8_t *next = memchr(bytes + at, 0xFF, count - 1 - at);
        if (!next) break;
        at = (size_t)(next - bytes);
        uint8_t marker = bytes[at + 1];
        if (marker == 0xFF) { at++; continue; }
        at += 2;
        if (marker == 0xD9) break;
        if (marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= 0xD8)) continue;
        if (marker == 0xDA) scans++;
        if (count - at < 2) break;
        size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];
        if (length < 2 || length > count - at) break;
        at += length;
    }
    return scans;
}

void cic_jpeg_create(jpeg_context *context, int64_t memory) {
    struct jpeg_decompress_struct *cinfo = &context->decompress;
    cinfo->err = jpeg_std_error(&context->errors);
    context->errors.error_exit = on_error;
    context->errors.emit_message = on_message;
    jpeg_create_decompress(cinfo);
    cinfo->mem->max_memory_to_use = memory > 0 ? memory : 1;
}

static void start_reading(jpeg_context *context, const uint8_t *bytes, size_t count) {
    cic_jpeg_create(context, context->limits->max_bytes - (int64_t)count);
    jpeg_mem_src(&context->decompress, bytes, count);
}

// From the first EXIF block, or where that has none, the last XMP packet.
static int find_orientation(jpeg_saved_marker_ptr marker) {
    static const char exif_name[] = "Exif\0";                          // 6 bytes with the closing zero
    static const char xmp_name[] = "http://ns.adobe.com/xap/1.0/";    // 29 bytes with the closing zero
    int exif = 0, has_exif = 0, xmp = 0;
    for (; marker; marker = marker->next) {
        if (marker->marker != JPEG_APP0 + 1) continue;
        if (!has_exif && marker->data_length >= sizeof exif_name &&
            memcmp(marker->data, exif_name, sizeof exif_name) == 0) {
            has_exif = 1;
            exif = cic_exif_orientation(marker->data + sizeof exif_name, marker->data_length - sizeof exif_name);
        } else if (marker->data_length >= sizeof xmp_name &&
                   memcmp(marker->data, xmp_name, sizeof xmp_name) == 0) {
            xmp = cic_xmp_orientation(marker->data + sizeof xmp_name, marker->data_length - sizeof xmp_name);
        }
    }
    int orientation = exif != 0 ? exif : xmp;
    return orientation > 0 ? orientation : 0;
}

void cic_jpeg_describe(const struct jpeg_decompress_struct *cinfo, cic_info *info) {
    info->format = CIC_FORMAT_JPEG;
    info->width = cinfo->image_width;
    info->height = cinfo->image_height;
    info->bit_depth = cinfo->data_precision;
    info->channels = cinfo->num_components;
    info->orientation = find_orientation(cinfo->marker_list);
}

// Memory for the coefficients of a whole picture, which several scans need: 64 of 2 bytes a block.
static int64_t coefficient_bytes(const struct jpeg_decompress_struct *cinfo) {
    int64_t blocks = 0;
    if (!jpeg_has_multiple_scans((j_decompress_ptr)(uintptr_t)cinfo)) return 0;
    for (int c = 0; c < cinfo->num_components; c++) {
        const jpeg_component_info *component = cinfo->comp_info + c;
        int64_t across = (int64_t)component->width_in_blocks + component->h_samp_factor;
        int64_t down = (int64_t)component->height_in_blocks + component->v_samp_factor;
        blocks += across * down;
    }
    return blocks * DCTSIZE2 * (int64_t)sizeof(JCOEF);
}

cic_status cic_jpeg_probe(const uint8_t *bytes, size_t count, const cic_limits *limits, cic_info *info,
                          cic_report *report) {
    jpeg_context context;
    memset(&context, 0, sizeof context);
    context.report = report;
    context.limits = limits;
    if (setjmp(context.jump) == 0) {
        struct jpeg_decompress_struct *cinfo = &context.decompress;
        start_reading(&context, bytes, count);
        jpeg_save_markers(cinfo, JPEG_APP0 + 1, 0xFFFF);
        jpeg_read_header(cinfo, TRUE);
        cic_jpeg_describe(cinfo, info);
        info->work_bytes = coefficient_bytes(cinfo);
    }
    jpeg_destroy_decompress(&context.decompress);
    return context.status;
}

// Adobe's CMYK is stored inverted: c, m, y, k are 255 - ink. R = K' - round(C * K' / 255) with K' = 255 - K, C the ink.
void cic_jpeg_cmyk_to_rgb(uint8_t *row, uint32_t width) {
    uint8_t *to = row;
    const uint8_t *from = row;
    for (uint32_t x = 0; x < width; x++, from += 4, to += 3) {
        unsigned white = from[3];
        for (int c = 0; c < 3; c++) {
            unsigned product = (255u - from[c]) * white + 128;
            to[c] = (uint8_t)(white - ((product + (product >> 8)) >> 8));
        }
    }
}

// 8-bit rows to 16 bits, from the end so that it works in place.
static void widen(uint8_t *row, size_t samples) {
    uint16_t *wide = (uint16_t *)(void *)row;
    for (size_t i = samples; i-- > 0;) wide[i] = (uint16_t)(row[i] * 257);
}

static void read_rows(jpeg_context *context, const cic_placement *placement) {
    struct jpeg_decompress_struct *cinfo = &context->decompress;
    int components = cinfo->output_components;
    cic_strip strip = {.channels = components == 1 ? 1 : 3, .step_x = 1, .column_count = cinfo->output_width};
    strip.row_bytes = (size_t)cinfo->output_width * 4 * (size_t)placement->sample_bytes;
    uint32_t capacity = cic_strip_rows(strip.row_bytes, cinfo->output_height);
    context->strip = malloc(strip.row_bytes * capacity);
    if (!context->strip) cic_jpeg_fail(context, CIC_NO_MEMORY, "out of memory");
    strip.rows = context->strip;
    while (cinfo->output_scanline < cinfo->output_height) {
        strip.y = cinfo->output_scanline;
        strip.row_count = 0;
        while (strip.row_count < capacity && cinfo->output_scanline < cinfo->output_height) {
            JSAMPROW row = context->strip + strip.row_count * strip.row_bytes;
            jpeg_read_scanlines(cinfo, &row, 1);
            if (components == 4) cic_jpeg_cmyk_to_rgb(row, cinfo->output_width);
            if (placement->sample_bytes == 2) widen(row, (size_t)cinfo->output_width * (size_t)strip.channels);
            strip.row_count++;
        }
        cic_place(placement, &strip);
    }
}

void cic_jpeg_choose_output(jpeg_context *context) {
    struct jpeg_decompress_struct *cinfo = &context->decompress;
    switch (cinfo->num_components) {
    case 1: cinfo->out_color_space = JCS_GRAYSCALE; break;
    case 3: cinfo->out_color_space = JCS_RGB; break;
    case 4: cinfo->out_color_space = JCS_CMYK; break;
    default: {
        char message[CIC_MESSAGE_SIZE];
        snprintf(message, sizeof message, "%d colour components", cinfo->num_components);
        cic_jpeg_fail(context, CIC_UNSUPPORTED, message);
    }
    }
    cinfo->dct_method = JDCT_ISLOW;
    cinfo->do_fancy_upsampling = TRUE;
}

cic_status cic_jpeg_decode(const uint8_t *bytes, size_t count, const cic_limits *limits, const cic_info *info,
                           const cic_placement *placement, cic_report *report) {
    jpeg_context context;
    memset(&context, 0, sizeof context);
    context.report = report;
    context.limits = limits;
    if (setjmp(context.jump) == 0) {
        struct jpeg_decompress_struct *cinfo = &context.decompress;
        start_reading(&context, bytes, count);
        cic_jpeg_watch_scans(&context);
        jpeg_read_header(cinfo, TRUE);
        if (cinfo->image_width != info->width || cinfo->image_height != info->height)
            cic_jpeg_fail(&context, CIC_DAMAGED, "size differs from the probed size");
        check_scans(&context, count_scans(bytes, count));
        int64_t pixel_bytes = (int64_t)cic_reduced(info->width, info->reduction) *
                              cic_reduced(info->height, info->reduction) * 3 * placement->sample_bytes;
        int64_t needed = (int64_t)count + pixel_bytes + coefficient_bytes(cinfo);
        if (needed > limits->max_bytes) {
            char message[CIC_MESSAGE_SIZE];
            snprintf(message, sizeof message, "needs %lld bytes of memory, more than the limit of %lld",
                     (long long)needed, (long long)limits->max_bytes);
            cic_jpeg_fail(&context, CIC_LIMIT, message);
        }
        cic_jpeg_choose_output(&context);
        if (info->reduction > 1) {
            cinfo->scale_num = 1;
            cinfo->scale_denom = (unsigned)info->reduction;
        }
        jpeg_start_decompress(cinfo);
        read_rows(&context, placement);
        jpeg_finish_decompress(cinfo);
    }
    free(context.strip);
    jpeg_destroy_decompress(&context.decompress);
    return context.status;
}

// Where a JPEG is written. Not jpeg_mem_dest, whose buffer nobody can free when writing fails.
typedef struct {
    struct jpeg_destination_mgr manager;
    uint8_t *bytes;
    size_t capacity, count;
} growing_output;

static void grow(j_compress_ptr cinfo) {
    growing_output *output = (growing_output *)(void *)cinfo->dest;
    // The buffer is full, or there is none yet.
    size_t capacity = output->capacity ? output->capacity * 2 : 1 << 16;
    uint8_t *grown = capacity > output->capacity ? realloc(output->bytes, capacity) : NULL;
    if (!grown) ERREXIT1(cinfo, JERR_OUT_OF_MEMORY, 0);
    output->manager.next_output_byte = grown + output->capacity;
    output->manager.free_in_buffer = capacity - output->capacity;
    output->bytes = grown;
    output->capacity = capacity;
}

static boolean on_full(j_compress_ptr cinfo) {
    grow(cinfo);
    return TRUE;
}

static void on_written(j_compress_ptr cinfo) {
    growing_output *output = (growing_output *)(void *)cinfo->dest;
    output->count = output->capacity - output->manager.free_in_buffer;
}

cic_status cic_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes,
                           size_t *count, cic_report *report) {
    memset(report, 0, sizeof *report);
    *bytes = NULL;
    *count = 0;
    struct {
        jpeg_context context;
        struct jpeg_compress_struct compress;
        growing_output output;
    } state;
    memset(&state, 0, sizeof state);
    if (width == 0 || height == 0 || width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION) {
        cic_set_message(report, "a JPEG has 1 to 65500 pixels on each side");
        return CIC_UNSUPPORTED;
    }
    cic_limits limits = {.max_warnings = 1000};
    state.context.report = report;
    state.context.limits = &limits;
    if (setjmp(state.context.jump) == 0) {
        struct jpeg_compress_struct *cinfo = &state.compress;
        cinfo->err = jpeg_std_error(&state.context.errors);
        state.context.errors.error_exit = on_error;
        state.context.errors.emit_message = on_message;
        jpeg_create_compress(cinfo);
        state.output.manager = (struct jpeg_destination_mgr){
            .init_destination = grow, .empty_output_buffer = on_full, .term_destination = on_written};
        cinfo->dest = &state.output.manager;
        cinfo->image_width = width;
        cinfo->image_height = height;
        cinfo->input_components = 3;
        cinfo->in_color_space = JCS_RGB;
        jpeg_set_defaults(cinfo);
        jpeg_set_quality(cinfo, quality, TRUE);
        // Thin coloured lines survive without chroma subsampling only.
        cinfo->comp_info[0].h_samp_factor = cinfo->comp_info[0].v_samp_factor = 1;
        jpeg_start_compress(cinfo, TRUE);
        while (cinfo->next_scanline < height) {
            JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)cinfo->next_scanline * width * 3);
            jpeg_write_scanlines(cinfo, &row, 1);
        }
        jpeg_finish_compress(cinfo);
    }
    jpeg_destroy_compress(&state.compress);
    if (state.context.status != CIC_OK) {
        free(state.output.bytes);
        return state.context.status;
    }
    *bytes = state.output.bytes;
    *count = state.output.count;
    return CIC_OK;
}
