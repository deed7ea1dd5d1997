/*
 * kafka_fragment - an event as it lies in a batch's arena, where librdkafka reads it.
 *
 * The key's length and the partition in 4 bytes each, the data, the key. Pure.
 */
#ifndef FRESHET_KAFKA_FRAGMENT_H
#define FRESHET_KAFKA_FRAGMENT_H

#include <librdkafka/rdkafka.h>

#include <stdbool.h>
#include <stdint.h>

#include "common/workload/workload.h"
#include "secondary/batch.h"

/* Append an event; of a topic with `partitions` (0: not known) one with a place goes to that of them, others
 * by their keys. False: it does not fit. */
bool kafka_fragment_append(struct batch *batch, const struct event *event, int32_t partitions);

/* Event `event` of the batch as a message; its mark is left to the caller. Borrowed from the batch. */
void kafka_fragment_read(const struct batch *batch, uint32_t event, rd_kafka_message_t *out);

#endif
