/*
 * tally - one secondary's books for one run: counters, latencies, shards, errors.
 *
 * Pure. Cumulative since the run began (tally_clear). Error kinds are interned to small indexes so that a
 * verdict is two bytes; a fixed number of kinds and shards is kept, what is beyond is counted under "other".
 * One thread.
 */
#ifndef FRESHET_TALLY_H
#define FRESHET_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/histogram.h"
#include "common/must.h"

enum {
    TALLY_ERRORS_MAX = 128, /* kinds of errors, the last of them "other" */
    TALLY_SHARDS_MAX = 20000,
    TALLY_CODE_MAX = 96,     /* bytes, with the NUL */
    TALLY_MESSAGE_MAX = 256, /* bytes, with the NUL */
    TALLY_SHARD_ID_MAX = 128,
};

struct tally_error {
    char code[TALLY_CODE_MAX];
    char message[TALLY_MESSAGE_MAX];
    uint64_t events; /* given up for this reason */
};

struct tally_shard {
    char id[TALLY_SHARD_ID_MAX];
    uint64_t events; /* delivered to it */
};

struct tally {
    struct counters counters;
    struct histogram due;
    struct histogram service;
    struct tally_error errors[TALLY_ERRORS_MAX];
    size_t errors_count;
    struct tally_shard *shards; /* owned; grows to TALLY_SHARDS_MAX */
    size_t shards_count, shards_capacity;
    uint32_t *shard_index; /* owned: open-addressed hash of id to place + 1 */
    size_t shard_index_size;
};
typedef struct tally tally_t;

/* The caller owns it. Exhausted memory aborts. */
tally_t *tally_new(void);
void tally_destroy(tally_t **self_p);

/* Start a new run: everything zero; error kinds and shard ids are forgotten. */
void tally_clear(tally_t *self);

/* The index of the error kind (code, message): a known one or a new one. Digits that vary in otherwise equal
 * messages are the caller's to strip. Never counts. */
uint8_t tally_error(tally_t *self, const char *code, size_t code_length, const char *message,
                    size_t message_length);

/* The index of a shard, to be kept by the caller; new ones are added. */
uint32_t tally_shard(tally_t *self, const char *id, size_t id_length);

#endif
