/*
 * skew - how far a secondary's wall clock is from ours, and how long a message takes there and back.
 *
 * Pure, open data. Each heartbeat of a secondary that answers one of ours gives a sample as NTP takes them
 * (RFC 5905, section 8): by our monotonic clock we know when ours left and when the answer came, by theirs
 * how long it was held; its wall clock was read in between, within half of the time the way took. Of the last
 * SKEW_KEPT samples the one with the shortest way is the best: queues make ways longer, never shorter.
 * Everything in microseconds.
 */
#ifndef FRESHET_SKEW_H
#define FRESHET_SKEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum { SKEW_KEPT = 8 };

struct skew_sample {
    uint64_t round_trip_us; /* on the way, both ways together */
    int64_t offset_us;      /* their wall clock less ours */
};

struct skew { /* all zero: nothing known */
    struct skew_sample kept[SKEW_KEPT];
    size_t count, next;
};

/* What a heartbeat tells; `echo_us` is of our clock, the others of theirs. */
struct skew_answer {
    uint64_t echo_us, held_us, wall_us;
};

/* Take a sample, and tell which. False when the answer can't be true (from the future, held for longer than
 * it took) or answers nothing: then nothing is changed. */
MUST_USE bool skew_note(struct skew *self, const struct skew_answer *answer, uint64_t now_us,
                        uint64_t wall_us, struct skew_sample *out);

/* The best sample; its error is half of its round trip, rounded up. False: none yet. */
MUST_USE bool skew_best(const struct skew *self, struct skew_sample *out);
uint64_t skew_error_us(const struct skew_sample *sample);

/* The longest round trip among them; 0: none yet. */
uint64_t skew_slowest_us(const struct skew *self);

#endif
