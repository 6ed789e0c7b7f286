// The common part of operations: a ck_op which owns its memory. An operation is a struct whose first member is ck_owner:
//
//     struct relu { ck_owner owner; ck_blocked in, out; };
//     struct relu *r = ck_op_new(sizeof *r);
//     if (!r || !ck_op_keep_blocked(&r->owner, &r->in, in, lanes)) return ck_op_fail(&r->owner);   // NULL is fine
//     return ck_op_step(&r->owner, run_relu, r, jobs);
#pragma once
#include "ck_core.h"

typedef struct ck_memory ck_memory;
typedef struct {
    ck_op op;
    ck_memory *memory;
} ck_owner;

// Zeroed memory aligned to 64 bytes; NULL when there is none (also when count * size overflows).
void *ck_allocate(size_t count, size_t size);
void ck_free(void *p);

// A zeroed struct of that size which begins with a ck_owner, ready for ck_op_destroy.
void *ck_op_new(size_t size);
// Frees a half-made operation (or NULL); always returns NULL.
ck_op *ck_op_fail(ck_owner *owner);
// Adds a step and returns the operation.
ck_op *ck_op_step(ck_owner *owner, void (*run)(const ck_step *, int, int), const void *data, int jobs);
// As ck_allocate; freed with the operation.
void *ck_op_allocate(ck_owner *owner, size_t count, size_t size);
// Copies of arguments, freed with the operation; 0 when out of memory.
int ck_op_keep(ck_owner *owner, const void **to, const void *from, size_t count, size_t size);
// The list of planes is copied, the planes are not. `from` NULL gives an empty tensor without planes.
int ck_op_keep_blocked(ck_owner *owner, ck_blocked *to, const ck_blocked *from, int lanes);
// Slopes are copied and padded with zeros to whole blocks.
int ck_op_keep_activation(ck_owner *owner, ck_activation *to, const ck_activation *from, int channels, int lanes);
// `count` floats padded with zeros to `padded`; from may be NULL: all zeros.
float *ck_op_keep_padded(ck_owner *owner, const float *from, size_t count, size_t padded);

// A part of `total` for job `job` of `jobs`: [ck_share(total, job, jobs), ck_share(total, job + 1, jobs)).
static inline int ck_share(int total, int job, int jobs) { return (int)((int64_t)total * job / jobs); }
static inline int ck_min(int a, int b) { return a < b ? a : b; }
static inline int ck_max(int a, int b) { return a > b ? a : b; }
static inline int ck_ceil_div(int a, int b) { return (a + b - 1) / b; }
