// Memory of operations.
#include "op.h"
#include "pages.h"
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

struct ck_memory {
    ck_memory *next;
    int is_paged;
    char padding[64 - sizeof(void *) - sizeof(int)];  // what follows stays aligned
};
// From here on, blocks are cut from shared huge pages.
enum { SMALLEST_PAGED = 16 << 10 };

void *ck_allocate(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4) return NULL;
    void *p = NULL;
    enum { HUGE_PAGE = 2 << 20 };
    // Packed weights are read in order once per run; with small pages the address translation shows.
    const int huge = bytes >= HUGE_PAGE / 2;
    if (posix_memalign(&p, huge ? HUGE_PAGE : 64, bytes ? bytes : 1)) return NULL;
#if defined(__linux__)
    if (huge) madvise(p, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    memset(p, 0, bytes);
    return p;
}
void ck_free(void *p) { free(p); }

static void destroy(ck_op *op) {
    ck_owner *owner = (ck_owner *)op;
    for (ck_memory *m = owner->memory; m;) {
        ck_memory *next = m->next;
        if (m->is_paged) ck_pages_free(m);
        else ck_free(m);
        m = next;
    }
    free(owner);
}
void *ck_op_new(size_t size) {
    ck_owner *owner = ck_allocate(1, size);
    if (owner) owner->op.destroy = destroy;
    return owner;
}
ck_op *ck_op_fail(ck_owner *owner) {
    if (owner) destroy(&owner->op);
    return NULL;
}
ck_op *ck_op_step(ck_owner *owner, void (*run)(const ck_step *, int, int), const void *data, int jobs) {
    owner->op.steps[owner->op.step_count++] = (ck_step){.run = run, .data = data, .jobs = jobs};
    return &owner->op;
}
void *ck_op_allocate(ck_owner *owner, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4) return NULL;
    const int is_paged = bytes >= SMALLEST_PAGED;
    ck_memory *m = is_paged ? ck_pages_allocate(sizeof(ck_memory) + bytes) : ck_allocate(1, sizeof(ck_memory) + bytes);
    if (!m) return NULL;
    m->is_paged = is_paged;
    m->next = owner->memory;
    owner->memory = m;
    owner->op.bytes += bytes;
    return m + 1;
}
int ck_op_keep(ck_owner *owner, const void **to, const void *from, size_t count, size_t size) {
    void *p = ck_op_allocate(owner, count, size);
    if (!p) return 0;
    if (count) memcpy(p, from, count * size);
    *to = p;
    return 1;
}
int ck_op_keep_blocked(ck_owner *owner, ck_blocked *to, const ck_blocked *from, int lanes) {
    if (!from) {
        *to = (ck_blocked){0};
        return 1;
    }
    *to = *from;
    const void *planes = NULL;
    if (!ck_op_keep(owner, &planes, from->planes, (size_t)from->batch * ck_blocks(from, lanes), sizeof(float *))) return 0;
    to->planes = planes;
    return 1;
}
float *ck_op_keep_padded(ck_owner *owner, const float *from, size_t count, size_t padded) {
    float *p = ck_op_allocate(owner, padded, sizeof(float));
    if (p && from && count) memcpy(p, from, count * sizeof(float));
    return p;
}
int ck_op_keep_activation(ck_owner *owner, ck_activation *to, const ck_activation *from, int channels, int lanes) {
    *to = *from;
    to->slopes = NULL;
    if (from->kind != CK_ACT_PRELU) return 1;
    to->slopes = ck_op_keep_padded(owner, from->slopes, channels, (size_t)(channels + lanes - 1) / lanes * lanes);
    return to->slopes != NULL;
}
