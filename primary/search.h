/*
 * search - for the highest rate that a target takes while conditions hold.
 *
 * Pure: measurements of holds go in, the next rate comes out. From `from` the rate is doubled until a hold
 * fails; between the last that held and the first that failed it is narrowed down to 5 %; the rate found is
 * held twice as long to confirm it, and lowered until that holds (then narrowed down to 10 %). A failure is
 * believed when the same rate fails twice in a row. A hold has failed when a condition is not met, when less
 * than 95 % of what was asked was delivered, when the lag grew by 5 % of the time, or when events failed or
 * ended unknown, unless a condition speaks of those. Rates are events/s. One thread.
 */
#ifndef FRESHET_SEARCH_H
#define FRESHET_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "primary/threshold.h"
#include "primary/verdict.h"

enum { SEARCH_STEPS_MAX = 256, SEARCH_WHY_MAX = 192 };

enum search_state {
    SEARCH_RAISING,
    SEARCH_BISECTING,
    SEARCH_CONFIRMING,
    SEARCH_FOUND,
    SEARCH_NONE,    /* not even `from` held */
    SEARCH_STOPPED, /* the run ended before the search was through */
};

struct search_plan {
    double from, to; /* from <= to */
    uint64_t hold_us;
    struct threshold_list conditions;
};

/* One hold. Open data. */
struct search_step {
    double at_s; /* of the run, when the hold began */
    double seconds;
    double rate; /* asked */
    bool confirming;
    double delivered_per_s, achieved;
    bool timed; /* there are latencies */
    uint64_t p50_us, p99_us;
    double throttled_share, failed_share;
    bool held;
    bool throttled;           /* the first condition that is not met is on throttling */
    char why[SEARCH_WHY_MAX]; /* not held; "" when it was */
};

struct search {
    struct search_plan plan;
    enum search_state state;
    double rate;         /* to hold next, or held last */
    bool again;          /* it failed once: not believed yet */
    double held, failed; /* the bracket: highest that held, lowest above it that failed; 0: none */
    double limit_per_s;  /* delivered when `failed` was asked */
    unsigned lowered;    /* times that a confirmation failed */
    double sure;         /* highest that was confirmed so far; 0: none */
    double found;        /* 0: nothing */
    struct search_step steps[SEARCH_STEPS_MAX];
    size_t steps_count;
    char stopped_by[SEARCH_WHY_MAX + 64]; /* once over: what stopped it */
    struct verdict verdict; /* of the hold that set `failed`; empty: nothing to add to `stopped_by` */
};

void search_init(struct search *self, const struct search_plan *plan);

/* How long the next hold takes. */
uint64_t search_hold_us(const struct search *self);

/* Whether a hold at `step->rate` (set, with at_s, seconds and confirming) held, from what happened in it and
 * by how much the lag grew; fills the rest of *step. */
void search_judge(const struct search_plan *plan, const struct threshold_facts *facts, uint64_t lag_grown_us,
                  struct search_step *step);

/* The hold at self->rate has ended so. `verdict` is of its time. Afterwards self->rate is to be held next, or
 * the search is over. */
void search_note(struct search *self, const struct search_step *step, const struct verdict *verdict);

/* The run ends before it was through; nothing when it was. */
void search_stop(struct search *self);

bool search_over(const struct search *self);

/* Time that it may still take, when each hold needs `settle_us` more; an estimate on the high side. */
uint64_t search_remaining_us(const struct search *self, uint64_t settle_us);

/* "raising", "bisecting", "confirming", "found", "none", "stopped". */
const char *search_state_name(enum search_state state);

#endif
