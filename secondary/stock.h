/*
 * stock - the part of a report that a stock Locust master reads: requests, and what changed since the last
 * one.
 *
 * Pure. A request is a batch that is settled for good, its retries included; its response time runs from the
 * due time. Fixed size. One thread.
 */
#ifndef FRESHET_STOCK_H
#define FRESHET_STOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"
#include "secondary/tally.h"

enum {
    STOCK_TIMES = 701,  /* response times by Locust's rounding, up to 431 s */
    STOCK_SECONDS = 16, /* seconds told apart in one report */
};

struct stock {
    uint64_t requests, failures;
    double total_ms, max_ms, min_ms;
    uint64_t bytes;
    double start_time, last_time; /* Unix seconds */
    uint64_t times[STOCK_TIMES];  /* by place of the rounded time */
    struct wire_pair seconds[STOCK_SECONDS], failed_seconds[STOCK_SECONDS];
    size_t seconds_count, failed_seconds_count;
    uint64_t errors_told[TALLY_ERRORS_MAX]; /* events of each error kind in reports so far */
    /* What stock_fill lends to the message: */
    struct wire_entry entry;
    struct wire_pair pairs[STOCK_TIMES];
    struct wire_failure failures_list[TALLY_ERRORS_MAX];
    char texts[TALLY_ERRORS_MAX][TALLY_CODE_MAX + TALLY_MESSAGE_MAX + 2];
};

/* A new run begins at this Unix time. */
void stock_clear(struct stock *self, double unix_s);

void stock_request(struct stock *self, uint64_t response_us, bool failed, uint64_t bytes, double unix_s);

/* Put all since the last stock_restart into `message`, which borrows it until the next call here. Nothing is
 * forgotten yet. `method` and `name` label the entry. */
void stock_fill(struct stock *self, const tally_t *tally, const char *method, const char *name,
                struct wire_message *message);

/* What was filled has been sent: begin the next interval. */
void stock_restart(struct stock *self, const tally_t *tally, double unix_s);

#endif
