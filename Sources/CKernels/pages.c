#include "pages.h"
#include <stdint.h>
#include "op.h"

// Sanitizers see each block's own bounds only where it comes from malloc.
#if defined(__linux__) && !__has_feature(address_sanitizer)
#include <pthread.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20, CHUNK = 4 << 20, ALIGNMENT = 64 };

// A mapping that blocks are cut from in order; it goes back to the system with the last of them.
typedef struct {
    size_t size, used;
    int live;
} chunk;
typedef struct {
    chunk *of;
    char padding[ALIGNMENT - sizeof(chunk *)];
} block;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static chunk *current;  // NULL or with live blocks

// Aligned, so that all of it can be huge pages: what lies before and after is given back.
static chunk *map_chunk(size_t size) {
    char *start = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    char *aligned = (char *)(((uintptr_t)start + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    const size_t before = aligned - start;
    if (before) munmap(start, before);
    if (before < HUGE_PAGE) munmap(aligned + size, HUGE_PAGE - before);
    madvise(aligned, size, MADV_HUGEPAGE);
    chunk *c = (chunk *)aligned;
    c->size = size, c->used = ALIGNMENT;
    return c;
}
void *ck_pages_allocate(size_t bytes) {
    if (bytes > SIZE_MAX / 4) return NULL;
    const size_t wanted = (sizeof(block) + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    pthread_mutex_lock(&mutex);
    if (!current || current->size - current->used < wanted) {
        const size_t needed = (ALIGNMENT + wanted + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        chunk *c = map_chunk(needed > CHUNK ? needed : CHUNK);
        if (!c) {
            pthread_mutex_unlock(&mutex);
            return NULL;
        }
        current = c;
    }
    block *b = (block *)((char *)current + current->used);
    b->of = current;
    current->used += wanted;
    current->live++;
    pthread_mutex_unlock(&mutex);
    return b + 1;
}
void ck_pages_free(void *p) {
    if (!p) return;
    chunk *c = ((block *)p - 1)->of;
    pthread_mutex_lock(&mutex);
    const int is_last = --c->live == 0;
    if (is_last && c == current) current = NULL;
    pthread_mutex_unlock(&mutex);
    if (is_last) munmap(c, c->size);
}
#else
void *ck_pages_allocate(size_t bytes) { return ck_allocate(1, bytes); }
void ck_pages_free(void *p) { ck_free(p); }
#endif
