/*
 * travelled - a secondary's options for a run: its own, with what came with the primary's orders on top.
 *
 * The text of a workload comes until the primary knows that this secondary obeys a share of the run, then
 * only its hash. Pure.
 */
#ifndef FRESHET_TRAVELLED_H
#define FRESHET_TRAVELLED_H

#include <stdbool.h>

#include "common/options.h"
#include "common/wire.h"

/* `own` with those of `message` on top, and its workload: where it has none, `own` has a say. `freshet`: the
 * primary is no stock master. `run`: options of the same run until now, where the text must be that is not
 * sent again; or NULL. The caller owns them. NULL: one is no good, or the text is not there or not the one
 * that was sent; `error` says so. */
options_t *travelled_options(const options_t *own, const struct wire_message *message, bool freshet,
                             const options_t *run, char error[OPTIONS_ERROR_MAX]);

#endif
