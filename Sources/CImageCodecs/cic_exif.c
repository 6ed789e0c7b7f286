#include "cic_internal.h"
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
    int big_endian;
} tiff_reader;

// An unsigned number of `width` bytes at `offset`; *ok becomes 0 outside the block.
static uint64_t read_number(const tiff_reader *tiff, uint64_t offset, unsigned width, int *ok) {
    if (offset > tiff->count || tiff->count - offset < width) {
        *ok = 0;
        return 0;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        unsigned at = tiff->big_endian ? i : width - 1 - i;
        value = value << 8 | tiff->bytes[offset + at];
    }
    return value;
}

int cic_exif_orientation(const uint8_t *bytes, size_t count) {
    tiff_reader tiff = {bytes, count, 0};
    int ok = 1;
    if (count < 8) return 0;
    if (bytes[0] == 'M' && bytes[1] == 'M') tiff.big_endian = 1;
    else if (bytes[0] != 'I' || bytes[1] != 'I') return 0;
    if (read_number(&tiff, 2, 2, &ok) != 42) return 0;
    uint64_t directory = read_number(&tiff, 4, 4, &ok);
    uint64_t entries = read_number(&tiff, directory, 2, &ok);
    // entries has 16 bits: the loop is short whatever the file says.
    for (uint64_t i = 0; ok && i < entries; i++) {
        uint64_t entry = directory + 2 + 12 * i;
        uint64_t tag = read_number(&tiff, entry, 2, &ok);
        if (!ok || tag != 0x0112) continue;
        uint64_t type = read_number(&tiff, entry + 2, 2, &ok);
        uint64_t values = read_number(&tiff, entry + 4, 4, &ok);
        static const unsigned widths[] = {0, 1, 0, 2, 4};  // BYTE, SHORT, LONG
        unsigned width = type <= 4 ? widths[type] : 0;
        if (!ok || width == 0 || values == 0) return -1;
        // Values of more than 4 bytes lie elsewhere.
        uint64_t at = entry + 8;
        if (values > 4 / width) at = read_number(&tiff, at, 4, &ok);
        uint64_t orientation = read_number(&tiff, at, width, &ok);
        return ok && orientation >= 1 && orientation <= 8 ? (int)orientation : -1;
    }
    return 0;
}

int cic_xmp_orientation(const uint8_t *packet, size_t count) {
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    while (count > length) {
        const uint8_t *start = memchr(packet, 't', count - length);
        if (!start) return 0;
        count -= (size_t)(start - packet);
        packet = start;
        if (memcmp(packet, name, length) == 0) {
            // An attribute (="6") or an element (>6).
            size_t at = length;
            if (at + 1 < count && packet[at] == '=' && packet[at + 1] == '"') at += 2;
            else if (packet[at] == '>') at += 1;
            if (at > length && at < count && packet[at] >= '0' && packet[at] <= '9')
                return packet[at] >= '1' && packet[at] <= '8' ? packet[at] - '0' : -1;
        }
        packet++;
        count--;
    }
    return 0;
}
