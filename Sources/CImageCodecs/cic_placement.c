#include "cic_internal.h"
#include <string.h>

cic_placement cic_make_placement(void *pixels, int sample_bytes, uint32_t width, uint32_t height, int orientation) {
    ptrdiff_t w = width, h = height;
    cic_placement p = {pixels, sample_bytes, 0, 3, 3 * w};
    switch (orientation) {
    case 2: p.origin = 3 * (w - 1); p.step_x = -3; break;
    case 3: p.origin = 3 * (w * h - 1); p.step_x = -3; p.step_y = -3 * w; break;
    case 4: p.origin = 3 * w * (h - 1); p.step_y = -3 * w; break;
    case 5: p.step_x = 3 * h; p.step_y = 3; break;
    case 6: p.origin = 3 * (h - 1); p.step_x = 3 * h; p.step_y = -3; break;
    case 7: p.origin = 3 * (w * h - 1); p.step_x = -3 * h; p.step_y = -3; break;
    case 8: p.origin = 3 * h * (w - 1); p.step_x = -3 * h; p.step_y = 3; break;
    default: break;
    }
    return p;
}

uint32_t cic_strip_rows(size_t row_bytes, uint32_t height) {
    size_t rows = row_bytes ? (size_t)(1 << 20) / row_bytes : 1;
    if (rows > 16) rows = 16;
    if (rows > height) rows = height;
    return rows ? (uint32_t)rows : 1;
}

#define PLACE(TYPE)                                                                                             \
    TYPE *target = (TYPE *)p->pixels + p->origin + (ptrdiff_t)s->x * p->step_x + (ptrdiff_t)s->y * p->step_y;   \
    for (uint32_t c = 0; c < s->column_count; c++, target += column_step) {                                     \
        TYPE *pixel = target;                                                                                   \
        const uint8_t *row = s->rows + (size_t)c * (size_t)s->channels * sizeof(TYPE);                          \
        for (uint32_t r = 0; r < s->row_count; r++, pixel += p->step_y, row += s->row_bytes) {                  \
            const TYPE *source = (const TYPE *)(const void *)row;                                               \
            pixel[0] = source[0];                                                                               \
            pixel[1] = source[green];                                                                           \
            pixel[2] = source[blue];                                                                            \
        }                                                                                                       \
    }

void cic_place(const cic_placement *p, const cic_strip *s) {
    ptrdiff_t column_step = (ptrdiff_t)s->step_x * p->step_x;
    int green = s->channels == 3 ? 1 : 0, blue = s->channels == 3 ? 2 : 0;
    if (column_step == 3 && s->channels == 3) {
        for (uint32_t r = 0; r < s->row_count; r++) {
            ptrdiff_t at = p->origin + (ptrdiff_t)s->x * p->step_x + (ptrdiff_t)(s->y + r) * p->step_y;
            memcpy((uint8_t *)p->pixels + at * p->sample_bytes, s->rows + r * s->row_bytes,
                   (size_t)s->column_count * 3 * (size_t)p->sample_bytes);
        }
    } else if (p->sample_bytes == 1) {
        PLACE(uint8_t)
    } else {
        PLACE(uint16_t)
    }
}
