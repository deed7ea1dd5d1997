/*
 * run_fixture - one small run, worked out by hand: 2 secondaries deliver 500 events each in the one steady
 * second of a rate run of 1,000/s; 4 more fail. Ended and closed. For the tests of what shows a run.
 */
#ifndef FRESHET_RUN_FIXTURE_H
#define FRESHET_RUN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/mem.h"
#include "primary/snapshot.h"

#define SECOND UINT64_C(1000000)

struct fixture {
    struct plan plan;
    struct run run;
    roster_t *roster;
    ledger_t *ledger;
    series_t *series;
    stock_t *stock;
    struct snapshot *snapshot;
};

/* 2 secondaries deliver 500 events each in the one steady second of a rate run of 1,000/s; 4 more fail. */
static void book(struct fixture *f)
{
    struct wire_shard shards[2] = {{"shard-0", 300}, {"shard-1", 200}};
    struct wire_error errors[1] = {{"InternalFailure", (char[]){"said \"no\", twice"}, 2}};
    struct histogram due;
    histogram_init(&due);
    histogram_record(&due, 1000, 499);
    histogram_record(&due, 250000, 1);
    for (size_t i = 0; i < 2; i++) {
        size_t index;
        assert_int_equal(roster_join(f->roster, i == 0 ? "host_a" : "host_b", "0.1.0", true, 1, &index),
                         ROSTER_JOINED);
        ledger_share(f->ledger, index, 1, PLAN_EVENTS_UNLIMITED, 10000);
        struct wire_report report = {.run_id = 1,
                                     .epoch = 1,
                                     .sequence = 1,
                                     .final = true,
                                     .bound = 20000,
                                     .elapsed_us = SECOND,
                                     .cpu_us = SECOND / 2,
                                     .lag_us_max = 1500,
                                     .due = &due,
                                     .service = &due,
                                     .shards = shards,
                                     .shards_count = 2,
                                     .errors = errors,
                                     .errors_count = 1,
                                     .counters = {.generated = 502,
                                                  .delivered = 500,
                                                  .failed = 2,
                                                  .requests_sent = 4,
                                                  .requests_succeeded = 3,
                                                  .requests_failed = 1,
                                                  .payload_bytes = 58500,
                                                  .wire_bytes = 100000}};
        assert_int_equal(ledger_report(f->ledger, index, &report, 2 * SECOND, 1700000001000, NULL),
                         LEDGER_TAKEN);
    }
}

static void add_point(struct fixture *f)
{
    double rates[COUNTERS_COUNT] = {0};
    rates[counters_find("delivered", 9)] = 1000;
    struct series_sample sample = {.now_us = 2 * SECOND,
                                   .wall_ms = 1700000001000,
                                   .phase = PHASE_STEADY,
                                   .asked_per_s = 1000,
                                   .secondaries = 2,
                                   .rates = rates,
                                   .reported = ledger_reported(f->ledger)};
    series_add(f->series, &sample);
}

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    char error[OPTIONS_ERROR_MAX];
    assert_true(target_parse("DemoStream", &f->plan.target, error, sizeof error));
    f->plan.model = PLAN_RATE;
    f->plan.rate = 1000;
    f->plan.batch_size = 500;
    f->plan.run_time_us = SECOND;
    f->plan.events = PLAN_EVENTS_UNLIMITED;
    f->roster = roster_new(8, ROSTER_SILENCE_US);
    f->ledger = ledger_new(8);
    f->series = series_new(SERIES_POINTS_MAX);
    f->stock = stock_new();
    run_init(&f->run, &f->plan);
    assert_int_equal(run_start(&f->run, 1, SECOND, 1700000000000), RUN_DISPATCH);
    ledger_begin(f->ledger, 1, f->plan.events, SECOND);
    series_begin(f->series, SECOND);
    struct run_facts facts = {.alive = 2, .obeying = 2};
    assert_int_equal(run_tick(&f->run, &facts, SECOND, 0), RUN_PHASE);
    ledger_phase(f->ledger, PHASE_STEADY, SECOND);
    ledger_rate(f->ledger, 1000, SECOND);
    book(f);
    add_point(f);
    assert_int_equal(run_tick(&f->run, &facts, 2 * SECOND, 0), RUN_STOP | RUN_PHASE);
    ledger_phase(f->ledger, PHASE_DRAIN, 2 * SECOND);
    facts.final = 2;
    assert_int_equal(run_tick(&f->run, &facts, 2 * SECOND, 1700000001000), RUN_CLOSE);
    ledger_close(f->ledger, 2 * SECOND);
    struct snapshot_sources sources = {.version = "0.1.0",
                                       .run = &f->run,
                                       .roster = f->roster,
                                       .ledger = f->ledger,
                                       .series = f->series,
                                       .stock = f->stock,
                                       .now_us = 3 * SECOND,
                                       .wall_ms = 1700000002000,
                                       .points_max = SIZE_MAX,
                                       .exit_code_on_error = 1};
    f->snapshot = snapshot_make(&sources);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    snapshot_destroy(&f->snapshot);
    snapshot_destroy(&f->snapshot);
    stock_destroy(&f->stock);
    series_destroy(&f->series);
    ledger_destroy(&f->ledger);
    roster_destroy(&f->roster);
    free(f);
    return 0;
}

#endif
