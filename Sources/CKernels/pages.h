// Zeroed memory of some 10 KB to MBs each, many of which share huge pages: first touching the packed weights of a network in
// small pages takes longer than packing them.
#pragma once
#include <stddef.h>

// Zeroed and aligned to 64 bytes; NULL when there is none. Safe from any thread.
void *ck_pages_allocate(size_t bytes);
void ck_pages_free(void *p);
