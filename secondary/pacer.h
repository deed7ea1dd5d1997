/*
 * pacer - when the batches of an open model are due.
 *
 * Pure, open data. Batch k is due at start + (k + phase) * batch / rate, computed from k each time, so
 * nothing drifts. When behind, batches are released at no more than twice the pace, apart from a burst of
 * PACER_BURST_US of work that evens out the turns of the loop. Time is an argument, in monotonic
 * microseconds.
 */
#ifndef FRESHET_PACER_H
#define FRESHET_PACER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"

#define PACER_NEVER UINT64_MAX

enum {
    PACER_BURST_US = 10000,
    PACER_BATCHES_PER_S = 10, /* smooth within the second: fewer batches than this are made smaller */
};

struct pacer {
    double rate;         /* events per second; 0: paused */
    uint32_t batch_size; /* events in a batch, made small enough for PACER_BATCHES_PER_S */
    double interval_us;  /* between batches */
    double phase;        /* 0..1: part of an interval before the first batch */
    uint64_t start_us;
    uint64_t taken;  /* batches since start_us */
    double limit_us; /* catch-up limit: the theoretical time of the next release at twice the pace */
};

/* Begin a schedule at `now_us`. A shortfall of an earlier one is not chased. */
void pacer_start(struct pacer *self, double rate, uint32_t batch_size, double phase, uint64_t now_us);

/* When the next batch may be released; PACER_NEVER when paused. */
uint64_t pacer_next_us(const struct pacer *self);

/* Take the next batch if it may go now; *due_us_out is when it was due. */
MUST_USE bool pacer_take(struct pacer *self, uint64_t now_us, uint64_t *due_us_out);

/* How long ago the next batch was due; 0 when on time. */
uint64_t pacer_lag_us(const struct pacer *self, uint64_t now_us);

#endif
