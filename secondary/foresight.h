/*
 * foresight - what can be told of a run's events before they are sent: how many there are, and how they will
 * spread over the target's shards.
 */
#ifndef FRESHET_FORESIGHT_H
#define FRESHET_FORESIGHT_H

#include <stdbool.h>

#include "common/must.h"
#include "common/options.h"
#include "common/wire.h"
#include "secondary/sink.h"

/* Fill events and predicted of *out, the answer of a sink whose preflight was good, for a run with these
 * options. False: the workload makes no such events; *out is then no good either, with code BadOption and its
 * words. */
MUST_USE bool foresight_fill(const options_t *options, sink_t *sink, struct wire_preflight *out);

/* Do events of these options go to a place, whatever their keys? Then a sink needs its preflight. */
bool foresight_placed(const options_t *options);

#endif
