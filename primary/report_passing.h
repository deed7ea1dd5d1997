/*
 * report_passing - whether a run passed, as text for a terminal and as JUnit XML.
 *
 * Pure.
 */
#ifndef FRESHET_REPORT_PASSING_H
#define FRESHET_REPORT_PASSING_H

#include "common/buffer.h"
#include "common/must.h"
#include "primary/snapshot.h"

/* A line for each threshold; the search's result and table. Appended; nothing where there are none. */
void report_passing_text(const struct snapshot *snapshot, struct buffer *out);

/* One test case for each threshold or condition of the search, and one for the run itself, which fails where
 * the exit code is another than 0 and 3. Appended; false when it did not fit. */
MUST_USE bool report_passing_junit(const struct snapshot *snapshot, struct buffer *out);

#endif
