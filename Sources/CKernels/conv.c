// Chooses the algorithm of a convolution from its shapes.
#include "conv.h"

static int is_depthwise(const conv_arguments *a) {
    return a->options->groups > 1 && a->options->groups == a->in->channels && a->in->channels == a->out->channels;
}

ck_op *ck_conv(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
               const ck_blocked *residual, const float *weights, const float *bias) {
    return ck_conv_pictures(isa, options, in, out, residual, 1, weights, bias);
}

ck_op *ck_conv_positionwise(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
                            const ck_blocked *residual, const float *weights, const float *bias) {
    const conv_arguments a = {isa, ck_isa_lanes(isa), options, in, out, residual, weights, bias, NULL, 0};
    // Winograd's tiles mix neighbouring outputs, so that rounding depends on where the tiles lie.
    return is_depthwise(&a) ? conv_depthwise(&a) : conv_direct(&a);
}

// The pictures for which Winograd pays together, which need their weights once; the others one by one.
static ck_op *each(conv_arguments a, int pictures, ck_blocked *chosen, ck_op **ops) {
    const ck_blocked *in = a.in, *out = a.out, *residual = a.residual;
    ck_blocked *chosen_in = chosen, *chosen_out = chosen + pictures, *chosen_residual = chosen + 2 * pictures;
    int used = 0, together = 0;
    for (int i = 0; i < pictures; i++) {
        a.in = &in[i], a.out = &out[i], a.residual = residual ? &residual[i] : NULL;
        if (!is_depthwise(&a) && conv_winograd_pays(&a)) {
            chosen_in[together] = in[i], chosen_out[together] = out[i];
            if (residual) chosen_residual[together] = residual[i];
            together++;
            continue;
        }
        ck_op *op = is_depthwise(&a) ? conv_depthwise(&a) : conv_direct(&a);
        if (op && !a.like && !is_depthwise(&a)) a.like = op;
        ops[used++] = op;
    }
    if (together) {
        a.in = chosen_in, a.out = chosen_out, a.residual = residual ? chosen_residual : NULL;
        ops[used++] = conv_winograd(&a, together);
    }
    return ck_together(ops, used);
}

ck_op *ck_conv_pictures(ck_isa isa, const ck_conv_options *options, const ck_blocked *in, const ck_blocked *out,
                        const ck_blocked *residual, int pictures, const float *weights, const float *bias) {
    const conv_arguments a = {isa, ck_isa_lanes(isa), options, in, out, residual, weights, bias, NULL, 0};
    if (pictures == 1) return is_depthwise(&a) ? conv_depthwise(&a) : conv_winograd_pays(&a) ? conv_winograd(&a, 1) : conv_direct(&a);
    ck_blocked *chosen = ck_allocate(3 * (size_t)pictures, sizeof *chosen);
    ck_op **ops = ck_allocate((size_t)pictures, sizeof *ops);
    ck_op *op = chosen && ops ? each(a, pictures, chosen, ops) : NULL;
    ck_free(chosen);
    ck_free(ops);
    return op;
}
