/*
 * window - how many batches may be in flight.
 *
 * Pure, open data. Starts small and grows by half when due work was held back for a whole interval; a raise
 * stays only if deliveries then rose by more than 3 % (or nothing is held back any more): connections beyond
 * what the target needs cost cache, a measured fact. An interval lasts WINDOW_INTERVAL_US and until the whole
 * window has been answered once, so that slow targets are judged fairly too. Time is an argument.
 */
#ifndef FRESHET_WINDOW_H
#define FRESHET_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WINDOW_FIRST = 4,
    WINDOW_INTERVAL_US = 80000,
    WINDOW_INTERVAL_US_MAX = 2000000, /* an interval ends by now, whatever was answered */
    WINDOW_HOLD_US = 4000000,         /* no new attempt for so long after a raise that did not pay */
};

enum window_phase {
    WINDOW_STEADY,
    WINDOW_SETTLING, /* just raised: what is in flight is still of the old size */
    WINDOW_PROBING,  /* measuring the raise */
};

struct window {
    uint32_t now, max;
    enum window_phase phase;
    uint32_t before;       /* size before the raise on trial */
    double rate_before;    /* deliveries per microsecond before it */
    uint64_t hold_us;      /* no raise before this */
    uint64_t begin_us;     /* of this interval; 0: not begun */
    uint64_t begin_events; /* delivered at its begin */
    uint64_t begin_answers;
    bool held; /* due work was held back at every turn of this interval */
};

/* `adaptive` false: the window is the maximum. */
void window_init(struct window *self, uint32_t max, bool adaptive);

/* One turn of the loop: totals of delivered events and answered batches, and whether due work is held back by
 * the window right now. */
void window_turn(struct window *self, uint64_t now_us, uint64_t delivered, uint64_t answers, bool held);

#endif
