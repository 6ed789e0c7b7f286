// Transposition of LANES vectors in registers. Included by templates, inside their instruction set.
#ifndef CK_TRANSPOSE_NAMES
#define CK_TRANSPOSE_NAMES
#define transpose_block CK_NAME(transpose_block)
#endif

#define ZIP __builtin_shufflevector
// Pairs, then quadruples within each 128-bit lane, then the lanes: shuffles within lanes need no index registers.
#if LANES == 16
INLINE void transpose_block(vec *r) {
    vec t[16], q[16];
    UNROLL for (int i = 0; i < 16; i += 2) {
        t[i] = ZIP(r[i], r[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        t[i + 1] = ZIP(r[i], r[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
    UNROLL for (int i = 0; i < 16; i += 4)
        UNROLL for (int k = 0; k < 2; k++) {
            vec a = t[i + k], b = t[i + 2 + k];
            q[i + 2 * k] = ZIP(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            q[i + 2 * k + 1] = ZIP(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
    // q[4 g + j] holds in 128-bit lane l column 4 l + j of rows 4 g .. 4 g + 3.
    UNROLL for (int j = 0; j < 4; j++) {
        vec a = q[j], b = q[4 + j], c = q[8 + j], d = q[12 + j];
        vec ab02 = ZIP(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        vec ab13 = ZIP(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        vec cd02 = ZIP(c, d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        vec cd13 = ZIP(c, d, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        r[j] = ZIP(ab02, cd02, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        r[8 + j] = ZIP(ab02, cd02, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        r[4 + j] = ZIP(ab13, cd13, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        r[12 + j] = ZIP(ab13, cd13, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
}
#else
INLINE void transpose_block(vec *r) {
    vec t[8], q[8];
    UNROLL for (int i = 0; i < 8; i += 2) {
        t[i] = ZIP(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        t[i + 1] = ZIP(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    UNROLL for (int i = 0; i < 8; i += 4)
        UNROLL for (int k = 0; k < 2; k++) {
            q[i + 2 * k] = ZIP(t[i + k], t[i + 2 + k], 0, 1, 8, 9, 4, 5, 12, 13);
            q[i + 2 * k + 1] = ZIP(t[i + k], t[i + 2 + k], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    UNROLL for (int j = 0; j < 4; j++) {
        r[j] = ZIP(q[j], q[4 + j], 0, 1, 2, 3, 8, 9, 10, 11);
        r[4 + j] = ZIP(q[j], q[4 + j], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}
#endif
#undef ZIP
