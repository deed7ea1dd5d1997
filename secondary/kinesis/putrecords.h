/*
 * putrecords - the body of a PutRecords request, built in a batch's arena.
 *
 * Pure. A fragment is `{"Data":"<base64>","PartitionKey":"<key>"},`, with `,"ExplicitHashKey":"<hash>"`
 * behind the key of an event that has a place; the comma of the last one gives way to the suffix when the
 * body is closed, and comes back when a further event is appended. Limits are the service's: events a
 * request, data and keys of a request before base64, data and key of one event.
 */
#ifndef FRESHET_PUTRECORDS_H
#define FRESHET_PUTRECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/workload/workload.h"
#include "secondary/batch.h"
#include "secondary/kinesis/shard_map.h"

enum {
    PUTRECORDS_EVENTS_MAX = 500,
    PUTRECORDS_EVENT_BYTES_MAX = 1048576, /* data and key */
    PUTRECORDS_KEY_MAX = 256,             /* characters */
    PUTRECORDS_PREFIX_MAX = 320,
};

struct putrecords {
    char prefix[PUTRECORDS_PREFIX_MAX];
    size_t prefix_length;
    uint64_t payload_bytes_max;     /* of a request */
    const struct shard_map *shards; /* borrowed; NULL or none: not known, and places are not heeded */
};

/* For a stream by its name, or by its ARN where `arn` is not empty. */
void putrecords_init(struct putrecords *self, const char *stream, const char *arn,
                     uint64_t payload_bytes_max);

/* Write the prefix into an empty batch. */
void putrecords_begin(const struct putrecords *self, struct batch *batch);

/* Add one event; false, and the batch is unchanged, when a limit or the arena does not allow it. The key is
 * UTF-8 text of 1 to 256 characters; one outside of that is refused too. */
MUST_USE bool putrecords_append(const struct putrecords *self, struct batch *batch,
                                const struct event *event);

/* Close the body of a batch with at least one event; repeatable after batch_keep_refused. */
void putrecords_close(struct batch *batch);

#endif
