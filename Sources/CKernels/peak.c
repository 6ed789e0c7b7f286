// The arithmetic peak of this processor, measured.
#include "op.h"

typedef struct {
    float (*run)(long count);
    int width;  // multiply-adds of one round
} peak_kernel;

#define CK_TEMPLATE "peak.inc"
#include "for_each_isa.h"
static const peak_kernel *const kernels_by_isa[] = CK_ISA_TABLE(peak);

enum { ROUNDS = 400000, MEASUREMENTS = 6 };

static void run_peak(const ck_step *step, int job, int thread) {
    (void)job;
    (void)thread;
    volatile float kept = ((const peak_kernel *)step->data)->run(ROUNDS);
    (void)kept;
}
double ck_peak_flops(ck_isa isa, ck_pool *pool) {
    const peak_kernel *kernel = kernels_by_isa[isa];
    const ck_step step = {.run = run_peak, .data = kernel, .jobs = ck_pool_threads(pool)};
    double best = 0;
    for (int i = 0; i < MEASUREMENTS; i++) {
        double seconds = 0;
        if (!ck_pool_run(pool, &step, 1, &seconds)) return 0;
        const double flops = 2.0 * kernel->width * ROUNDS * step.jobs / seconds;
        if (seconds > 0 && flops > best) best = flops;
    }
    return best;
}
