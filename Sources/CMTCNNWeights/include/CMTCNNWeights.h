#ifndef CMTCNNWEIGHTS_H
#define CMTCNNWEIGHTS_H

#include <stddef.h>

/// The bytes of mtcnn.weights, compiled in (a static binary needs no resource folder beside it),
/// aligned to 64, and their number. Scripts/convert_mtcnn.py describes and writes them.
const unsigned char *cmw_weights(size_t *count);

#endif
