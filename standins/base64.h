/*
 * base64 - the standard alphabet with padding, as JSON carries blobs.
 *
 * Pure. Lengths in bytes; nothing is allocated; any thread.
 */
#ifndef FRESHET_STANDINS_BASE64_H
#define FRESHET_STANDINS_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

/* Is `text` well-formed base64? On true, *bytes_out is the length it decodes to. */
MUST_USE bool base64_check(const char *text, size_t length, size_t *bytes_out);

/* Decode text that base64_check() accepted; `out` has room for the length it told. */
void base64_decode(const char *text, size_t length, uint8_t *out);

/* Length of `bytes` bytes once encoded, without a NUL. */
size_t base64_encoded_length(size_t bytes);

/* Encode into `out`, which has room for base64_encoded_length(); no NUL is added. */
void base64_encode(const uint8_t *bytes, size_t length, char *out);

#endif
