/* fuzz - the entry point that libFuzzer and replay.c call. Returns 0; finds bugs by crashing. */
#ifndef FRESHET_FUZZ_H
#define FRESHET_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
