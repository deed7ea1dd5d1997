/*
 * results - what a run leaves behind: the summary on stdout, --json, --csv, --junit.
 *
 * Checked before a run starts, written when it has ended. One thread.
 */
#ifndef FRESHET_RESULTS_H
#define FRESHET_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/log.h"
#include "common/must.h"
#include "common/options.h"
#include "primary/files.h"
#include "primary/report_csv.h"
#include "primary/snapshot.h"

/* Can every file that was asked for be written? False: `error` names the first that can't. */
MUST_USE bool results_check(const options_t *options, char error[FILES_ERROR_MAX]);

/* Write them all, whatever becomes of one of them. `snapshot` has all points. False when one failed: logged.
 */
MUST_USE bool results_write(const options_t *options, const struct snapshot *snapshot,
                            const struct report_exception *exceptions, size_t exceptions_count, log_t *log);

#endif
