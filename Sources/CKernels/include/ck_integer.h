#ifndef CK_INTEGER_H
#define CK_INTEGER_H

#include <stdint.h>

/// Sizes of a correlation over three axes, outermost first.
typedef struct {
  int32_t input[3], kernel[3], output[3], stride[3], dilation[3], begin[3];
} ck_integer_plane;

/// Adds the correlation of one plane `x` with one kernel `w` to `sums`, in 32 bits, wrapping around.
/// Places outside the plane count as 0.
void ck_integer_correlate(const ck_integer_plane *plane, const int16_t *x, const int16_t *w,
                          int32_t *sums);

#endif
