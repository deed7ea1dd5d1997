/*
 * phase - the parts of a run whose totals are kept apart.
 *
 * Ramp: until the last user was added, or until every secondary obeys its share of the rate. Steady: until
 * the stop is ordered. Drain: until the last answer. Headline numbers look at steady.
 */
#ifndef FRESHET_PHASE_H
#define FRESHET_PHASE_H

enum phase { PHASE_RAMP, PHASE_STEADY, PHASE_DRAIN, PHASE_COUNT };

/* "ramp", "steady" or "drain". */
const char *phase_name(enum phase phase);

#endif
