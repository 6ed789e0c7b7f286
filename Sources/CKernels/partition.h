// How element-wise and layout operations are cut into jobs: by sizes alone.
#pragma once
#include <stddef.h>
#include "ck_core.h"

// Jobs for `units` indivisible units of about `cost` elements each: pieces of at least 16 K elements (a few
// microseconds), so that waking a thread pays, and enough of them to balance.
static inline int ck_job_count(size_t units, size_t cost) {
    size_t jobs = (size_t)((double)units * (double)cost / 16384);
    if (jobs > 64) jobs = 64;
    if (jobs > units) jobs = units;
    return jobs < 1 ? 1 : (int)jobs;
}

// Job `job` of `jobs` has the units from here to the start of the next.
static inline size_t ck_job_start(size_t units, int jobs, int job) {
    return units / (size_t)jobs * (size_t)job + units % (size_t)jobs * (size_t)job / (size_t)jobs;
}

// The rows of all planes that a job has, one plane at a time: rows y0 ..< y1 of `plane`.
typedef struct {
    size_t at, end;
    int height, plane, y0, y1;
} ck_rows;

static inline ck_rows ck_job_rows(size_t planes, int height, int jobs, int job) {
    size_t units = planes * (size_t)height;
    return (ck_rows){ck_job_start(units, jobs, job), ck_job_start(units, jobs, job + 1), height, 0, 0, 0};
}

static inline int ck_next_rows(ck_rows *rows) {
    if (rows->at >= rows->end) return 0;
    rows->plane = (int)(rows->at / (size_t)rows->height);
    rows->y0 = (int)(rows->at % (size_t)rows->height);
    size_t left = rows->end - rows->at, fit = (size_t)(rows->height - rows->y0);
    rows->y1 = rows->y0 + (int)(left < fit ? left : fit);
    rows->at += (size_t)(rows->y1 - rows->y0);
    return 1;
}

// Planes of a blocked tensor, and the pixels of one.
static inline size_t ck_planes(const ck_blocked *t, int lanes) {
    return (size_t)t->batch * (size_t)ck_blocks(t, lanes);
}
