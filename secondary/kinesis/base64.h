/*
 * base64 - encode bytes as RFC 4648 base64, standard alphabet, padded.
 *
 * Pure. The caller gives room for base64_length() bytes; no NUL is written. Two ways that must agree: a
 * scalar one for every machine and a vector one (SSSE3) that base64_encode takes where the build allows it.
 */
#ifndef FRESHET_BASE64_H
#define FRESHET_BASE64_H

#include <stddef.h>

/* Bytes that `length` input bytes become. */
static inline size_t base64_length(size_t length)
{
    return (length + 2) / 3 * 4;
}

/* Both return the bytes written, base64_length(length). `in` may be NULL when `length` is 0. */
size_t base64_encode(char *out, const void *in, size_t length);
size_t base64_encode_scalar(char *out, const void *in, size_t length);

#endif
