/*
 * spread - which part of the events each shard will get, by their keys.
 *
 * Keys that --keys makes are summed up exactly, each with its probability, up to SPREAD_KEYS of them; of more
 * than that the less likely rest is split as evenly as those before it were by number. The workload's own are
 * sampled, as the run will make them; a file's lines all, up to SPREAD_KEYS. Pure but for the workload and
 * the sink's shard_of.
 */
#ifndef FRESHET_SPREAD_H
#define FRESHET_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/workload/keys.h"
#include "common/workload/workload.h"
#include "secondary/sink.h"

enum {
    SPREAD_KEYS = 1 << 20,
    SPREAD_EVENTS = 1 << 16, /* sampled: a share of 1/4 comes out within 0.4 % of all events nearly always */
};

/* The part of each of `count` shards for the keys of a rule that makes its own, or explicit ones. shares[i]
 * is filled; together they are 1. */
void spread_of_rule(const struct keys_rule *rule, sink_t *sink, size_t count, double *shares);

struct spread_sample {
    workload_t *workload;
    uint64_t users; /* that take turns; 0: the rate model, where sensor groups do */
    uint32_t batch_size;
    uint64_t events; /* to draw */
    int64_t wall_ms;
};

/* The same for the workload's own keys. False: it made no event, for the reason that its error gives. */
MUST_USE bool spread_of_sample(const struct spread_sample *sample, sink_t *sink, size_t count,
                               double *shares);

#endif
