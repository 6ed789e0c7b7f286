// Shared by the codecs of this library only.
#pragma once
#include "CImageCodecs.h"

// A side after reduction.
static inline uint32_t cic_reduced(uint32_t side, int reduction) {
    return reduction > 1 ? (side + (uint32_t)reduction - 1) / (uint32_t)reduction : side;
}

// Keeps the first message: later ones are consequences.
void cic_set_message(cic_report *report, const char *text);
void cic_add_warning(cic_report *report, const char *text);

// Where source pixel (x, y) goes: pixels + origin + x * step_x + y * step_y, in samples.
typedef struct {
    void *pixels;
    int sample_bytes;
    ptrdiff_t origin, step_x, step_y;
} cic_placement;
cic_placement cic_make_placement(void *pixels, int sample_bytes, uint32_t width, uint32_t height, int orientation);

// Part of a picture: rows[r][c] is source pixel (x + c * step_x, y + r).
typedef struct {
    const uint8_t *rows;
    size_t row_bytes;
    uint32_t row_count, column_count;
    uint32_t x, y, step_x;
    int channels;  // 1 grey, 3 RGB
} cic_strip;
void cic_place(const cic_placement *placement, const cic_strip *strip);

// Rows to decode before they are placed: turning a picture by 90 degrees writes columns, and a few rows at a time
// keep that within cache lines.
uint32_t cic_strip_rows(size_t row_bytes, uint32_t height);

cic_status cic_png_probe(const uint8_t *bytes, size_t count, const cic_limits *limits, cic_info *info,
                         cic_report *report);
cic_status cic_png_decode(const uint8_t *bytes, size_t count, const cic_limits *limits, const cic_info *info,
                          const cic_placement *placement, cic_report *report);
cic_status cic_jpeg_probe(const uint8_t *bytes, size_t count, const cic_limits *limits, cic_info *info,
                          cic_report *report);
cic_status cic_jpeg_decode(const uint8_t *bytes, size_t count, const cic_limits *limits, const cic_info *info,
                           const cic_placement *placement, cic_report *report);
