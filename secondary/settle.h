/*
 * settle - from the verdicts on a batch to the books: delivered, failed, unknown, or once more.
 *
 * Pure. Every event enters `events_out` when it is generated and leaves it here exactly once. One thread;
 * time is an argument.
 */
#ifndef FRESHET_SETTLE_H
#define FRESHET_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secondary/batch.h"
#include "secondary/retry.h"
#include "secondary/stock.h"
#include "secondary/tally.h"

struct settle { /* everything borrowed */
    tally_t *tally;
    struct stock *stock;
    retry_t *retry;
    uint64_t retries_max;
    uint64_t events_out; /* generated and not settled yet */
    uint64_t answers;    /* batches given back by the sink */
    double unix_s;       /* wall time of this turn */
    bool stopping_hard;  /* the stop timeout has struck: nothing is sent again */
};

enum settled {
    SETTLED_DONE,  /* every event has its verdict: the batch is free */
    SETTLED_WAITS, /* in the retry room */
};

/* A batch that the sink gave back, or refused (`sent` false). */
MUST_USE enum settled settle_batch(struct settle *self, struct batch *batch, bool sent, uint64_t now_us);

/* Give up all events of a batch that was not sent again in time. */
void settle_give_up(struct settle *self, struct batch *batch, uint64_t now_us);

/* must() on generated = delivered + failed + unknown + out. */
void settle_check(const struct settle *self);

#endif
