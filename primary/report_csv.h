/*
 * report_csv - a run's results as Locust's four CSV files: same names, same columns, ours after them.
 *
 * Pure. Requests are requests here; events have columns of their own. Times in ms with decimals. Fields with
 * a comma, quote or line break are quoted (RFC 4180), rows end with CR LF as Python's csv module writes them.
 * Each function appends to `out` and returns false when it did not fit.
 */
#ifndef FRESHET_REPORT_CSV_H
#define FRESHET_REPORT_CSV_H

#include "common/buffer.h"
#include "common/must.h"
#include "primary/snapshot.h"

/* PREFIX_stats.csv */
MUST_USE bool report_csv_stats(const struct snapshot *snapshot, struct buffer *out);

/* PREFIX_stats_history.csv: the header; then the rows of one point (Aggregated, and before it one a row of
 * the stats table with `full`). Append the rows of each new point, or of all points at the end. */
MUST_USE bool report_csv_history_header(struct buffer *out);
MUST_USE bool report_csv_history_point(const struct snapshot *snapshot, const struct series_point *point,
                                       bool full, struct buffer *out);
/* Header and all points in the snapshot. */
MUST_USE bool report_csv_history(const struct snapshot *snapshot, bool full, struct buffer *out);

/* PREFIX_failures.csv */
MUST_USE bool report_csv_failures(const struct snapshot *snapshot, struct buffer *out);

/* PREFIX_exceptions.csv. One row an exception that secondaries reported. */
struct report_exception {
    uint64_t count;
    const char *message, *traceback, *nodes; /* borrowed */
};
MUST_USE bool report_csv_exceptions(const struct report_exception *exceptions, size_t count,
                                    struct buffer *out);

#endif
