/*
 * samples - a few events as an example of what a run would send, and how long they are.
 */
#ifndef FRESHET_SAMPLES_H
#define FRESHET_SAMPLES_H

#include "common/must.h"
#include "common/options.h"
#include "common/wire.h"
#include "common/workload/workload.h"

/* Fill *out, all zero before, with WIRE_SAMPLES_MAX events as `options` make them, and say that all is well;
 * or that it is not, with code BadOption and the workload's words. The caller frees it with
 * wire_preflight_fini. */
void samples_make(const options_t *options, struct wire_preflight *out);

/* Mean size of an event, data and key. False: the workload of `options` makes none, `error` says why. */
MUST_USE bool samples_event_bytes(const options_t *options, double *out, char error[WORKLOAD_ERROR_MAX]);

#endif
