#include "CCatalogue.h"

const unsigned char ccat_json[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed "catalogue.json"
#pragma clang diagnostic pop
};
const size_t ccat_json_count = sizeof ccat_json;
