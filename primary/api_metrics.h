/*
 * api_metrics - a snapshot in Prometheus' text format.
 *
 * Pure. freshet_* are ours: one counter a line of the counters list, latencies as histograms in seconds.
 * locust_* are the names that Locust's exporter gave to the world, so that existing boards work.
 */
#ifndef FRESHET_API_METRICS_H
#define FRESHET_API_METRICS_H

#include "common/buffer.h"
#include "common/must.h"
#include "primary/snapshot.h"

/* Appended to `out`; false when it did not fit. */
MUST_USE bool api_metrics(const struct snapshot *snapshot, struct buffer *out);

#endif
