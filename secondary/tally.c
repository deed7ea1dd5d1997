#include "secondary/tally.h"

#include "common/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS_FIRST = 64, OTHER_ERROR = TALLY_ERRORS_MAX - 1, OTHER_SHARD = TALLY_SHARDS_MAX - 1 };

static const char other[] = "other";

tally_t *tally_new(void)
{
    tally_t *self = mem_new(1, sizeof *self);
    self->shards_capacity = SHARDS_FIRST;
    self->shards = mem_new(self->shards_capacity, sizeof self->shards[0]);
    self->shard_index_size = SHARDS_FIRST * (size_t)2;
    self->shard_index = mem_new(self->shard_index_size, sizeof self->shard_index[0]);
    tally_clear(self);
    return self;
}

void tally_destroy(tally_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->shards);
    free((*self_p)->shard_index);
    free(*self_p);
    *self_p = NULL;
}

void tally_clear(tally_t *self)
{
    must(self != NULL);
    self->counters = (struct counters){0};
    histogram_init(&self->due);
    histogram_init(&self->service);
    self->errors_count = 0;
    self->shards_count = 0;
    memset(self->shard_index, 0, self->shard_index_size * sizeof self->shard_index[0]);
}

/* Copy at most size - 1 bytes, never ending inside a UTF-8 character. */
static void keep_text(char *out, size_t size, const char *text, size_t length)
{
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

uint8_t tally_error(tally_t *self, const char *code, size_t code_length, const char *message,
                    size_t message_length)
{
    must(self != NULL && code != NULL && message != NULL);
    must(self->errors_count <= TALLY_ERRORS_MAX);
    struct tally_error wanted;
    keep_text(wanted.code, sizeof wanted.code, code, code_length);
    keep_text(wanted.message, sizeof wanted.message, message, message_length);
    for (size_t i = 0; i < self->errors_count; i++) {
        if (strcmp(self->errors[i].code, wanted.code) == 0 &&
            strcmp(self->errors[i].message, wanted.message) == 0)
            return (uint8_t)i;
    }
    if (self->errors_count >= OTHER_ERROR) {
        keep_text(wanted.code, sizeof wanted.code, other, sizeof other - 1);
        keep_text(wanted.message, sizeof wanted.message, other, sizeof other - 1);
        if (self->errors_count == TALLY_ERRORS_MAX)
            return OTHER_ERROR;
    }
    wanted.events = 0;
    self->errors[self->errors_count] = wanted;
    return (uint8_t)self->errors_count++;
}

/* FNV-1a: short keys, no adversary. */
static size_t hash(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ (h >> 32));
}

/* The slot of the index that holds `id` or where it belongs. */
static size_t find_slot(const tally_t *self, const char *id)
{
    must((self->shard_index_size & (self->shard_index_size - 1)) == 0);
    must(self->shards_count < self->shard_index_size);
    size_t mask = self->shard_index_size - 1;
    size_t slot = hash(id) & mask;
    while (self->shard_index[slot] != 0 && strcmp(self->shards[self->shard_index[slot] - 1].id, id) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static void grow(tally_t *self)
{
    self->shards_capacity *= 2;
    if (self->shards_capacity > TALLY_SHARDS_MAX)
        self->shards_capacity = TALLY_SHARDS_MAX;
    self->shards = mem_resize(self->shards, self->shards_capacity, sizeof self->shards[0]);
    free(self->shard_index);
    self->shard_index_size *= 2; /* stays a power of two of at least twice the capacity, or close to it */
    self->shard_index = mem_new(self->shard_index_size, sizeof self->shard_index[0]);
    for (size_t i = 0; i < self->shards_count; i++)
        self->shard_index[find_slot(self, self->shards[i].id)] = (uint32_t)i + 1;
}

uint32_t tally_shard(tally_t *self, const char *id, size_t id_length)
{
    must(self != NULL && id != NULL);
    must(self->shards_count <= TALLY_SHARDS_MAX);
    char key[TALLY_SHARD_ID_MAX];
    keep_text(key, sizeof key, id, id_length);
    size_t slot = find_slot(self, key);
    if (self->shard_index[slot] != 0)
        return self->shard_index[slot] - 1;
    if (self->shards_count >= OTHER_SHARD) {
        if (self->shards_count == TALLY_SHARDS_MAX)
            return OTHER_SHARD;
        keep_text(key, sizeof key, other, sizeof other - 1);
    }
    if (self->shards_count == self->shards_capacity)
        grow(self);
    uint32_t place = (uint32_t)self->shards_count++;
    self->shards[place].events = 0;
    memcpy(self->shards[place].id, key, sizeof key);
    self->shard_index[find_slot(self, key)] = place + 1;
    return place;
}
