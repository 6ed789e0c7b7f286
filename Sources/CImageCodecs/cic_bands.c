// A JPEG in bands of rows, read through a small buffer: memory does not grow with the picture's height.
#include "cic_jpeg.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jerror.h>

enum { BUFFER_BYTES = 1 << 16 };

struct cic_bands {
    jpeg_context context;
    struct jpeg_source_mgr source;
    cic_limits limits;
    cic_report report;
    int descriptor, has_started;
    int64_t offset, left;  // of the file: where to read on, and how much there is
    uint8_t *row;          // one decoded row of up to 4 components
    uint8_t buffer[BUFFER_BYTES];
};

static cic_bands *bands_of(j_decompress_ptr cinfo) {
    return (cic_bands *)(void *)((char *)cinfo->src - offsetof(cic_bands, source));
}

static void on_start(j_decompress_ptr cinfo) { (void)cinfo; }

static boolean on_empty(j_decompress_ptr cinfo) {
    cic_bands *bands = bands_of(cinfo);
    if (bands->left == 0) {
        // The file ends early: libjpeg goes on with grey, or the warning ends it.
        WARNMS(cinfo, JWRN_JPEG_EOF);
        bands->buffer[0] = 0xFF;
        bands->buffer[1] = JPEG_EOI;
        bands->source.next_input_byte = bands->buffer;
        bands->source.bytes_in_buffer = 2;
        return TRUE;
    }
    size_t wanted = bands->left < BUFFER_BYTES ? (size_t)bands->left : BUFFER_BYTES;
    ssize_t got;
    do got = pread(bands->descriptor, bands->buffer, wanted, (off_t)bands->offset);
    while (got < 0 && errno == EINTR);
    if (got < 0) cic_jpeg_fail(&bands->context, CIC_IO, strerror(errno));
    if (got == 0) cic_jpeg_fail(&bands->context, CIC_IO, "changed while reading");
    bands->offset += got;
    bands->left -= got;
    bands->source.next_input_byte = bands->buffer;
    bands->source.bytes_in_buffer = (size_t)got;
    return TRUE;
}

static void on_skip(j_decompress_ptr cinfo, long count) {
    cic_bands *bands = bands_of(cinfo);
    if (count <= 0) return;
    size_t skip = (size_t)count;
    if (skip <= bands->source.bytes_in_buffer) {
        bands->source.next_input_byte += skip;
        bands->source.bytes_in_buffer -= skip;
        return;
    }
    int64_t beyond = (int64_t)(skip - bands->source.bytes_in_buffer);
    if (beyond > bands->left) beyond = bands->left;
    bands->offset += beyond;
    bands->left -= beyond;
    bands->source.bytes_in_buffer = 0;
}

static void on_end(j_decompress_ptr cinfo) { (void)cinfo; }

// The bands' own report, which callbacks write to, as the caller's.
static cic_status finish_call(cic_bands *bands, cic_report *report) {
    *report = bands->report;
    return bands->context.status;
}

cic_status cic_bands_open(int descriptor, int64_t byte_count, const cic_limits *limits, cic_info *info,
                          cic_bands **result, cic_report *report) {
    memset(report, 0, sizeof *report);
    memset(info, 0, sizeof *info);
    *result = NULL;
    cic_bands *bands = calloc(1, sizeof *bands);
    if (!bands) {
        cic_set_message(report, "out of memory");
        return CIC_NO_MEMORY;
    }
    bands->descriptor = descriptor;
    bands->left = byte_count > 0 ? byte_count : 0;
    bands->limits = *limits;
    bands->context.report = &bands->report;
    bands->context.limits = &bands->limits;
    if (setjmp(bands->context.jump) == 0) {
        struct jpeg_decompress_struct *cinfo = &bands->context.decompress;
        cic_jpeg_create(&bands->context, limits->max_bytes);
        bands->source = (struct jpeg_source_mgr){
            .init_source = on_start,
            .fill_input_buffer = on_empty,
            .skip_input_data = on_skip,
            .resync_to_restart = jpeg_resync_to_restart,
            .term_source = on_end,
        };
        cinfo->src = &bands->source;
        on_empty(cinfo);
        if (cic_recognize(bands->buffer, bands->source.bytes_in_buffer) != CIC_FORMAT_JPEG)
            cic_jpeg_fail(&bands->context, CIC_UNSUPPORTED, "not a JPEG");
        jpeg_save_markers(cinfo, JPEG_APP0 + 1, 0xFFFF);
        jpeg_read_header(cinfo, TRUE);
        cic_jpeg_describe(cinfo, info);
        if (jpeg_has_multiple_scans(cinfo)) cic_jpeg_fail(&bands->context, CIC_UNSUPPORTED, "it has several scans");
    }
    cic_status status = finish_call(bands, report);
    if (status == CIC_OK) *result = bands;
    else cic_bands_close(bands);
    return status;
}

static void grey_to_rgb(const uint8_t *from, uint8_t *to, uint32_t width) {
    for (uint32_t x = 0; x < width; x++, to += 3) to[0] = to[1] = to[2] = from[x];
}

cic_status cic_bands_read(cic_bands *bands, uint8_t *rows, uint32_t row_count, cic_report *report) {
    if (setjmp(bands->context.jump) == 0) {
        struct jpeg_decompress_struct *cinfo = &bands->context.decompress;
        if (!bands->has_started) {
            bands->has_started = 1;
            cic_jpeg_watch_scans(&bands->context);
            cic_jpeg_choose_output(&bands->context);
            jpeg_start_decompress(cinfo);
            bands->row = malloc((size_t)cinfo->output_width * 4);
            if (!bands->row) cic_jpeg_fail(&bands->context, CIC_NO_MEMORY, "out of memory");
        }
        uint32_t width = cinfo->output_width;
        for (uint32_t r = 0; r < row_count; r++, rows += (size_t)width * 3) {
            if (cinfo->output_scanline >= cinfo->output_height)
                cic_jpeg_fail(&bands->context, CIC_DAMAGED, "more rows asked for than there are");
            JSAMPROW row = cinfo->output_components == 3 ? rows : bands->row;
            jpeg_read_scanlines(cinfo, &row, 1);
            if (cinfo->output_components == 1) grey_to_rgb(row, rows, width);
            if (cinfo->output_components == 4) {
                cic_jpeg_cmyk_to_rgb(row, width);
                memcpy(rows, row, (size_t)width * 3);
            }
        }
    }
    return finish_call(bands, report);
}

cic_status cic_bands_finish(cic_bands *bands, cic_report *report) {
    if (setjmp(bands->context.jump) == 0) jpeg_finish_decompress(&bands->context.decompress);
    return finish_call(bands, report);
}

void cic_bands_close(cic_bands *bands) {
    if (!bands) return;
    jpeg_destroy_decompress(&bands->context.decompress);
    free(bands->row);
    free(bands);
}
