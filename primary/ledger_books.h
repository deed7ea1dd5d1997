/*
 * ledger_books - the inside of the ledger, shared by ledger.c (births, phases, bounds), ledger_report.c
 * (merging) and ledger_view.c (reading). Nobody else includes it.
 */
#ifndef FRESHET_LEDGER_BOOKS_H
#define FRESHET_LEDGER_BOOKS_H

#include "primary/ledger.h"
#include "primary/names.h"

#define RATE_SPAN_US_FIRST UINT64_C(100000)    /* a first rate over less time than this says little */
#define RATE_SPAN_US_MIN   UINT64_C(950000)    /* later ones: about a second, or they beat with the batches */
#define RATE_AGE_US_MAX    UINT64_C(3000000)   /* a rate not heard of for longer no longer holds */
#define COUNTER_MAX        (UINT64_C(1) << 56) /* beyond belief, and sums of many still fit 64 bits */

struct counts { /* by number of a name */
    uint64_t *values;
    size_t count;
};

struct member {
    struct ledger_member view;
    struct histogram *due, *service; /* of the last report; NULL before the first */
    struct counts shards, errors;
    uint64_t promised;             /* bound of the last report, not allowed until acknowledged */
    uint64_t acknowledged;         /* last sequence handed out for an answer */
    uint64_t quota_epoch;          /* it knows its present quota once it obeys this epoch */
    enum phase lost_phase;         /* where its remainder counts */
    uint64_t generated_until_us;   /* when its last new events were generated, as far as known */
    struct counters rate_counters; /* what the rates were last taken from */
    uint64_t rate_elapsed_us, rate_cpu_us, rate_busy_us;
    uint64_t marked_us; /* the ledger's mark that `marked` is of */
    struct counters marked;
};

struct error_times {
    int64_t first_ms, last_ms;
};

struct ledger {
    size_t capacity, count, size; /* members: possible, in use, allocated */
    struct member *members;
    uint64_t run_id, events;
    enum phase phase;
    uint64_t phase_us[PHASE_COUNT]; /* when each began */
    bool phase_seen[PHASE_COUNT];
    uint64_t closed_us;
    struct ledger_totals reported, phases[PHASE_COUNT];
    uint64_t lost_generated[PHASE_COUNT], lost_unknown[PHASE_COUNT];
    double asked;           /* events asked up to asked_us */
    struct shape_line rate; /* events/s since */
    uint64_t asked_us;
    double
        due_in_drain; /* events in requests under way when the drain began: answered there, due in steady */
    uint64_t mark_us; /* 0: none */
    names_t *shard_names, *error_names;
    struct counts shards, errors, scratch_shards, scratch_errors;
    struct error_times *times;
    size_t times_count;
    struct histogram due_difference, service_difference;
};

/* Grow to `count` values, the new ones 0. */
void ledger_counts_grow(struct counts *self, size_t count);

/* The member, new ones made. */
struct member *ledger_member_at(ledger_t *self, size_t index);

/* Take its remainder out of `unknown` again. */
void ledger_resolve(ledger_t *self, struct member *member);

#endif
