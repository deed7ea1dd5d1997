/*
 * bytes16 - sixteen bytes at a time, for the few loops that see every event.
 *
 * Pure; the compiler's vectors, so that x86 and ARM both take their own instructions. Every function reads
 * exactly `length` bytes: what is not a multiple of sixteen is covered by a last step that overlaps with the
 * one before.
 */
#ifndef FRESHET_BYTES16_H
#define FRESHET_BYTES16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t bytes16_t __attribute__((vector_size(16)));
typedef uint64_t bytes16_halves_t __attribute__((vector_size(16)));

static inline bytes16_t bytes16_load(const char *at)
{
    bytes16_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

static inline bool bytes16_none(bytes16_t bytes)
{
    bytes16_halves_t halves = (bytes16_halves_t)bytes;
    return (halves[0] | halves[1]) == 0;
}

/* memcpy, for texts of a few dozen bytes whose length the compiler doesn't know. */
static inline void bytes16_copy(char *to, const char *from, size_t length)
{
    if (length < 16) {
        memcpy(to, from, length);
        return;
    }
    for (size_t at = 0; length - at > 16; at += 16)
        memcpy(to + at, from + at, 16);
    memcpy(to + length - 16, from + length - 16, 16);
}

/* memcmp(a, b, length) == 0, for such texts. */
static inline bool bytes16_same(const char *a, const char *b, size_t length)
{
    if (length < 16)
        return memcmp(a, b, length) == 0;
    bytes16_t other = bytes16_load(a + length - 16) ^ bytes16_load(b + length - 16);
    for (size_t at = 0; length - at > 16; at += 16)
        other |= bytes16_load(a + at) ^ bytes16_load(b + at);
    return bytes16_none(other);
}

#endif
