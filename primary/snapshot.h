/*
 * snapshot - a picture of a run at one moment, for everything that shows it: console, reports, dashboard.
 *
 * It owns all that it points to and is never changed after it was made, so any number of threads may read it.
 */
#ifndef FRESHET_SNAPSHOT_H
#define FRESHET_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/target.h"
#include "common/wire.h"
#include "primary/baseline.h"
#include "primary/ledger.h"
#include "primary/roster.h"
#include "primary/run.h"
#include "primary/search.h"
#include "primary/series.h"
#include "primary/stock.h"
#include "primary/threshold.h"
#include "primary/verdict.h"

struct snapshot_shard {
    char *id;
    uint64_t events;
    double predicted; /* share of all events, 0..1, by their keys; negative: not known */
};

struct snapshot_error {
    char *code, *message;
    uint64_t events;
    int64_t first_seen_ms, last_seen_ms;
};

struct snapshot_member {
    struct roster_entry roster;
    struct ledger_member ledger;
    size_t index;
};

/* Latency figures in microseconds of one histogram. */
struct snapshot_latency {
    uint64_t count, min_us, p50_us, p90_us, p95_us, p99_us, p999_us, max_us;
    double mean_us;
};

struct snapshot_phase {
    double duration_s;
    struct counters counters;
    struct snapshot_latency due, service;
};

struct snapshot {
    char version[WIRE_VERSION_MAX];
    struct run run;               /* state, plan, times, what ended it */
    char target[TARGET_TEXT_MAX]; /* canonical text */
    uint64_t now_us;              /* monotonic */
    int64_t wall_ms;
    double elapsed_s; /* since the start, to the end once it has stopped */

    struct ledger_totals totals; /* of the whole run */
    struct snapshot_phase all, phases[PHASE_COUNT];
    const struct snapshot_phase *headline; /* &phases[PHASE_STEADY], or &all when steady has nothing */
    struct histogram headline_due, headline_service;

    double rates[COUNTERS_COUNT]; /* per second, now */
    double delivered_per_s_mean;  /* of the headline phase */
    double delivered_per_s_max;   /* of its series points */
    double asked_per_s;           /* rate model: now, or what was asked last; else 0 */
    double asked_per_s_mean;      /* of the headline phase: an edit may have changed what is asked */
    double achieved_ratio;
    uint64_t lag_us, lag_us_max;
    uint64_t lost_unknown;
    uint64_t users; /* running now */

    struct series_point *points; /* oldest first; all, or the last ones */
    size_t points_count;
    struct snapshot_shard *shards; /* most events first */
    size_t shards_count;
    struct snapshot_error *errors; /* most events first */
    size_t errors_count;
    struct snapshot_member *members; /* whoever took part, or is alive */
    size_t members_count;
    size_t alive, lost; /* secondaries; lost: or without a final report */
    size_t sharing;     /* of the alive: freshet's own that take part in the run */
    struct stock_entry *stock_entries;
    size_t stock_entries_count;
    struct stock_error *stock_errors;
    size_t stock_errors_count;

    bool has_preflight;
    struct wire_preflight preflight;
    struct verdict verdict;
    struct threshold_result thresholds[THRESHOLD_LIST_MAX]; /* of the headline phase */
    size_t thresholds_count;
    struct search *search;        /* NULL: none */
    uint64_t search_remaining_us; /* at most, about */
    const char *search_activity;  /* static */
    int exit_code;                /* as things stand */
};

/* All borrowed, for the time of the call. */
struct snapshot_sources {
    const char *version;
    const struct run *run;
    const roster_t *roster;
    const ledger_t *ledger;
    const series_t *series;
    const stock_t *stock;                    /* NULL: none */
    const struct wire_preflight *preflight;  /* NULL: none */
    const struct baseline *baseline;         /* NULL: count from the start */
    const struct threshold_list *thresholds; /* NULL: none */
    const struct baseline *steady; /* the books when steady began, for errors by code; NULL: not yet */
    const struct search *search;   /* NULL: none */
    uint64_t search_remaining_us;
    const char *search_activity; /* static */
    uint64_t users;              /* running now */
    size_t replaced;             /* secondaries that joined while it ran: they stand in for lost ones */
    uint64_t now_us;
    int64_t wall_ms;
    size_t points_max; /* series points to copy, the last ones; SIZE_MAX: all */
    int exit_code_on_error;
};

/* The caller owns it. */
struct snapshot *snapshot_make(const struct snapshot_sources *sources);
void snapshot_destroy(struct snapshot **self_p);

#endif
