#ifndef CCATALOGUE_H
#define CCATALOGUE_H

#include <stddef.h>

/// The bytes of catalogue.json, compiled in (a static binary needs no resource folder beside it),
/// and their number.
const unsigned char *ccat_json(size_t *count);

#endif
