#include "ck_integer.h"

/// The outputs `first..<last` of one axis whose input `o * stride + offset` lies inside.
static void covered(int32_t count, int32_t size, int32_t stride, int64_t offset, int32_t *first,
                    int32_t *last) {
  int64_t low = offset >= 0 ? 0 : (stride - 1 - offset) / stride;
  int64_t end = offset >= size ? 0 : (size - 1 - offset) / stride + 1;
  if (end > count) end = count;
  if (low > end) low = end;
  *first = (int32_t)low;
  *last = (int32_t)end;
}

void ck_integer_correlate(const ck_integer_plane *p, const int16_t *x, const int16_t *w,
                          int32_t *sums) {
  const int64_t width = p->input[2], height = p->input[1];
  for (int32_t kd = 0; kd < p->kernel[0]; kd++)
    for (int32_t kh = 0; kh < p->kernel[1]; kh++)
      for (int32_t kw = 0; kw < p->kernel[2]; kw++) {
        const int32_t weight = w[(kd * (int64_t)p->kernel[1] + kh) * p->kernel[2] + kw];
        if (weight == 0) continue;
        const int64_t od0 = (int64_t)kd * p->dilation[0] - p->begin[0];
        const int64_t oh0 = (int64_t)kh * p->dilation[1] - p->begin[1];
        const int64_t ow0 = (int64_t)kw * p->dilation[2] - p->begin[2];
        int32_t d0, d1, h0, h1, w0, w1;
        covered(p->output[0], p->input[0], p->stride[0], od0, &d0, &d1);
        covered(p->output[1], p->input[1], p->stride[1], oh0, &h0, &h1);
        covered(p->output[2], p->input[2], p->stride[2], ow0, &w0, &w1);
        for (int32_t d = d0; d < d1; d++)
          for (int32_t h = h0; h < h1; h++) {
            const int64_t line = (d * (int64_t)p->stride[0] + od0) * height + h * (int64_t)p->stride[1] + oh0;
            const int16_t *row = x + line * width + ow0;
            int32_t *sum = sums + ((int64_t)d * p->output[1] + h) * p->output[2];
            const int32_t step = p->stride[2];
            if (step == 1)
              for (int32_t o = w0; o < w1; o++)
                sum[o] = (int32_t)((uint32_t)sum[o] + (uint32_t)(weight * row[o]));
            else
              for (int32_t o = w0; o < w1; o++)
                sum[o] = (int32_t)((uint32_t)sum[o] +
                                   (uint32_t)(weight * row[o * (int64_t)step]));
          }
      }
}
