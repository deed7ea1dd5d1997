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

/* Messages sent more than once, each time counted, over all partitions: those that were put into requests,
 * less those that have left their queue. A message that waits to be sent again counts already. False, `out`
 * unchanged, when the text is no such statistics. */
MUST_USE bool kafka_stats_retried(const char *json, size_t length, uint64_t *out);

#endif
