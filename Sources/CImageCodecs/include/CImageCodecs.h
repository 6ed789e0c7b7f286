// PNG and JPEG through libpng and libjpeg, into and out of the caller's memory.
//
// Why C: both libraries leave their functions by longjmp, which must not cross Swift frames, and their callbacks
// and macros do not import. All of that ends here: every function returns a status, and the library's own message.
// Nothing here is global; functions may run on several threads at once.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum { CIC_FORMAT_UNKNOWN = 0, CIC_FORMAT_PNG = 1, CIC_FORMAT_JPEG = 2 } cic_format;

typedef enum {
    CIC_OK = 0,
    CIC_DAMAGED,      // the file breaks its format's rules
    CIC_TRUNCATED,    // the file, or its compressed data, ends before the picture is complete
    CIC_LIMIT,        // more memory, scans or work than allowed
    CIC_UNSUPPORTED,  // a legal file that the library does not decode
    CIC_NO_MEMORY,    // the system refused memory
    CIC_IO,           // reading the file failed, or it changed meanwhile (bands only)
} cic_status;

typedef struct {
    int64_t max_bytes;       // memory for the file, the pixels and the library's work together
    int64_t max_scan_pixels; // JPEG: pixels times scans
    int max_scans;           // JPEG
    int max_warnings;        // JPEG: beyond this many, the file counts as damaged
    int allow_truncated;     // JPEG: fill what is missing and report it
} cic_limits;

typedef struct {
    cic_format format;
    uint32_t width, height;  // as stored, before orientation
    int bit_depth;           // 1, 2, 4, 8 or 16 bits a sample
    int channels;            // components as stored: 1 grey or palette, 2 grey + alpha, 3, 4 RGB + alpha or CMYK
    int orientation;         // EXIF (or else XMP) 1...8, 0 when absent or invalid
    int64_t work_bytes;      // memory that decoding takes beside file and pixels, where it grows with the picture
    int reduction;           // JPEG: 2, 4 or 8 makes cic_decode give a picture so many times smaller; the caller's to set
} cic_info;

enum { CIC_MESSAGE_SIZE = 256 };
typedef struct {
    char message[CIC_MESSAGE_SIZE];  // why the status is not CIC_OK; the library's words where it spoke
    char warning[CIC_MESSAGE_SIZE];  // the first warning
    int warnings;
    int truncated;                   // 1: part of the picture is made up (allow_truncated)
} cic_report;

// By the first bytes; never by name.
cic_format cic_recognize(const uint8_t *bytes, size_t count);

// Reads the header. Allocates little, whatever the header claims.
cic_status cic_probe(const uint8_t *bytes, size_t count, const cic_limits *limits, cic_info *info, cic_report *report);

// Decodes the picture that cic_probe described to interleaved RGB of sample_bytes (1, or 2 in native byte order).
// Alpha is dropped, no gamma or profile is applied; 16 bits give their high byte, 8 bits give value * 257.
// With a reduction, sides are divided by it and rounded up; libjpeg then computes only that part of each block.
// orientation 2...8 turns the picture upright while it is written (EXIF); 5...8 swap the sides. pixel_bytes must be
// width * height * 3 * sample_bytes of the result.
cic_status cic_decode(const uint8_t *bytes, size_t count, const cic_limits *limits, const cic_info *info,
                      int orientation, int sample_bytes, void *pixels, size_t pixel_bytes, cic_report *report);

// A JPEG read a band of rows at a time, from an open file of which only a small buffer is in memory.
typedef struct cic_bands cic_bands;
// Reads the header from the file's start. The descriptor stays the caller's and must outlive the reader; byte_count is
// the file's size. Only pictures of one scan can be read so: others are CIC_UNSUPPORTED.
cic_status cic_bands_open(int descriptor, int64_t byte_count, const cic_limits *limits, cic_info *info,
                          cic_bands **bands, cic_report *report);
// The next rows as stored, interleaved RGB: row_count * width * 3 bytes. After an error only cic_bands_close is allowed.
cic_status cic_bands_read(cic_bands *bands, uint8_t *rows, uint32_t row_count, cic_report *report);
// After the last row: the rest of the file up to the end of the picture.
cic_status cic_bands_finish(cic_bands *bands, cic_report *report);
void cic_bands_close(cic_bands *bands);

// The orientation in a TIFF block (as in a PNG eXIf chunk or after "Exif\0\0"): 1...8, 0 when absent, -1 when present
// but not one of these.
int cic_exif_orientation(const uint8_t *tiff, size_t count);
// The same from an XMP packet (tiff:Orientation), which counts where EXIF says nothing.
int cic_xmp_orientation(const uint8_t *packet, size_t count);

// RGB8 pixels to a file in memory, which the caller frees with cic_free. quality is 1...100.
cic_status cic_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **bytes, size_t *count,
                          cic_report *report);
cic_status cic_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes,
                           size_t *count, cic_report *report);
void cic_free(uint8_t *bytes);

// 1 when the system would hand out this much memory now. Swift arrays abort without memory; this asks first.
int cic_memory_available(size_t bytes);

// From now on, blocks of so many bytes and more come from the system as pages of their own and go back to it when they
// are freed; the C library otherwise keeps freed blocks, the more the longer a program runs. 0 where it cannot be asked.
int cic_return_large_blocks(size_t least_bytes);
