/*
 * sink - where batches go: the contract that Kinesis, Kafka and null fulfil.
 *
 * A sink encodes events into a batch, sends it without blocking, and gives it back with a verdict on every
 * event. It never retries by itself what it can hand back as EVENT_RETRY: retrying, counting and pacing are
 * the engine's. sink_null.c is the annotated skeleton. One thread, the engine's; time is read only for the
 * stamps on a batch.
 */
#ifndef FRESHET_SINK_H
#define FRESHET_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/options.h"
#include "common/target.h"
#include "common/wire.h"
#include "common/workload/workload.h"
#include "secondary/batch.h"
#include "secondary/tally.h"

enum sink_submit {
    SINK_TAKEN,   /* the sink has the batch until sink_reap gives it back */
    SINK_BUSY,    /* no room now: offer it again after the next wait */
    SINK_REFUSED, /* can't ever be sent: verdicts are filled in, the engine keeps the batch */
};

#define SINK_ANY_SHARD SIZE_MAX

struct sink_error { /* why a sink could not be opened or its target refused */
    char code[WIRE_NAME_MAX];
    char message[WIRE_TEXT_MAX];
};

typedef struct sink sink_t; /* each sink's own struct begins with its ops */

struct sink_ops {
    const char *request;   /* what it sends, as statistics name it: "PutRecords" */
    uint32_t window_first; /* batches in flight at the start of the rate model, where the sink waits to gather
                              several into one request; 0: few */

    /* Ask the target what it can take. Blocks for at most about 10 s. */
    bool (*preflight)(sink_t *self, struct wire_preflight *out);
    /* The same, only to learn its shards: a sink that has done neither sends events with a place by their
     * keys. NULL where there are none. */
    bool (*locate)(sink_t *self, struct wire_preflight *out);
    /* After either was good: which of the target's shards, 0 .. out->shards - 1, a key goes to
     * (SINK_ANY_SHARD: any, whatever the key), and what a shard is called. NULL where there are none. */
    size_t (*shard_of)(sink_t *self, const char *key, size_t length);
    void (*shard_name)(sink_t *self, size_t shard, char out[WIRE_NAME_MAX]);

    /* Write the prefix into an empty batch. */
    void (*begin)(sink_t *self, struct batch *batch);
    /* Encode one event; false, batch unchanged, when it would pass the target's limit on a request. */
    bool (*append)(sink_t *self, struct batch *batch, const struct event *event);
    enum sink_submit (*submit)(sink_t *self, struct batch *batch);
    /* The next batch that is answered for, or NULL. */
    struct batch *(*reap)(sink_t *self);
    /* Batches that the sink has now. */
    size_t (*in_flight)(const sink_t *self);
    /* Let the sink work; return when a batch may be ready, `wake_fd` is readable, or `timeout_us` have
     * passed. 0 polls. */
    void (*wait)(sink_t *self, int wake_fd, uint64_t timeout_us);
    /* Give up on all that is in flight: the batches come back through reap, `lost`, at once. */
    void (*abandon)(sink_t *self);
    void (*close)(sink_t **self_p);
};

struct sink {
    const struct sink_ops *ops;
};

/* What every sink needs; all borrowed and living longer than the sink. */
struct sink_setup {
    const struct target *target;
    const options_t *options;
    tally_t *tally; /* where errors are named and shards counted */
    log_t *log;
};

/* Open the sink for a target's kind. NULL on failure: `error` says which and why. The caller owns it. */
sink_t *sink_open(const struct sink_setup *setup, struct sink_error *error);

/* One opener a kind; sink_open picks. */
sink_t *sink_null_open(const struct sink_setup *setup, struct sink_error *error);
sink_t *sink_kinesis_open(const struct sink_setup *setup, struct sink_error *error);
sink_t *sink_kafka_open(const struct sink_setup *setup, struct sink_error *error);

#endif
