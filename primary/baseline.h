/*
 * baseline - where the books stood when the statistics of a running run were reset.
 *
 * Pure. What is counted from it is what came after: generated starts at what was answered for, so that
 * generated = delivered + failed + unknown + in flight goes on to hold. One thread.
 */
#ifndef FRESHET_BASELINE_H
#define FRESHET_BASELINE_H

#include <stddef.h>
#include <stdint.h>

#include "primary/ledger.h"

struct baseline {
    struct ledger_totals all, phases[PHASE_COUNT];
    uint64_t phase_us[PHASE_COUNT];
    uint64_t *shards; /* owned: events, by the ledger's index */
    size_t shards_count;
    uint64_t *errors; /* owned, likewise */
    size_t errors_count;
};

/* The books as they stand. The caller owns it. */
struct baseline *baseline_new(const ledger_t *ledger, uint64_t now_us);
void baseline_destroy(struct baseline **self_p);

/* Take `before` off `totals`; what went back since (a lost secondary's remainder) stops at zero. */
void baseline_totals(const struct ledger_totals *before, struct ledger_totals *totals);

/* Events of shard or error `index` that came after. `self` NULL: all. */
uint64_t baseline_shard(const struct baseline *self, size_t index, uint64_t events);
uint64_t baseline_error(const struct baseline *self, size_t index, uint64_t events);

#endif
