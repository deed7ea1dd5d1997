/* The low-level MD5 calls need neither allocation nor a provider lookup: a million keys are hashed at a
 * start. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "secondary/kinesis/shard_map.h"

#include "common/mem.h"

#include <openssl/md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 16 };

void shard_map_clear(struct shard_map *self)
{
    must(self != NULL);
    self->count = 0;
}

void shard_map_fini(struct shard_map *self)
{
    must(self != NULL);
    free(self->shards);
    *self = (struct shard_map){0};
}

static bool parse_hash(const char *text, shard_hash *out)
{
    shard_hash value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        shard_hash digit = (shard_hash)(*text - '0');
        if (value > (~(shard_hash)0 - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool shard_map_add(struct shard_map *self, const char *id, const char *starting_hash)
{
    must(self != NULL && id != NULL && starting_hash != NULL);
    shard_hash first;
    if (self->count == SHARD_MAP_MAX || strlen(id) >= SHARD_MAP_ID_MAX || !parse_hash(starting_hash, &first))
        return false;
    while (starting_hash[0] == '0' && starting_hash[1] != '\0')
        starting_hash++;
    if (self->count == self->room) {
        self->room = self->room > 0 ? self->room * 2 : ROOM_FIRST;
        self->shards = mem_resize(self->shards, self->room, sizeof self->shards[0]);
    }
    struct shard *shard = &self->shards[self->count++];
    shard->first = first;
    snprintf(shard->id, sizeof shard->id, "%s", id);
    int length = snprintf(shard->hash, sizeof shard->hash, "%s", starting_hash);
    must(length > 0 && length < SHARD_MAP_HASH_MAX);
    shard->hash_length = (size_t)length;
    return true;
}

static int by_range(const void *a, const void *b)
{
    const struct shard *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

void shard_map_sort(struct shard_map *self)
{
    must(self != NULL);
    if (self->count > 0)
        qsort(self->shards, self->count, sizeof self->shards[0], by_range);
}

static shard_hash hash_of(const char *key, size_t length)
{
    MD5_CTX context;
    uint8_t digest[MD5_DIGEST_LENGTH];
    must(MD5_Init(&context) == 1 && MD5_Update(&context, key, length) == 1 &&
         MD5_Final(digest, &context) == 1);
    shard_hash hash = 0;
    for (size_t i = 0; i < sizeof digest; i++)
        hash = hash << 8 | digest[i];
    return hash;
}

size_t shard_map_of_key(const struct shard_map *self, const char *key, size_t length)
{
    must(self != NULL && self->count > 0);
    must(key != NULL || length == 0);
    shard_hash hash = hash_of(key, length);
    size_t low = 0, high = self->count; /* the shard is in [low, high) */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (self->shards[middle].first <= hash)
            low = middle;
        else
            high = middle;
    }
    return low;
}
