// Pooling of blocked tensors; windows are cut to the picture (padding never is the maximum). Of a window that lies
// outside altogether the maximum is the lowest finite float and the average 0.
#pragma once
#include "ck_core.h"

typedef struct {
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int pad_top, pad_left;
    // Average: divide by kernel_h * kernel_w, counting positions in the padded picture only (ONNX count_include_pad);
    // 0: divide by the positions inside the picture. pad_bottom/right bound the padded picture.
    int count_include_pad, pad_bottom, pad_right;
} ck_pooling_options;

ck_op *ck_max_pool(ck_isa isa, const ck_pooling_options *options, const ck_blocked *in, const ck_blocked *out);
ck_op *ck_average_pool(ck_isa isa, const ck_pooling_options *options, const ck_blocked *in, const ck_blocked *out);
// out: height = width = 1.
ck_op *ck_global_average_pool(ck_isa isa, const ck_blocked *in, const ck_blocked *out);
