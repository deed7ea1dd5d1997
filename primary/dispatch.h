/*
 * dispatch - what every secondary shall do at one moment: its share of users, rate and events.
 *
 * Pure. Shares are absolute, so a missed or repeated spawn message changes nothing. With --events N the
 * quotas of the alive ones and the bounds of the lost ones always sum to exactly N: what a secondary is
 * already allowed to generate (its bound) stays its own, and what is left is split evenly on top, in the
 * users model among those that have a user. Where a file is replayed once, each has the events of its own
 * part of the lines: the parts are as at the start for as long as nobody has come or gone.
 *
 * The first allowance is what a secondary needs until its first report is acknowledged, and no more: if it is
 * never heard of again, as much is unknown.
 */
#ifndef FRESHET_DISPATCH_H
#define FRESHET_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/plan.h"

struct dispatch_member {
    bool alive;     /* gets a share; a dead one only counts by its bound */
    bool freshet;   /* a stock peer takes users only, and only without --events */
    uint64_t bound; /* events it may already have generated (ledger_bound), 0 for a new one */
};

struct dispatch_share {
    uint64_t users; /* users model; 0 in the rate model */
    double rate;    /* events/s; -1 in the users model */
    double rate_to; /* where the rate goes; likewise */
    double phase;   /* 0..1 */
    uint64_t quota; /* events in the whole run; PLAN_EVENTS_UNLIMITED */
    uint64_t bound; /* first allowance, at most `quota`, never below the member's bound */
    uint64_t index; /* place among the alive, 0-based */
    uint64_t
        parts; /* how many of them there are; of a file that is replayed once, how many have lines of it */
};

/* Can a peer of this kind take part in a run of this plan? */
bool dispatch_takes(const struct plan *plan, bool freshet);

/* Fill shares[i] for members[i]. `users` and `rate` are what is wanted now of all together (users: from the
 * ramp; events/s now, and where they go in the present line of a shape); `report_us` is the interval of
 * reports; the rest is the plan's. Members that are not alive get an all-zero share whose quota is their
 * bound. Returns how many members take part in the load. */
size_t dispatch(const struct plan *plan, uint64_t users, double rate, double rate_to, uint64_t report_us,
                const struct dispatch_member *members, size_t count, struct dispatch_share *shares);

/* How many of them take part. */
size_t dispatch_parts(const struct plan *plan, const struct dispatch_member *members, size_t count);

#endif
