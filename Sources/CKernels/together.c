// Operations side by side.
#include <string.h>
#include "op.h"

enum { STEPS = sizeof((ck_op *)0)->steps / sizeof(ck_step) };

// The steps of one number, and where the jobs of each begin among those of all.
typedef struct {
    int count;
    const ck_step **steps;
    int *first;
} group;

typedef struct {
    ck_owner owner;
    int count;
    ck_op **ops;
    group groups[STEPS];
} together;

static void run_group(const ck_step *step, int job, int thread) {
    const group *g = step->data;
    int low = 0, high = g->count;  // the last that begins at or before the job
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (g->first[middle] <= job) low = middle;
        else high = middle;
    }
    g->steps[low]->run(g->steps[low], job - g->first[low], thread);
}
static void destroy(ck_op *op) {
    together *t = (together *)op;
    for (int i = 0; i < t->count; i++) ck_op_destroy(t->ops[i]);
    ck_op_fail(&t->owner);
}
static int add_group(together *t, int number) {
    group *g = &t->groups[number];
    g->steps = ck_op_allocate(&t->owner, t->count, sizeof *g->steps);
    g->first = ck_op_allocate(&t->owner, t->count, sizeof *g->first);
    if (!g->steps || !g->first) return 0;
    int jobs = 0;
    size_t scratch = 0;
    for (int i = 0; i < t->count; i++) {
        if (t->ops[i]->step_count <= number || t->ops[i]->steps[number].jobs == 0) continue;
        const ck_step *step = &t->ops[i]->steps[number];
        g->steps[g->count] = step;
        g->first[g->count++] = jobs;
        jobs += step->jobs;
        if (step->scratch > scratch) scratch = step->scratch;
    }
    ck_op_step(&t->owner, run_group, g, jobs);
    t->owner.op.steps[number].scratch = scratch;
    return 1;
}
static ck_op *destroy_all(ck_op *const *ops, int count) {
    for (int i = 0; i < count; i++) ck_op_destroy(ops[i]);
    return NULL;
}
ck_op *ck_together(ck_op *const *ops, int count) {
    int complete = 1, steps = 0;
    for (int i = 0; i < count; i++) {
        complete = complete && ops[i];
        if (ops[i]) steps = ck_max(steps, ops[i]->step_count);
    }
    if (complete && count == 1) return ops[0];
    together *t = complete ? ck_op_new(sizeof *t) : NULL;
    if (!t) return destroy_all(ops, count);
    t->owner.op.destroy = destroy;
    t->ops = ck_op_allocate(&t->owner, count, sizeof *t->ops);
    if (!t->ops) {
        ck_op_fail(&t->owner);
        return destroy_all(ops, count);
    }
    t->count = count;
    memcpy(t->ops, ops, sizeof *ops * (size_t)count);
    for (int i = 0; i < count; i++) t->owner.op.bytes += ops[i]->bytes;
    t->owner.op.kernel = count ? ops[0]->kernel : NULL;
    for (int number = 0; number < steps; number++)
        if (!add_group(t, number)) {
            destroy(&t->owner.op);
            return NULL;
        }
    return &t->owner.op;
}
