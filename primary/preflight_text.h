/*
 * preflight_text - what a target said before the run, in words, and whether the plan asks more than it takes.
 *
 * Pure.
 */
#ifndef FRESHET_PREFLIGHT_TEXT_H
#define FRESHET_PREFLIGHT_TEXT_H

#include <stdbool.h>

#include "common/must.h"
#include "common/plan.h"
#include "common/wire.h"

enum { PREFLIGHT_TEXT_MAX = 1024 };

/* "DemoStream: PROVISIONED, 4 shards, 4,000 events/s and 4.2 MB/s write capacity, eu-central-1". False: the
 * target has nothing to tell (null://). */
MUST_USE bool preflight_text_facts(const struct wire_preflight *preflight, const struct plan *plan,
                                   char out[PREFLIGHT_TEXT_MAX]);

/* Events per second that the plan asks for at its height; 0: as many as the answers allow. */
double preflight_text_asked(const struct plan *plan);

/* True, and a sentence, when the plan asks more than the capacity. */
MUST_USE bool preflight_text_warning(const struct wire_preflight *preflight, const struct plan *plan,
                                     char out[PREFLIGHT_TEXT_MAX]);

/* True, and a sentence, when the shard that gets most events by their keys gets more than it takes, because
 * they are spread unevenly. */
MUST_USE bool preflight_text_keys(const struct wire_preflight *preflight, const struct plan *plan,
                                  char out[PREFLIGHT_TEXT_MAX]);

#endif
