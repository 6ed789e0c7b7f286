// Transposed convolution as ordinary ones. Output row y = Y * stride + r (0 <= r < stride) collects from input row
// (y + pad - k * dilation) / stride for those k where the division is exact; which k these are depends on r alone, and
// the input row is Y + (r + pad - k * dilation) / stride. The same for columns: stride_h * stride_w phases.
#include "conv.h"

// The elements k of one axis that the remainder r meets, and the input position relative to Y.
static int taps_of_remainder(int r, int kernel, int stride, int pad, int dilation, int *element, int *offset) {
    int count = 0;
    for (int k = 0; k < kernel; k++) {
        const int distance = r + pad - k * dilation;
        if (distance % stride) continue;
        element[count] = k;
        offset[count++] = distance / stride;
    }
    return count;
}
// Positions r, r + stride, ... below size.
static int phase_length(int size, int stride, int r) { return r < size ? (size - r - 1) / stride + 1 : 0; }

ck_op *ck_conv_transposed(ck_isa isa, const ck_conv_options *o, const ck_blocked *in, const ck_blocked *out,
                          const float *weights, const float *bias) {
    const conv_arguments a = {isa, ck_isa_lanes(isa), o, in, out, NULL, weights, bias, NULL, 0};
    const int phase_count = o->stride_h * o->stride_w, taps = o->kernel_h * o->kernel_w;
    conv_phase *phases = ck_allocate(phase_count, sizeof *phases);
    int *tables = ck_allocate((size_t)phase_count * taps, 3 * sizeof(int));
    int *axes = ck_allocate((size_t)o->kernel_h + o->kernel_w, 2 * sizeof(int));
    ck_op *op = NULL;
    if (phases && tables && axes) {
        int *ky = axes, *dy = ky + o->kernel_h, *kx = dy + o->kernel_h, *dx = kx + o->kernel_w, used = 0;
        for (int p = 0; p < phase_count; p++) {
            const int ry = p / o->stride_w, rx = p % o->stride_w;
            const int rows = taps_of_remainder(ry, o->kernel_h, o->stride_h, o->pad_top, o->dilation_h, ky, dy);
            const int columns = taps_of_remainder(rx, o->kernel_w, o->stride_w, o->pad_left, o->dilation_w, kx, dx);
            const int height = phase_length(out->height, o->stride_h, ry), width = phase_length(out->width, o->stride_w, rx);
            if (height == 0 || width == 0) continue;
            int *to = tables + (size_t)p * taps * 3;
            phases[used++] = (conv_phase){height, width, ry, rx, rows * columns, to, to + taps, to + 2 * taps};
            for (int i = 0; i < rows * columns; i++) {
                to[i] = ky[i / columns] * o->kernel_w + kx[i % columns];
                to[taps + i] = dy[i / columns];
                to[2 * taps + i] = dx[i % columns];
            }
        }
        op = conv_direct_phases(&a, &(conv_phases){1, 1, o->stride_h, o->stride_w, 1, used, phases});
    }
    ck_free(phases);
    ck_free(tables);
    ck_free(axes);
    return op;
}
