/*
 * shard_times - how many events each shard took over the time of a run.
 *
 * Pure; time is an argument. Cumulative counts are noted now and then; when SHARD_TIMES_MAX notes are
 * reached, every other one is dropped and the interval doubles, so that memory stays bounded and no event is
 * lost from the picture. Shards keep the index that the ledger gives them. One thread.
 */
#ifndef FRESHET_SHARD_TIMES_H
#define FRESHET_SHARD_TIMES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "primary/ledger.h"

enum {
    SHARD_TIMES_MAX = 240,      /* notes */
    SHARD_TIMES_SHARDS = 1024,  /* shards whose times are kept */
    SHARD_TIMES_EVENTS_S = 1000 /* a Kinesis shard takes so many events a second */
};

typedef struct shard_times shard_times_t;

shard_times_t *shard_times_new(void);
void shard_times_destroy(shard_times_t **self_p);

/* Forget everything; the run starts now. */
void shard_times_begin(shard_times_t *self);

/* Note the counts at `at_s`, which rises; too early ones are skipped. `last`: the run is over, note it. */
void shard_times_note(shard_times_t *self, const ledger_t *ledger, double at_s, bool last);

/* Events per second of shard `index` by the last two notes; 0 when not known. */
double shard_times_rate(const shard_times_t *self, size_t index);

/* The Shards document of the contract, busiest shards first. `kinesis`: the limits are known.
 * `preflight` NULL: what was predicted is not. */
json_t *shard_times_document(const shard_times_t *self, const ledger_t *ledger,
                             const struct wire_preflight *preflight, bool kinesis);

#endif
