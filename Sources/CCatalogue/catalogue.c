#include "CCatalogue.h"

static const unsigned char json[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed "catalogue.json"
#pragma clang diagnostic pop
};

const unsigned char *ccat_json(size_t *count) {
  *count = sizeof json;
  return json;
}
