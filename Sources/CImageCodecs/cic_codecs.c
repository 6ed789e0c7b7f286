#include "cic_internal.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void cic_set_message(cic_report *report, const char *text) {
    if (report->message[0]) return;
    strncpy(report->message, text, CIC_MESSAGE_SIZE - 1);
}

void cic_add_warning(cic_report *report, const char *text) {
    if (report->warnings++ == 0) strncpy(report->warning, text, CIC_MESSAGE_SIZE - 1);
}

static void clear(cic_report *report) { memset(report, 0, sizeof *report); }

cic_format cic_recognize(const uint8_t *bytes, size_t count) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (count >= 8 && memcmp(bytes, png, 8) == 0) return CIC_FORMAT_PNG;
    if (count >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) return CIC_FORMAT_JPEG;
    return CIC_FORMAT_UNKNOWN;
}

cic_status cic_probe(const uint8_t *bytes, size_t count, const cic_limits *limits, cic_info *info, cic_report *report) {
    clear(report);
    memset(info, 0, sizeof *info);
    info->format = cic_recognize(bytes, count);
    switch (info->format) {
    case CIC_FORMAT_PNG: return cic_png_probe(bytes, count, limits, info, report);
    case CIC_FORMAT_JPEG: return cic_jpeg_probe(bytes, count, limits, info, report);
    case CIC_FORMAT_UNKNOWN: break;
    }
    cic_set_message(report, "neither PNG nor JPEG");
    return CIC_UNSUPPORTED;
}

cic_status cic_decode(const uint8_t *bytes, size_t count, const cic_limits *limits, const cic_info *info,
                      int orientation, int sample_bytes, void *pixels, size_t pixel_bytes, cic_report *report) {
    clear(report);
    // width and height have at most 31 bits each, so the product fits 64 bits with room for 6.
    uint32_t width = cic_reduced(info->width, info->reduction), height = cic_reduced(info->height, info->reduction);
    uint64_t pixel_count = (uint64_t)width * height;
    int is_reducible = info->reduction == 2 || info->reduction == 4 || info->reduction == 8;
    if (info->reduction > 1 && (info->format != CIC_FORMAT_JPEG || !is_reducible)) {
        cic_set_message(report, "only a JPEG can be reduced, by 2, 4 or 8");
        return CIC_UNSUPPORTED;
    }
    if (pixel_count == 0 || (sample_bytes != 1 && sample_bytes != 2) ||
        pixel_count > SIZE_MAX / 6 || pixel_count * 3 * (unsigned)sample_bytes != pixel_bytes) {
        cic_set_message(report, "pixel buffer does not match the picture");
        return CIC_DAMAGED;
    }
    cic_placement placement = cic_make_placement(pixels, sample_bytes, width, height, orientation);
    switch (info->format) {
    case CIC_FORMAT_PNG: return cic_png_decode(bytes, count, limits, info, &placement, report);
    case CIC_FORMAT_JPEG: return cic_jpeg_decode(bytes, count, limits, info, &placement, report);
    case CIC_FORMAT_UNKNOWN: break;
    }
    cic_set_message(report, "neither PNG nor JPEG");
    return CIC_UNSUPPORTED;
}

void cic_free(uint8_t *bytes) { free(bytes); }

int cic_memory_available(size_t bytes) {
    // volatile: the pair must not be optimised away.
    void *volatile block = malloc(bytes ? bytes : 1);
    int available = block != NULL;
    free(block);
    return available;
}

int cic_return_large_blocks(size_t least_bytes) {
#ifdef __GLIBC__
    // Setting either also ends the library's own growing of the thresholds.
    if (least_bytes > INT_MAX) return 0;
    return mallopt(M_MMAP_THRESHOLD, (int)least_bytes) && mallopt(M_TRIM_THRESHOLD, (int)least_bytes * 2);
#else
    (void)least_bytes;
    return 0;
#endif
}
