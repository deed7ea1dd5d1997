/*
 * kafka_preflight - is the topic there, and may we write to it: asked before the first event.
 *
 * Blocks for at most about KAFKA_PREFLIGHT_MS. One thread: the one that serves the client's events meanwhile.
 */
#ifndef FRESHET_KAFKA_PREFLIGHT_H
#define FRESHET_KAFKA_PREFLIGHT_H

#include <librdkafka/rdkafka.h>

#include <stdbool.h>

#include "common/wire.h"
#include "secondary/kafka/kafka_config.h"

enum { KAFKA_PREFLIGHT_MS = 8000 };

/* What the client said last of its brokers, kept by the sink's error callback. */
struct kafka_trouble {
    rd_kafka_resp_err_t err; /* 0: nothing yet */
    bool final;              /* trying again won't help: a wrong password, a certificate not trusted */
    char words[512];
};

/* Asks the cluster. False: `out` has code and message. `trouble` is written by rd_kafka_poll meanwhile. */
bool kafka_preflight(rd_kafka_t *client, rd_kafka_topic_t *topic, const struct kafka_topic_wish *wish,
                     const struct kafka_trouble *trouble, struct wire_preflight *out);

#endif
