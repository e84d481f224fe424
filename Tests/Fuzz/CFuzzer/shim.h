#pragma once

#include <stddef.h>
#include <stdint.h>

// libFuzzer as a library (compiler-rt, lib/fuzzer/FuzzerInterface.h is silent on it; the LLVM manual's
// "Using libFuzzer as a library" is not).
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
