// Chooses the algorithm of a convolution from its shapes.
#include "conv.h"

static ck_op *choose(const conv_arguments *a, int positionwise) {
    if (a->options->groups > 1 && a->options->groups == a->in->channels && a->in->channels == a->out->channels)
        return conv_depthwise(a);
    // Winograd's tiles mix neighbouring outputs, so that rounding depends on where the tiles lie.
    return !positionwise && conv_winograd_pays(a) ? conv_winograd(a) : conv_direct(a);
}

ck_op *ck_conv(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
               const ck_blocked *residual, const float *weights, const float *bias) {
    const conv_arguments a = {isa, ck_isa_lanes(isa), options, in, out, residual, weights, bias};
    return choose(&a, 0);
}

ck_op *ck_conv_positionwise(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
                            const ck_blocked *residual, const float *weights, const float *bias) {
    const conv_arguments a = {isa, ck_isa_lanes(isa), options, in, out, residual, weights, bias};
    return choose(&a, 1);
}
