#include "CKernels.h"
#define W __attribute__((weak))
W ck_op *ck_matmul(ck_isa isa, const ck_matmul_options *o, const float *a, const float *b, int c, const float *bias, float *d) { return 0; }
W ck_op *ck_max_pool(ck_isa isa, const ck_pooling_options *options, const ck_blocked *in, const ck_blocked *out) { return 0; }
W ck_op *ck_average_pool(ck_isa isa, const ck_pooling_options *options, const ck_blocked *in, const ck_blocked *out) { return 0; }
W ck_op *ck_global_average_pool(ck_isa isa, const ck_blocked *in, const ck_blocked *out) { return 0; }
W ck_op *ck_resize_nearest(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rows, const int *columns) { return 0; }
W ck_op *ck_resize_linear(ck_isa isa, const ck_blocked *in, const ck_blocked *out, const int *rows0, const int *rows1, const float *row_weights, const int *columns0, const int *columns1, const float *column_weights) { return 0; }
W ck_op *ck_reduce(ck_isa isa, ck_reduce_kind kind, const float *x, float *y, size_t outer, size_t length, size_t inner) { return 0; }
W ck_op *ck_softmax(ck_isa isa, int logarithm, const float *x, float *y, size_t outer, size_t length, size_t inner) { return 0; }
