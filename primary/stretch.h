/*
 * stretch - what happened in a stretch of a run, from the books at its beginning and at its end.
 *
 * Pure; time is an argument, in monotonic microseconds. Rates come from the secondaries' own clocks, so that
 * they do not beat with the times at which reports come in. One thread.
 */
#ifndef FRESHET_STRETCH_H
#define FRESHET_STRETCH_H

#include <stddef.h>
#include <stdint.h>

#include "primary/baseline.h"
#include "primary/ledger.h"
#include "primary/threshold.h"

typedef struct stretch stretch_t;

/* It begins now. The caller owns it. */
stretch_t *stretch_new(const ledger_t *ledger, uint64_t now_us);
void stretch_destroy(stretch_t **self_p);

uint64_t stretch_begun_us(const stretch_t *self);

/* What happened since, `asked_per_s` being the mean of what was asked (0: nothing). Events settled in it
 * count, whenever they were sent. The result is the stretch's own, until it is asked again or destroyed. */
const struct threshold_facts *stretch_facts(stretch_t *self, const ledger_t *ledger, double asked_per_s,
                                            uint64_t now_us);

/* The worst lag of the secondaries, now. */
uint64_t stretch_lag_us(const ledger_t *ledger);

/* The errors of `ledger` less those of `from` (NULL: nothing). The caller frees the list; codes are borrowed.
 */
struct threshold_error *stretch_errors(const ledger_t *ledger, const struct baseline *from,
                                       size_t *count_out);

#endif
