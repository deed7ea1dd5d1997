/*
 * packed - bytes made smaller with zlib, and back; and base64.
 *
 * Pure. Packed bytes begin with their unpacked length (four bytes, little end first).
 */
#ifndef FRESHET_PACKED_H
#define FRESHET_PACKED_H

#include <stddef.h>

#include "common/must.h"

enum { PACKED_MAX = 256 * 1024 * 1024 }; /* bytes, unpacked */

/* `length` bytes, at most PACKED_MAX, packed. The caller frees them. */
void *packed_make(const void *bytes, size_t length, size_t *length_out);

/* The unpacked bytes, ended with a NUL that is not counted; NULL when these are no packed bytes. The caller
 * frees them. */
MUST_USE char *packed_open(const void *bytes, size_t length, size_t *length_out);

/* zlib's own form of them, for others' formats. The caller frees it. */
void *packed_deflate(const void *bytes, size_t length, size_t *length_out);

/* As base64 text with padding. The caller frees it. */
char *packed_base64(const void *bytes, size_t length);

#endif
