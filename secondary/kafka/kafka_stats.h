/*
 * kafka_stats - what librdkafka's statistics tell of sending again.
 *
 * Pure. The statistics are cumulative since the client began.
 */
#ifndef FRESHET_KAFKA_STATS_H
#define FRESHET_KAFKA_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

struct kafka_stats {
    uint64_t sent;    /* messages put into requests, again counted each time */
    uint64_t retries; /* requests sent again as they were */
};

/* Read the sums over all brokers and partitions. False, `out` unchanged, when the text is no such statistics.
 */
MUST_USE bool kafka_stats_read(const char *json, size_t length, struct kafka_stats *out);

#endif
