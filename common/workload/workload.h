/*
 * workload - what the events are: the contract, and how the plan's workload is made.
 *
 * A workload makes one event at a time for one sensor of one user. The wall time is an argument, randomness
 * comes from the seed, nothing is allocated per event. One thread owns it.
 */
#ifndef FRESHET_WORKLOAD_H
#define FRESHET_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/options.h"

enum {
    WORKLOAD_TEXT_MAX = 256 * 1024, /* bytes of a template or scenario */
    WORKLOAD_NAME_MAX = 256,        /* of its file's name, with the NUL */
    WORKLOAD_ERROR_MAX = 512,
};

struct event {
    const char *data; /* borrowed until the next event */
    size_t data_length;
    const char *key; /* partition key; borrowed until the next event */
    size_t key_length;
    bool placed; /* goes where `place` says, whatever its key: Kinesis' ExplicitHashKey, Kafka's partition */
    uint32_t place; /* part of the stream's whole hash range, in 2^-32 */
};

typedef struct workload workload_t; /* each workload's own struct begins with its ops */

struct workload_ops {
    const char *name;
    /* Begin a batch of `user` (any number: the same number is the same user) of up to `count` events at wall
     * time `now_ms`. */
    void (*begin)(workload_t *self, uint64_t user, uint32_t count, int64_t now_ms);
    /* The reading of sensor `sensor` of that user: 0, 1, ... below `count`, in this order. False: it
     * can make no more, for the reason that `error` gives. */
    bool (*next)(workload_t *self, uint32_t sensor, struct event *out);
    /* Where and why `next` failed; borrowed. NULL where it never does. */
    const char *(*error)(const workload_t *self);
    void (*destroy)(workload_t **self_p);
};

struct workload {
    const struct workload_ops *ops;
};

/* Text that describes a workload and travels with the plan. */
enum workload_kind {
    WORKLOAD_SENSOR,   /* the default: no text */
    WORKLOAD_TEMPLATE, /* text with {{...}} in it */
    WORKLOAD_SCENARIO, /* Lua */
};
struct workload_source { /* open data; texts are borrowed */
    enum workload_kind kind;
    const char *name; /* of the file, for errors; "template" where there is none */
    const char *text;
    size_t length;
};

struct workload_setup { /* everything borrowed, for the time of the call */
    const struct workload_source *source;
    const options_t *options; /* of the run: seed, keys, sizes, replay */
    uint64_t seed;
    uint64_t stream; /* tells secondaries with the same seed apart: their place among all */
    uint64_t parts;  /* how many secondaries there are; 0: unknown */
    uint64_t run_id;
};

/* The workload of a plan, or NULL and `error`, which names file, line and column. The caller owns it. */
workload_t *workload_open(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX]);

/* The default reading (design of the sensor sample): one compact JSON object, key = sensorId. `stream` tells
 * secondaries with the same seed apart. The caller owns it. */
workload_t *sensor_new(uint64_t seed, uint64_t stream);

#endif
