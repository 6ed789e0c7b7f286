// Loops over several arrays at once: unit axes dropped, axes merged where every array allows it.
#pragma once
#include "ck_core.h"

enum { CK_MAX_AXES = 8, CK_MAX_OPERANDS = 3 };

typedef struct {
    int rank;                                           // at least 1
    ptrdiff_t size[CK_MAX_AXES];
    ptrdiff_t stride[CK_MAX_OPERANDS][CK_MAX_AXES];  // in elements; operand 0 is the result
} ck_axes;

static inline ptrdiff_t ck_axes_magnitude(ptrdiff_t x) { return x < 0 ? -x : x; }

// Orders the axes by the result's strides, so that the last one is its fastest, and merges neighbours.
static inline void ck_axes_simplify(ck_axes *axes, int operands) {
    int rank = 0;
    for (int i = 0; i < axes->rank; i++) {
        if (axes->size[i] == 1) continue;
        int at = rank++;
        ptrdiff_t size = axes->size[i], stride[CK_MAX_OPERANDS];
        for (int o = 0; o < operands; o++) stride[o] = axes->stride[o][i];
        for (; at > 0 && ck_axes_magnitude(axes->stride[0][at - 1]) < ck_axes_magnitude(stride[0]); at--) {
            axes->size[at] = axes->size[at - 1];
            for (int o = 0; o < operands; o++) axes->stride[o][at] = axes->stride[o][at - 1];
        }
        axes->size[at] = size;
        for (int o = 0; o < operands; o++) axes->stride[o][at] = stride[o];
    }
    int merged = 0;
    for (int i = 0; i < rank; i++) {
        int joins = merged > 0;
        for (int o = 0; o < operands && joins; o++)
            joins = axes->stride[o][merged - 1] == axes->stride[o][i] * axes->size[i];
        if (!joins) merged++;
        axes->size[merged - 1] = joins ? axes->size[merged - 1] * axes->size[i] : axes->size[i];
        for (int o = 0; o < operands; o++) axes->stride[o][merged - 1] = axes->stride[o][i];
    }
    if (merged == 0) {  // a single element
        merged = 1;
        axes->size[0] = 1;
        for (int o = 0; o < operands; o++) axes->stride[o][0] = 1;
    }
    axes->rank = merged;
}

static inline ptrdiff_t ck_axes_count(const ck_axes *axes) {
    ptrdiff_t count = 1;
    for (int i = 0; i < axes->rank; i++) count *= axes->size[i];
    return count;
}

// A place in the leading `rank` axes, with the offset of each operand there.
typedef struct {
    ptrdiff_t at[CK_MAX_AXES], offset[CK_MAX_OPERANDS];
} ck_axes_place;

static inline ck_axes_place ck_axes_seek(const ck_axes *axes, int rank, int operands, ptrdiff_t index) {
    ck_axes_place place = {{0}, {0}};
    for (int i = rank - 1; i >= 0; i--) {
        place.at[i] = index % axes->size[i];
        index /= axes->size[i];
        for (int o = 0; o < operands; o++) place.offset[o] += place.at[i] * axes->stride[o][i];
    }
    return place;
}

static inline void ck_axes_advance(const ck_axes *axes, int rank, int operands, ck_axes_place *place) {
    for (int i = rank - 1; i >= 0; i--) {
        for (int o = 0; o < operands; o++) place->offset[o] += axes->stride[o][i];
        if (++place->at[i] < axes->size[i]) return;
        for (int o = 0; o < operands; o++) place->offset[o] -= place->at[i] * axes->stride[o][i];
        place->at[i] = 0;
    }
}
