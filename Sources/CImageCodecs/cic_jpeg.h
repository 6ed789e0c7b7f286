// What reading a JPEG whole and reading it in bands share. libjpeg's headers stay in this library.
#pragma once
#include "cic_internal.h"
#include <stddef.h>
#include <stdio.h>
#include <jpeglib.h>
#include <setjmp.h>

typedef struct {
    struct jpeg_error_mgr errors;  // first: libjpeg hands out a pointer to it
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct decompress;
    jmp_buf jump;
    cic_report *report;
    const cic_limits *limits;
    cic_status status;
    uint8_t *strip, *pixels;
} jpeg_context;

// Leaves through the context's jump, with the first message kept.
_Noreturn void cic_jpeg_fail(jpeg_context *context, cic_status status, const char *message);
// A decompressor that reports through the context and may use `memory` bytes of its own.
void cic_jpeg_create(jpeg_context *context, int64_t memory);
void cic_jpeg_watch_scans(jpeg_context *context);
// After the header has been read, APP1 markers kept.
void cic_jpeg_describe(const struct jpeg_decompress_struct *cinfo, cic_info *info);
// RGB, grey or CMYK, the accurate transform, smooth chroma.
void cic_jpeg_choose_output(jpeg_context *context);
void cic_jpeg_cmyk_to_rgb(uint8_t *row, uint32_t width);
