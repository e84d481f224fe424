#pragma once
#include <stddef.h>

/* docs/openapi.yaml as it was when this was built. The compiler puts it in by `#embed` and notes it among the files that
   a build depends on, which SwiftPM's resources do only for files below the target and as Swift literals
   (docs/decisions/0035-settings-and-documents.md). */
const unsigned char *signet_interface_document(size_t *length);
