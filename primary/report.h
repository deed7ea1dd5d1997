/*
 * report - a run's results as text for a terminal, and as JSON.
 *
 * Pure. JSON keys are stable (see README); latency_us and events_per_s are of the steady phase (of the whole
 * run when steady has nothing), events are of the whole run. report_csv.h has the CSV files.
 */
#ifndef FRESHET_REPORT_H
#define FRESHET_REPORT_H

#include "common/buffer.h"
#include "common/must.h"
#include "primary/snapshot.h"

/* The summary table at the end of a run, verdict first. Appended to `out`; false when it did not fit. */
MUST_USE bool report_text(const struct snapshot *snapshot, struct buffer *out);

/* One JSON object and a newline, appended to `out`; false when it did not fit. */
MUST_USE bool report_json(const struct snapshot *snapshot, struct buffer *out);

/* What Locust calls type and name of a request: "PutRecords", "DemoStream". Borrowed from the snapshot. */
const char *report_request_type(const struct snapshot *snapshot);
const char *report_request_name(const struct snapshot *snapshot);

#endif
