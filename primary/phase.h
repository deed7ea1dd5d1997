/*
 * phase - the parts of a run whose totals are kept apart.
 *
 * Ramp: until the last user was added, or until every secondary obeys its first share of a rate or shape.
 * Warm-up: for as long as asked. Steady: until the stop is ordered. Drain: until the last answer. Headline
 * numbers look at steady.
 */
#ifndef FRESHET_PHASE_H
#define FRESHET_PHASE_H

#include <stddef.h>
#include <stdint.h>

enum phase { PHASE_RAMP, PHASE_WARM_UP, PHASE_STEADY, PHASE_DRAIN, PHASE_COUNT };

/* "ramp", "warm_up", "steady" or "drain". */
const char *phase_name(enum phase phase);

/* As the history keeps it, and back; a number that is none is PHASE_STEADY. */
uint64_t phase_code(enum phase phase);
enum phase phase_of_code(uint64_t code);

#endif
