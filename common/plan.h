/*
 * plan - what one run shall do, made from checked options; and how it is split over secondaries.
 *
 * Open data. Pure, but that a scenario whose shape is asked for is run to see whether it has one.
 */
#ifndef FRESHET_PLAN_H
#define FRESHET_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/options.h"
#include "common/shape.h"
#include "common/target.h"

enum plan_model { PLAN_USERS, PLAN_RATE };

enum wait_kind {
    WAIT_BETWEEN, /* wait this long after the answer, uniform in [min, max] */
    WAIT_PACING,  /* start a batch every `min`, however long the answer takes (Locust's constant_pacing) */
};

struct wait_rule {
    enum wait_kind kind;
    uint64_t min_us, max_us;
};

#define PLAN_EVENTS_UNLIMITED UINT64_MAX

struct plan {
    struct target target;
    enum plan_model model;
    uint64_t users;    /* PLAN_USERS: how many in the end, all secondaries together; with a shape: its peak */
    double spawn_rate; /* users added per second; no limit to a shape */
    double rate;       /* PLAN_RATE: events per second, all secondaries together; with a shape: its peak */
    struct shape shape;  /* of rate or users over time */
    uint64_t warm_up_us; /* kept out of the headline, after the ramp */
    uint32_t batch_size; /* events in a batch, 1..500 */
    struct wait_rule wait;
    uint64_t
        run_time_us;  /* 0: until stopped (or the events are used up); unsaid, a shape that ends gives it */
    uint64_t events;  /* generate exactly this many; PLAN_EVENTS_UNLIMITED */
    bool replay_once; /* each secondary has its own part of a file's lines, once; they may be fewer */
    uint64_t stop_timeout_us;
    uint64_t seed; /* 0 while --seed is not given: the primary then draws one and sends it as the option */
};

/* Say what was left unsaid, as options, so that secondaries and reports know it: a seed, so that the run can
 * be repeated; and with a number of events (or a file to be sent once) and no word on the pace (no rate,
 * users or wait time) no pause for the one user, instead of a batch a second. */
void plan_complete(options_t *options);

/* The value of --shape that stands for the function shape(t) of a scenario: set, as the scenario's own word,
 * by source_read. The plan's shape is then SHAPE_CALLED, and its function for the caller to set. */
#define PLAN_SHAPE_SCENARIO "scenario"

/* Make the plan; on contradictions (--rate with --users, no target): false, `error` names the options. */
MUST_USE bool plan_from_options(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX]);

/* The same without the target, for a drawing. */
MUST_USE bool plan_load_from_options(const options_t *options, struct plan *out,
                                     char error[OPTIONS_ERROR_MAX]);

/* Change its shape for that of the options (or none), which begins at `base` when it has stages: an edit. */
MUST_USE bool plan_reshape(const options_t *options, double base, struct plan *out,
                           char error[OPTIONS_ERROR_MAX]);

/* "1s", "0.5s-2s", "pacing:1s". */
MUST_USE bool plan_parse_wait(const char *text, struct wait_rule *out);

/* Share of `total` whole things for part `index` of `parts`: all shares sum to total, none differ by more
 * than 1. */
uint64_t plan_share(uint64_t total, size_t parts, size_t index);

#endif
