// Chooses the algorithm of a convolution from its shapes.
#include "conv.h"

ck_op *ck_conv(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
               const ck_blocked *residual, const float *weights, const float *bias) {
    const conv_arguments a = {isa, ck_isa_lanes(isa), options, in, out, residual, weights, bias};
    if (options->groups > 1 && options->groups == in->channels && in->channels == out->channels) return conv_depthwise(&a);
    return conv_winograd_pays(&a) ? conv_winograd(&a) : conv_direct(&a);
}
