/*
 * preview - the first events of a run, for those who want to see them before it.
 *
 * Those that the first secondary makes under a rate: batches of --batch-size, of one group of sensors after
 * the other. Wall time is an argument. One thread.
 */
#ifndef FRESHET_PREVIEW_H
#define FRESHET_PREVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"
#include "common/options.h"
#include "common/workload/workload.h"

/* Gets one event after the other, borrowed for the call. False: no more of them. */
typedef bool(preview_event_fn)(void *context, const struct event *event);

/* Give `count` events of the workload of `options` to `each`. False: the workload is no good, or could not
 * make so many; `error` says where and why. */
MUST_USE bool preview_make(const options_t *options, uint64_t count, int64_t now_ms, preview_event_fn *each,
                           void *context, char error[WORKLOAD_ERROR_MAX]);

/* Can the workload of `options` be opened? */
MUST_USE bool preview_check(const options_t *options, char error[WORKLOAD_ERROR_MAX]);

#endif
