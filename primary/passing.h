/*
 * passing - what a run must meet, when it is given up early, and whether it searches for the limit: the
 * options of the groups Passing and Capacity, read and checked together.
 *
 * Pure, open data.
 */
#ifndef FRESHET_PASSING_H
#define FRESHET_PASSING_H

#include <stdbool.h>

#include "common/must.h"
#include "common/options.h"
#include "common/plan.h"
#include "primary/search.h"
#include "primary/threshold.h"
#include "primary/tripwire.h"

struct passing {
    struct threshold_list thresholds;
    struct tripwire tripwire;
    bool searches; /* then `search` says what for, and there are no thresholds and tripwires */
    struct search_plan search;
};

/* Does --find-capacity set the rate? Not when a stronger source asks for a load: a flag over a variable. */
bool passing_searches(const options_t *options);

/* Read them for a run of *plan, which gets the rate model when it searches. False: `error` begins with the
 * option it is about. */
MUST_USE bool passing_read(const options_t *options, struct plan *plan, struct passing *out,
                           char error[OPTIONS_ERROR_MAX]);

/* The same for a run that is about to start: what needs a rate has one. */
MUST_USE bool passing_check(const options_t *options, struct plan *plan, char error[OPTIONS_ERROR_MAX]);

#endif
