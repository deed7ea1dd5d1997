/*
 * samples - a few events as an example of what a run would send.
 */
#ifndef FRESHET_SAMPLES_H
#define FRESHET_SAMPLES_H

#include "common/options.h"
#include "common/wire.h"

/* Fill *out, all zero before, with WIRE_SAMPLES_MAX events as `options` make them; out->ok becomes true. The
 * caller frees it with wire_preflight_fini. */
void samples_make(const options_t *options, struct wire_preflight *out);

#endif
