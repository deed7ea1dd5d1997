/*
 * workload - what the events are: the contract.
 *
 * A workload makes one event at a time for one sensor of one user. Pure: the wall time is an argument,
 * randomness comes from the seed, nothing is allocated per event. One thread, the engine's.
 */
#ifndef FRESHET_WORKLOAD_H
#define FRESHET_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

struct event {
    const char *data; /* borrowed until the next event */
    size_t data_length;
    const char *key; /* partition key; borrowed until the next event */
    size_t key_length;
};

typedef struct workload workload_t; /* each workload's own struct begins with its ops */

struct workload_ops {
    const char *name;
    /* Begin a batch of `user` (any number: the same number is the same user) at wall time `now_ms`. */
    void (*begin)(workload_t *self, uint64_t user, int64_t now_ms);
    /* The reading of sensor `sensor` (0 .. batch size - 1) of that user. */
    void (*next)(workload_t *self, uint32_t sensor, struct event *out);
    void (*destroy)(workload_t **self_p);
};

struct workload {
    const struct workload_ops *ops;
};

/* The default reading (design of the sensor sample): one compact JSON object, key = sensorId. `stream` tells
 * secondaries with the same seed apart. The caller owns it. */
workload_t *sensor_new(uint64_t seed, uint64_t stream);

#endif
