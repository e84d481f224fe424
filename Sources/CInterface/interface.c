#include "CInterface.h"

/* The compiler has it in every version of C and says so with -Wpedantic. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "../../docs/openapi.yaml"
};

const unsigned char *signet_interface_document(size_t *length) {
    *length = sizeof document;
    return document;
}
