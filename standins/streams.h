/*
 * streams - the streams that exist, their shards, and the records they keep.
 *
 * Any thread: one lock, held for one call, guards everything; what is costly (parsing, hashing, base64, JSON)
 * is done outside it. Times are arguments. Names are checked by the caller.
 */
#ifndef FRESHET_STANDINS_STREAMS_H
#define FRESHET_STANDINS_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/must.h"
#include "standins/hash_range.h"

enum {
    STREAMS_MAX = 1000,
    STREAMS_NAME_MAX = 129, /* 128 characters and the NUL */
    STREAMS_SHARDS_MAX = 20000,
    STREAMS_RECORD_KIB_MAX = 10240
};

struct streams_options {
    size_t retention_bytes; /* of records kept over all streams, keys and a small head included */
    bool discard;           /* count records, keep none */
    bool enforce_limits;    /* 1,000 records/s and 1 MiB/s a shard */
};

/* How a stream is made, and a copy of what it is. */
struct stream_summary {
    char name[STREAMS_NAME_MAX];
    uint32_t shards;
    uint32_t record_kib_max; /* largest record, KiB */
    bool on_demand;
    uint64_t created_ms; /* wall time; unique, so it tells a stream from a deleted one of the same name */
};

struct stream_counts {
    uint64_t records, bytes; /* taken: data and keys */
    uint64_t stored;         /* kept now */
    uint64_t evicted;        /* pushed out by newer ones */
    uint64_t throttled;      /* refused by limits, real or pretended */
    uint64_t refused;        /* refused with InternalFailure on demand */
};

enum put_verdict { PUT_TAKEN, PUT_THROTTLED, PUT_REFUSED };

/* One record of a put. The caller fills all but shard and ordinal, and may set a refusal beforehand. */
struct put_item {
    hash128 hash;
    const char *key; /* borrowed, as is data */
    const uint8_t *data;
    uint32_t key_length, data_length;
    enum put_verdict verdict;
    uint32_t shard;   /* out */
    uint64_t ordinal; /* out, when taken: from 1, without gaps in a shard */
};

/* A record read back; key and data lie at `offset` in the caller's buffer, key first. */
struct stream_record {
    uint64_t ordinal;
    int64_t arrived_ms;
    size_t offset;
    uint32_t key_length, data_length;
};

struct stream_read {
    uint64_t ordinal_next; /* where to go on */
    int64_t behind_ms;     /* age of the oldest record not read, 0 at the end */
    size_t count;
};

typedef struct streams streams_t;

streams_t *streams_new(const struct streams_options *options);
void streams_destroy(streams_t **self_p);

/* False when the name is taken or STREAMS_MAX is reached. `created_ms` may be moved on to make it unique. */
MUST_USE bool streams_create(streams_t *self, const struct stream_summary *made, uint64_t now_us);
MUST_USE bool streams_delete(streams_t *self, const char *name);
MUST_USE bool streams_find(streams_t *self, const char *name, struct stream_summary *out);

/* Names in order after `after` (may be ""), at most `max`; *more_out: there are others. Returns how many. */
size_t streams_list(streams_t *self, const char *after, struct stream_summary *out, size_t max,
                    bool *more_out);

/* Take a batch. False when the stream `created_ms` of this name is gone; nothing is counted then. */
MUST_USE bool streams_put(streams_t *self, const struct stream_summary *stream, struct put_item *items,
                          size_t count, uint64_t now_us, int64_t wall_ms);

/* Ordinal that the next record of the shard will get; of the first kept record; of the first that arrived at
 * or after `wall_ms`. False when the stream is gone. */
MUST_USE bool streams_tip(streams_t *self, const struct stream_summary *stream, uint32_t shard,
                          uint64_t *out);
MUST_USE bool streams_horizon(streams_t *self, const struct stream_summary *stream, uint32_t shard,
                              uint64_t *out);
MUST_USE bool streams_at_time(streams_t *self, const struct stream_summary *stream, uint32_t shard,
                              int64_t wall_ms, uint64_t *out);

/* Copy records from `ordinal` on (or from the oldest kept) into out[max] and `bytes`, which also bounds how
 * many.
 */
MUST_USE bool streams_read(streams_t *self, const struct stream_summary *stream, uint32_t shard,
                           uint64_t ordinal, int64_t wall_ms, struct stream_record *out, size_t max,
                           struct buffer *bytes, struct stream_read *read_out);

/* Counts of a stream, and of each of its shards in shards_out[stream->shards]. */
MUST_USE bool streams_counts(streams_t *self, const struct stream_summary *stream, struct stream_counts *out,
                             struct stream_counts *shards_out);

#endif
