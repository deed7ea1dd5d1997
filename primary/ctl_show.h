/*
 * ctl_show - the run's document as lines for a person.
 *
 * Pure. The document comes from a server: whatever is missing or of another type is shown as a dash.
 */
#ifndef FRESHET_CTL_SHOW_H
#define FRESHET_CTL_SHOW_H

#include <jansson.h>
#include <stdbool.h>

#include "common/buffer.h"
#include "common/must.h"

/* State, load, ledger, verdict, who was refused, and a table of the secondaries. */
void ctl_show_status(const json_t *run, struct buffer *out);

/* Is a run going on, by its state? */
MUST_USE bool ctl_show_busy(const json_t *run);

#endif
