/*
 * predicted - the part of the events that each shard was expected to get, as the preflight foretold it.
 *
 * Pure. `preflight` may be NULL: nothing is known.
 */
#ifndef FRESHET_PREDICTED_H
#define FRESHET_PREDICTED_H

#include <jansson.h>

#include "common/wire.h"

/* 0..1; negative: not known. */
double predicted_share(const struct wire_preflight *preflight, const char *id);

/* A share as JSON: null where it is not known. The caller gives the reference away, as all of document.h. */
json_t *predicted_number(double share);

/* [{"id": ..., "predicted": ...}], the largest `max` first; null where nothing is known. */
json_t *predicted_document(const struct wire_preflight *preflight, size_t max);

#endif
