/*
 * hash_range - which shard a partition key belongs to.
 *
 * Pure, any thread. A hash is the MD5 of the key read as an unsigned big-endian 128-bit number. Shard i of n
 * begins at floor(i * 2^128 / n) and ends one before the next begins.
 */
#ifndef FRESHET_STANDINS_HASH_RANGE_H
#define FRESHET_STANDINS_HASH_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

__extension__ typedef unsigned __int128 hash128;

enum { HASH_TEXT_MAX = 40 }; /* 39 digits and the NUL */

/* The hash of a partition key. */
hash128 hash_of_key(const char *key, size_t length);

/* Read a decimal hash: 0, or up to 39 digits without a leading zero, below 2^128. */
MUST_USE bool hash_parse(const char *text, size_t length, hash128 *out);

/* Print it in decimal. Returns `out`. */
const char *hash_print(hash128 hash, char out[HASH_TEXT_MAX]);

/* First and last hash of shard `index` of `count`. */
hash128 hash_range_first(uint32_t index, uint32_t count);
hash128 hash_range_last(uint32_t index, uint32_t count);

/* The shard that holds `hash`; firsts[i] is hash_range_first(i, count). */
uint32_t hash_range_find(hash128 hash, const hash128 *firsts, uint32_t count);

#endif
