/*
 * report_hlog - latencies in HdrHistogram's text log format, version 1.3, for its own tools.
 *
 * Pure. Our buckets are those of an HdrHistogram of two significant digits from 1 to 2^36 - 1 microseconds,
 * so nothing is lost. Encoded as V2, deflated, base64. The line without a tag counts from the due time, the
 * one tagged `service` from the sending.
 */
#ifndef FRESHET_REPORT_HLOG_H
#define FRESHET_REPORT_HLOG_H

#include <stdint.h>

#include "common/buffer.h"
#include "common/histogram.h"
#include "common/must.h"

/* Appended to `out`; false when it did not fit. */
MUST_USE bool report_hlog(const struct histogram *due, const struct histogram *service, int64_t started_ms,
                          double duration_s, struct buffer *out);

#endif
