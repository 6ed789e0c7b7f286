#include "CMTCNNWeights.h"

_Alignas(64) static const unsigned char weights[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed "mtcnn.weights"
#pragma clang diagnostic pop
};

const unsigned char *cmw_weights(size_t *count) {
  *count = sizeof weights;
  return weights;
}
