/*
 * shard_map - the open shards of a stream, and which of them a partition key goes to.
 *
 * Pure. As the stream was when it was asked: one that is resharded later is not followed. A key's hash is its
 * MD5 read as a big-endian number of 128 bits; every shard has a range of them. One thread changes it.
 */
#ifndef FRESHET_SHARD_MAP_H
#define FRESHET_SHARD_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum {
    SHARD_MAP_ID_MAX = 128,
    SHARD_MAP_HASH_MAX = 40, /* decimal digits of a hash, with the NUL */
    SHARD_MAP_MAX = 20000,   /* shards */
};

__extension__ typedef unsigned __int128 shard_hash;

struct shard {
    shard_hash first; /* of its range */
    char id[SHARD_MAP_ID_MAX];
    char hash[SHARD_MAP_HASH_MAX]; /* `first` in decimal, without leading zeros: an ExplicitHashKey */
    size_t hash_length;
};

struct shard_map {
    struct shard *shards; /* owned; by rising range once sorted */
    size_t count, room;
};

void shard_map_clear(struct shard_map *self);
void shard_map_fini(struct shard_map *self);

/* Add a shard by its StartingHashKey. False: that is no hash, or there are too many. */
MUST_USE bool shard_map_add(struct shard_map *self, const char *id, const char *starting_hash);

/* To be called once all are there, before the two below. */
void shard_map_sort(struct shard_map *self);

/* Place of the shard that takes a key; there must be shards. */
size_t shard_map_of_key(const struct shard_map *self, const char *key, size_t length);

/* Of the shards in their order the one at `place` in 2^-32 of them all. */
static inline const struct shard *shard_map_at(const struct shard_map *self, uint32_t place)
{
    return &self->shards[(uint64_t)place * self->count >> 32];
}

#endif
