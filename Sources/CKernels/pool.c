// Threads that run lists of steps.
//
// A run is published by increasing `generation`. Every thread walks the list; a barrier ends each step. Within a step a
// thread first takes the jobs of its own share, in order (the same rows of every layer, so they are in its own cache), then
// helps the others. Who runs a job changes nothing in its result.
#include "op.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

typedef struct { _Alignas(128) atomic_int value; } counter;  // a line of its own, and the one the prefetcher pairs with it

struct ck_pool {
    counter arrived, phase;
    counter next_job[2][CK_MAX_THREADS];  // two sets in turn: one is reset while the other is in use
    counter generation;
    // The current run: written by the caller before `generation`, read by the workers after it. A worker copies both at
    // the start: once it has arrived at the last barrier the caller may already be writing the next run here.
    const ck_step *steps;
    int count;
    int stopping;
    int threads;
    void *scratch[CK_MAX_THREADS];
    size_t scratch_bytes;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t handles[CK_MAX_THREADS];
};

static _Thread_local void *thread_scratch;
void *ck_scratch(void) { return thread_scratch; }

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
enum { BARRIER_SPINS = 4000, IDLE_SPINS = 4000 };

static void barrier(ck_pool *pool) {
    const int phase = atomic_load_explicit(&pool->phase.value, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&pool->arrived.value, 1, memory_order_acq_rel) == pool->threads - 1) {
        atomic_store_explicit(&pool->arrived.value, 0, memory_order_relaxed);
        atomic_store_explicit(&pool->phase.value, (int)((unsigned)phase + 1), memory_order_release);
        return;
    }
    // With more threads than cores the one we wait for may need this core: spin for a bounded time only.
    for (int spins = 0; atomic_load_explicit(&pool->phase.value, memory_order_acquire) == phase; spins++) {
        if (spins < BARRIER_SPINS) relax();
        else sched_yield();
    }
}
static void run_step(ck_pool *pool, const ck_step *step, counter *next, int thread) {
    for (int k = 0; k < pool->threads; k++) {
        const int owner = (thread + k) % pool->threads;
        const int first = ck_share(step->jobs, owner, pool->threads), end = ck_share(step->jobs, owner + 1, pool->threads);
        for (;;) {
            if (atomic_load_explicit(&next[owner].value, memory_order_relaxed) >= end - first) break;
            const int job = first + atomic_fetch_add_explicit(&next[owner].value, 1, memory_order_relaxed);
            if (job >= end) break;
            step->run(step, job, thread);
        }
    }
}
static void work(ck_pool *pool, const ck_step *steps, int count, int thread, double *seconds) {
    double start = seconds ? now() : 0;
    for (int s = 0; s < count; s++) {
        run_step(pool, &steps[s], pool->next_job[s & 1], thread);
        // The other set was last used in step s - 1, which every thread has left.
        atomic_store_explicit(&pool->next_job[(s + 1) & 1][thread].value, 0, memory_order_relaxed);
        barrier(pool);
        if (seconds) {
            const double end = now();
            seconds[s] = end - start;
            start = end;
        }
    }
}
typedef struct { ck_pool *pool; int thread; } worker_argument;
static void *worker(void *argument) {
    ck_pool *pool = ((worker_argument *)argument)->pool;
    const int thread = ((worker_argument *)argument)->thread;
    free(argument);
    for (int seen = 0;;) {
        for (int spins = 0; spins < IDLE_SPINS; spins++) {
            if (atomic_load_explicit(&pool->generation.value, memory_order_acquire) != seen) break;
            relax();
        }
        pthread_mutex_lock(&pool->lock);
        while (atomic_load_explicit(&pool->generation.value, memory_order_acquire) == seen)
            pthread_cond_wait(&pool->wake, &pool->lock);
        seen = atomic_load_explicit(&pool->generation.value, memory_order_acquire);
        pthread_mutex_unlock(&pool->lock);
        if (pool->stopping) return NULL;
        thread_scratch = pool->scratch[thread];
        work(pool, pool->steps, pool->count, thread, NULL);
    }
}
static void announce(ck_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    const int g = atomic_load_explicit(&pool->generation.value, memory_order_relaxed);
    atomic_store_explicit(&pool->generation.value, (int)((unsigned)g + 1), memory_order_release);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}
static int start_worker(ck_pool *pool, int thread) {
    worker_argument *argument = malloc(sizeof *argument);
    if (!argument) return 0;
    *argument = (worker_argument){pool, thread};
    if (pthread_create(&pool->handles[thread], NULL, worker, argument) == 0) return 1;
    free(argument);
    return 0;
}
// Stops the workers 1..<started and frees everything.
static void stop(ck_pool *pool, int started) {
    pool->stopping = 1;
    announce(pool);
    for (int i = 1; i < started; i++) pthread_join(pool->handles[i], NULL);
    for (int i = 0; i < CK_MAX_THREADS; i++) ck_free(pool->scratch[i]);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    ck_free(pool);
}
ck_pool *ck_pool_create(int threads) {
    ck_pool *pool = ck_allocate(1, (sizeof *pool + 127) / 128 * 128);
    if (!pool) return NULL;
    pool->threads = ck_max(1, ck_min(threads, CK_MAX_THREADS));
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (int i = 1; i < pool->threads; i++)
        if (!start_worker(pool, i)) {
            stop(pool, i);
            return NULL;
        }
    return pool;
}
void ck_pool_destroy(ck_pool *pool) {
    if (pool) stop(pool, pool->threads);
}
int ck_pool_threads(const ck_pool *pool) { return pool->threads; }

// The workers sleep or spin on `generation` here: nobody else touches the pool.
static int reserve_scratch(ck_pool *pool, const ck_step *steps, int count) {
    size_t bytes = 0;
    for (int s = 0; s < count; s++)
        if (steps[s].scratch > bytes) bytes = steps[s].scratch;
    if (bytes <= pool->scratch_bytes) return 1;
    pool->scratch_bytes = 0;
    for (int i = 0; i < pool->threads; i++) {
        ck_free(pool->scratch[i]);
        pool->scratch[i] = ck_allocate(1, bytes);
    }
    for (int i = 0; i < pool->threads; i++)
        if (!pool->scratch[i]) return 0;
    pool->scratch_bytes = bytes;
    return 1;
}
int ck_pool_run(ck_pool *pool, const ck_step *steps, int count, double *seconds) {
    if (!reserve_scratch(pool, steps, count)) return 0;
    void *const outer = thread_scratch;
    thread_scratch = pool->scratch[0];
    for (int i = 0; i < pool->threads; i++) atomic_store_explicit(&pool->next_job[0][i].value, 0, memory_order_relaxed);
    pool->steps = steps;
    pool->count = count;
    if (pool->threads > 1) announce(pool);
    work(pool, steps, count, 0, seconds);
    thread_scratch = outer;
    return 1;
}
