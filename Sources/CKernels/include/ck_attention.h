// Attention: products, softmax and products again without ever writing down the scores.
#pragma once
#include "ck_core.h"

typedef struct {
    int queries, keys, query_channels, value_channels;
    float scale;
    // Element strides of one head: q[query_channels][queries] with unit stride between queries, k[query_channels][keys],
    // v[value_channels][keys], out[value_channels][queries] with unit stride between queries.
    ptrdiff_t q_row, k_row, k_column, v_row, v_column, out_row;
    // Heads start at q + q_offsets[i] and so on; arrays of `heads` are copied.
    int heads;
    const ptrdiff_t *q_offsets, *k_offsets, *v_offsets, *out_offsets;
} ck_attention_options;

// out[e][i] = sum over j of v[e][j] * p[i][j], where p[i] is the softmax over j of scale * sum over d of q[d][i] k[d][j].
// The softmax runs over blocks of keys with a running maximum (M. Milakov, N. Gimelshein 2018, arXiv:1805.02867).
ck_op *ck_attention(ck_isa isa, const ck_attention_options *options, const float *q, const float *k, const float *v, float *out);
