// Instruction sets, the thread pool, operations as lists of steps, and the blocked tensor.
#pragma once
#include <stddef.h>
#include <stdint.h>

// One source is compiled once for each of these; the caller chooses at run time.
typedef enum { CK_ISA_PORTABLE = 0, CK_ISA_AVX2 = 1, CK_ISA_AVX512 = 2 } ck_isa;

// 1 when this program has code for `isa` and this processor (and its operating system) runs it.
int ck_isa_available(ck_isa isa);
// 1 when code for `isa` runs here that rounds to bfloat16 and multiplies pairs (AVX512_BF16).
int ck_bf16_available(ck_isa isa);
// Channels in a block of a blocked tensor: 8 (portable, AVX2) or 16 (AVX-512).
int ck_isa_lanes(ck_isa isa);

// A step is a number of independent jobs; all jobs of a step end before the next step starts.
// How a step is cut into jobs never depends on the number of threads, so results do not either.
typedef struct ck_step {
    void (*run)(const struct ck_step *step, int job, int thread);
    const void *data;
    int jobs;
    size_t scratch;  // bytes of working memory each thread needs meanwhile; the pool provides them
} ck_step;

enum { CK_MAX_THREADS = 64 };

typedef struct ck_pool ck_pool;
// `threads` is clamped to 1...CK_MAX_THREADS; the caller's thread is one of them. NULL without memory or threads.
ck_pool *ck_pool_create(int threads);
void ck_pool_destroy(ck_pool *pool);
int ck_pool_threads(const ck_pool *pool);
// Runs the steps in order. `seconds`, unless NULL, gets the wall time of each step. One run at a time per pool.
// 1 when done; 0, and nothing has run, when there is no memory for the scratch of the steps.
int ck_pool_run(ck_pool *pool, const ck_step *steps, int count, double *seconds);
// The fused multiply-adds of f32 that the pool's threads together do in a second when nothing else holds them up,
// times two: the best of a few measurements of some milliseconds.
double ck_peak_flops(ck_isa isa, ck_pool *pool);
// Working memory of the thread that runs a job: as large as ck_step.scratch of its step asked for, aligned to 64 bytes,
// contents undefined.
void *ck_scratch(void);

// An operation with its packed weights, bound to its buffers: one or a few steps. Made by the functions
// of the other headers, which return NULL when memory runs out and only then (arguments are the caller's duty).
typedef struct ck_op {
    int step_count;
    ck_step steps[4];
    size_t bytes;  // that it holds: mostly packed weights
    const char *kernel;  // the algorithm chosen, a literal for lists of steps; NULL where there is only one
    void (*destroy)(struct ck_op *op);
} ck_op;
static inline void ck_op_destroy(ck_op *op) { if (op) op->destroy(op); }
// Operations that may run side by side, as one: its steps are their first steps together, then their second ones. It owns
// them. With a NULL among them, or without memory, it destroys the others and is NULL itself.
ck_op *ck_together(ck_op *const *ops, int count);

// Activations in blocks of `lanes` channels (see ck_isa_lanes): one plane per block and picture, of
// [border + height + border][border + width + border][lanes] floats. planes[n * blocks + b] points at pixel (0, 0),
// past the border. The border is zero and never written. Lanes past `channels` in the last block are finite, their
// values mean nothing. Planes are aligned to 64 bytes. Split and concatenation are lists of planes.
// A rectangle of such a tensor is one too, with the pitch of the whole; what surrounds it stands for its border, and it is
// aligned to whole blocks of lanes.
typedef struct {
    int batch, channels, height, width, border;
    int pitch;  // pixels from one row to the next where that is not width + 2 * border; else 0
    float *const *planes;
} ck_blocked;
static inline int ck_blocks(const ck_blocked *t, int lanes) { return (t->channels + lanes - 1) / lanes; }
static inline ptrdiff_t ck_row(const ck_blocked *t, int lanes) {
    return (ptrdiff_t)(t->pitch ? t->pitch : t->width + 2 * t->border) * lanes;
}

// y = f(x), element by element. Definitions as in ONNX.
typedef enum {
    CK_ACT_IDENTITY = 0,
    CK_ACT_RELU,
    CK_ACT_LEAKY,         // x < 0 ? a * x : x
    CK_ACT_PRELU,         // as leaky with slopes[channel]
    CK_ACT_CLIP,          // min(max(x, a), b)
    CK_ACT_SIGMOID,
    CK_ACT_TANH,
    CK_ACT_SILU,          // x * sigmoid(x)
    CK_ACT_MISH,          // x * tanh(softplus(x))
    CK_ACT_GELU,          // erf form
    CK_ACT_GELU_TANH,
    CK_ACT_HARD_SIGMOID,  // min(max(a * x + b, 0), 1)
    CK_ACT_HARD_SWISH,    // x * min(max(x / 6 + 0.5, 0), 1)
    CK_ACT_ELU,           // x < 0 ? a * (exp(x) - 1) : x
    CK_ACT_SOFTPLUS,
    CK_ACT_EXP,
    CK_ACT_SQRT,
    CK_ACT_ABS,
    CK_ACT_NEGATE,
    CK_ACT_RECIPROCAL,
    CK_ACT_AFFINE,        // a * x + b
} ck_activation_kind;
typedef struct {
    ck_activation_kind kind;
    float a, b;
    const float *slopes;  // CK_ACT_PRELU only: one per channel; copied by the function it is given to
} ck_activation;
