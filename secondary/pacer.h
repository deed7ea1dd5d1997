/*
 * pacer - when the batches of an open model are due.
 *
 * Pure, open data. The rate goes in straight lines. Events are counted along them: a batch is due when as
 * many are due as were taken before it (and `phase` of its own). That is worked out from the line's beginning
 * each time, so nothing drifts, and at a bend no part of a batch is lost. What is left undone at a bend stays
 * due when it was. When behind, the schedule is run through at no more than twice its speed, apart from a
 * burst of PACER_BURST_US of work that evens out the turns of the loop. Time is an argument, in monotonic
 * microseconds.
 */
#ifndef FRESHET_PACER_H
#define FRESHET_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/shape.h"

#define PACER_NEVER UINT64_MAX

enum {
    PACER_BURST_US = 10000,
    PACER_BATCHES_PER_S = 10, /* smooth within the second: fewer batches than this are made smaller */
    PACER_CURVE_BATCHES = 40, /* and fewer than this where the rate follows a curve, second by second */
    PACER_LINES_MAX = 64,     /* past lines with work undone; the oldest are joined when there are more */
};

struct pacer_line {
    struct shape_line rate; /* events per second */
    double before;          /* events due before its beginning */
};

struct pacer {
    struct pacer_line lines[PACER_LINES_MAX + 1]; /* the last one holds now */
    size_t count;
    size_t line;         /* which the next batch is on */
    uint32_t batch_size; /* events in a batch, if no smaller ones are needed */
    double phase;        /* 0..1: part of a batch that is due before it */
    double taken;        /* events */
    uint32_t size;       /* of the next batch */
    uint64_t due_us;     /* when it is due; PACER_NEVER: paused */
    double limit_us;     /* catch-up limit: the theoretical time of the next release at twice the speed */
};

/* Begin a schedule with `rate`, whose beginning is now. A shortfall of an earlier one is not chased. */
void pacer_start(struct pacer *self, const struct shape_line *rate, uint32_t batch_size, double phase);

/* Go on with another rate, whose beginning is now, with what is left undone. */
void pacer_bend(struct pacer *self, const struct shape_line *rate, uint32_t batch_size, double phase);

/* When the next batch may be released; PACER_NEVER when paused. */
uint64_t pacer_next_us(const struct pacer *self);

/* Take the next batch if it may go now: of `size` events as they were before; *due_us_out is when it was due.
 */
MUST_USE bool pacer_take(struct pacer *self, uint64_t now_us, uint64_t *due_us_out);

/* How long ago the next batch was due; 0 when on time. */
uint64_t pacer_lag_us(const struct pacer *self, uint64_t now_us);

#endif
