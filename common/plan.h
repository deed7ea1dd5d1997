/*
 * plan - what one run shall do, made from checked options; and how it is split over secondaries.
 *
 * Pure, open data.
 */
#ifndef FRESHET_PLAN_H
#define FRESHET_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/options.h"
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
    uint64_t users;      /* PLAN_USERS: how many in the end, all secondaries together */
    double spawn_rate;   /* users added per second */
    double rate;         /* PLAN_RATE: events per second, all secondaries together */
    uint32_t batch_size; /* events in a batch, 1..500 */
    struct wait_rule wait;
    uint64_t run_time_us; /* 0: until stopped (or the events are used up) */
    uint64_t events;      /* generate exactly this many; PLAN_EVENTS_UNLIMITED */
    uint64_t stop_timeout_us;
    uint64_t seed; /* 0 while --seed is not given: the primary then draws one and sends it as the option */
};

/* A number of events and no word on the pace (no rate, users or wait time): one user then sends them without
 * a pause, instead of a batch a second. Sets the option, so that secondaries and reports know. */
void plan_hurry(options_t *options);

/* Make the plan; on contradictions (--rate with --users, no target): false, `error` names the options. */
MUST_USE bool plan_from_options(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX]);

/* "1s", "0.5s-2s", "pacing:1s". */
MUST_USE bool plan_parse_wait(const char *text, struct wait_rule *out);

/* Share of `total` whole things for part `index` of `parts`: all shares sum to total, none differ by more
 * than 1. */
uint64_t plan_share(uint64_t total, size_t parts, size_t index);

#endif
