#ifndef CCATALOGUE_H
#define CCATALOGUE_H

#include <stddef.h>

/// The bytes of catalogue.json, compiled in: a static binary needs no resource folder beside it.
extern const unsigned char ccat_json[];
/// Their number.
extern const size_t ccat_json_count;

#endif
