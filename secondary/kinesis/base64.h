/*
 * base64 - encode bytes as RFC 4648 base64, standard alphabet, padded.
 *
 * Pure. The caller gives room for base64_length() bytes; no NUL is written. The ways agree in every byte: a
 * scalar one for every machine, and on x86 vectors of 128 and of 512 bits; base64_encode takes the widest
 * that this machine has.
 */
#ifndef FRESHET_BASE64_H
#define FRESHET_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that `length` input bytes become. */
static inline size_t base64_length(size_t length)
{
    return (length + 2) / 3 * 4;
}

enum base64_way {
    BASE64_SCALAR,
    BASE64_BY_12, /* bytes a step: SSSE3 */
    BASE64_BY_48, /* AVX-512 with VBMI */
    BASE64_WAYS
};

/* Both return the bytes written, base64_length(length). `in` may be NULL when `length` is 0. */
size_t base64_encode(char *out, const void *in, size_t length);
size_t base64_encode_by(enum base64_way way, char *out, const void *in, size_t length); /* for tests */

/* Can this machine go this way? */
bool base64_has(enum base64_way way);

#endif
