/*
 * kafka_cluster - librdkafka's built-in mock cluster, made to stand by itself: other processes can use it,
 * its counts can be read, its answers spoilt.
 *
 * It keeps at most 100,000 messages (5 MiB) a partition and forgets the oldest; counts go on. Any thread, one
 * at a time.
 */
#ifndef FRESHET_KAFKA_CLUSTER_H
#define FRESHET_KAFKA_CLUSTER_H

#include <jansson.h>
#include <stdbool.h>

#include "common/must.h"

enum { KAFKA_CLUSTER_ERROR_MAX = 512 };

struct kafka_cluster_setup {
    int brokers, partitions;
    int answer_ms;     /* how long each answer takes */
    const char *topic; /* made at the start; others are made on first use */
};

typedef struct kafka_cluster kafka_cluster_t;

/* NULL on failure: `error` says why. The caller owns it. */
kafka_cluster_t *kafka_cluster_new(const struct kafka_cluster_setup *setup,
                                   char error[KAFKA_CLUSTER_ERROR_MAX]);
void kafka_cluster_destroy(kafka_cluster_t **self_p);

/* "127.0.0.1:port,...": borrowed. */
const char *kafka_cluster_brokers(const kafka_cluster_t *self);

/* {"records":N,"shards":{"partition-0000":N}}: what the topic's partitions have taken. NULL: no answer. The
 * caller owns it. */
json_t *kafka_cluster_counts(kafka_cluster_t *self);

/* Answer the next `count` requests to produce with an error, as "NOT_ENOUGH_REPLICAS". False: no such error.
 */
MUST_USE bool kafka_cluster_spoil(kafka_cluster_t *self, const char *error_name, size_t count);

#endif
