/* The ledger's stories; every number is worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/plan.h"
#include "primary/ledger.h"

#define SECOND UINT64_C(1000000)

static struct wire_report report_of(uint64_t sequence, uint64_t generated, uint64_t delivered,
                                    uint64_t failed)
{
    return (struct wire_report){
        .run_id = 7,
        .epoch = 1,
        .sequence = sequence,
        .bound = 20000,
        .counters = {.generated = generated, .delivered = delivered, .failed = failed},
        .elapsed_us = sequence * SECOND,
    };
}

static ledger_t *begun(void)
{
    ledger_t *ledger = ledger_new(8);
    ledger_begin(ledger, 7, PLAN_EVENTS_UNLIMITED, 0);
    ledger_share(ledger, 0, 1, PLAN_EVENTS_UNLIMITED, 10000);
    return ledger;
}

static enum ledger_take take(ledger_t *ledger, size_t index, struct wire_report report, uint64_t now_us)
{
    return ledger_report(ledger, index, &report, now_us, 1000, NULL);
}

static void repeated_late_and_foreign_reports_change_nothing(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    assert_int_equal(take(ledger, 0, report_of(2, 500, 400, 10), SECOND), LEDGER_TAKEN);
    assert_int_equal(take(ledger, 0, report_of(2, 500, 400, 10), SECOND), LEDGER_STALE);
    assert_int_equal(take(ledger, 0, report_of(1, 300, 300, 0), SECOND), LEDGER_STALE);
    struct wire_report foreign = report_of(3, 900, 900, 0);
    foreign.run_id = 6;
    assert_int_equal(take(ledger, 0, foreign, SECOND), LEDGER_OTHER_RUN);
    struct counters c = ledger_counters(ledger);
    assert_int_equal(c.generated, 500);
    assert_int_equal(c.delivered, 400);
    assert_int_equal(c.failed, 10);
    assert_int_equal(counters_in_flight(&c), 90);
    ledger_destroy(&ledger);
}

static void inconsistent_reports_are_refused_with_a_reason(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    const char *reason = NULL;
    assert_int_equal(take(ledger, 0, report_of(1, 500, 400, 10), SECOND), LEDGER_TAKEN);
    struct wire_report back = report_of(2, 500, 399, 10);
    assert_int_equal(ledger_report(ledger, 0, &back, SECOND, 0, &reason), LEDGER_INCONSISTENT);
    assert_string_equal(reason, "a counter went back");
    struct wire_report broken = report_of(2, 500, 495, 10);
    assert_int_equal(ledger_report(ledger, 0, &broken, SECOND, 0, &reason), LEDGER_INCONSISTENT);
    assert_string_equal(reason, "more events answered for than generated");
    struct wire_report huge = report_of(2, UINT64_MAX, UINT64_MAX, UINT64_MAX);
    assert_int_equal(take(ledger, 0, huge, SECOND), LEDGER_INCONSISTENT);
    struct wire_report open = report_of(2, 500, 480, 10);
    open.final = true;
    assert_int_equal(take(ledger, 0, open, SECOND), LEDGER_INCONSISTENT);
    assert_int_equal(ledger_counters(ledger).delivered, 400);
    assert_int_equal(take(ledger, 0, report_of(2, 500, 490, 10), 2 * SECOND), LEDGER_TAKEN);
    ledger_destroy(&ledger);
}

static void a_lost_ones_remainder_is_unknown_until_it_returns(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    assert_int_equal(take(ledger, 0, report_of(1, 5000, 4000, 100), SECOND), LEDGER_TAKEN);
    /* Allowed so far: 10,000. Its report promises 20,000, not acknowledged yet. */
    assert_int_equal(ledger_bound(ledger, 0), 10000);
    assert_int_equal(ledger_acknowledge(ledger, 0), 1);
    assert_int_equal(ledger_bound(ledger, 0), 20000);
    ledger_lost(ledger, 0);
    ledger_lost(ledger, 0);
    struct counters c = ledger_counters(ledger);
    assert_int_equal(c.generated, 20000);
    assert_int_equal(c.delivered, 4000);
    assert_int_equal(c.failed, 100);
    assert_int_equal(c.unknown, 15900);
    assert_int_equal(ledger_lost_unknown(ledger), 15900);
    assert_int_equal(ledger_lost_count(ledger), 1);
    ledger_returned(ledger, 0);
    assert_int_equal(ledger_lost_unknown(ledger), 15900);
    assert_int_equal(take(ledger, 0, report_of(2, 7000, 6800, 200), 9 * SECOND), LEDGER_TAKEN);
    c = ledger_counters(ledger);
    assert_int_equal(c.generated, 7000);
    assert_int_equal(c.unknown, 0);
    assert_int_equal(ledger_lost_count(ledger), 0);
    ledger_destroy(&ledger);
}

static void a_returned_ones_promise_waits_for_its_new_quota(void **state)
{
    (void)state;
    ledger_t *ledger = ledger_new(2);
    ledger_begin(ledger, 7, 50000, 0);
    ledger_share(ledger, 0, 1, 50000, 10000);
    assert_int_equal(take(ledger, 0, report_of(1, 9000, 9000, 0), SECOND), LEDGER_TAKEN);
    ledger_lost(ledger, 0); /* 40,000 of its quota go to others */
    ledger_returned(ledger, 0);
    assert_int_equal(take(ledger, 0, report_of(2, 9500, 9500, 0), 9 * SECOND), LEDGER_TAKEN);
    /* It still believes in 50,000 and promises 20,000: to acknowledge would allow it. */
    assert_int_equal(ledger_acknowledge(ledger, 0), 0);
    assert_int_equal(ledger_bound(ledger, 0), 10000);
    ledger_share(ledger, 0, 2, 10000, 10000);
    struct wire_report report = report_of(3, 9500, 9500, 0);
    assert_int_equal(take(ledger, 0, report, 10 * SECOND), LEDGER_TAKEN);
    assert_int_equal(ledger_acknowledge(ledger, 0), 0); /* sent before it knew */
    report = report_of(4, 9600, 9600, 0);
    report.epoch = 2;
    assert_int_equal(take(ledger, 0, report, 11 * SECOND), LEDGER_TAKEN);
    assert_int_equal(ledger_acknowledge(ledger, 0), 4);
    assert_int_equal(ledger_bound(ledger, 0), 10000);
    ledger_destroy(&ledger);
}

static void who_leaves_in_order_is_neither_there_nor_lost(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    ledger_share(ledger, 1, 1, PLAN_EVENTS_UNLIMITED, 10000);
    struct wire_report last = report_of(1, 500, 500, 0);
    last.final = true;
    assert_int_equal(take(ledger, 0, last, SECOND), LEDGER_TAKEN);
    ledger_left(ledger, 0);
    assert_int_equal(ledger_alive_count(ledger), 1);
    assert_int_equal(ledger_final_count(ledger), 0); /* of those that are there */
    assert_int_equal(ledger_lost_count(ledger), 0);
    assert_int_equal(ledger_counters(ledger).unknown, 0);
    ledger_left(ledger, 1); /* without a word */
    assert_int_equal(ledger_alive_count(ledger), 0);
    assert_int_equal(ledger_lost_count(ledger), 1);
    assert_int_equal(ledger_counters(ledger).unknown, 10000);
    ledger_destroy(&ledger);
}

static void whoever_gives_no_final_report_is_named(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    ledger_share(ledger, 1, 1, PLAN_EVENTS_UNLIMITED, 10000);
    struct wire_report final = report_of(1, 300, 300, 0);
    final.final = true;
    assert_int_equal(take(ledger, 0, final, SECOND), LEDGER_TAKEN);
    assert_int_equal(take(ledger, 1, report_of(1, 300, 200, 0), SECOND), LEDGER_TAKEN);
    assert_int_equal(ledger_final_count(ledger), 1);
    ledger_close(ledger, 2 * SECOND);
    assert_false(ledger_member(ledger, 0)->stopped_short);
    assert_true(ledger_member(ledger, 1)->stopped_short);
    assert_int_equal(ledger_counters(ledger).unknown, 9800);
    ledger_destroy(&ledger);
}

static void a_report_across_phases_is_split_by_time(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    ledger_phase(ledger, PHASE_STEADY, SECOND / 4);
    ledger_rate(ledger, 1000, SECOND / 4);
    assert_int_equal(take(ledger, 0, report_of(1, 1000, 1000, 0), SECOND), LEDGER_TAKEN);
    struct ledger_totals totals;
    ledger_phase_totals(ledger, PHASE_RAMP, &totals);
    assert_int_equal(totals.counters.delivered, 250);
    ledger_phase_totals(ledger, PHASE_STEADY, &totals);
    assert_int_equal(totals.counters.delivered, 750);
    assert_float_equal(ledger_asked(ledger, SECOND), 750, 1e-6);
    assert_float_equal(ledger_achieved(ledger, SECOND), 1, 1e-9);
    /* The stop comes half a second later; a report that began before it counts as steady. */
    ledger_phase(ledger, PHASE_DRAIN, SECOND * 3 / 2);
    assert_int_equal(take(ledger, 0, report_of(2, 1200, 1200, 0), 2 * SECOND), LEDGER_TAKEN);
    ledger_phase_totals(ledger, PHASE_STEADY, &totals);
    assert_int_equal(totals.counters.delivered, 950);
    assert_float_equal(ledger_asked(ledger, 9 * SECOND), 1250, 1e-6);
    assert_float_equal(ledger_achieved(ledger, 9 * SECOND), 950.0 / 1250, 1e-9);
    assert_int_equal(ledger_phase_us(ledger, PHASE_STEADY, 9 * SECOND), SECOND * 5 / 4);
    ledger_destroy(&ledger);
}

static void a_warm_up_has_its_own_part(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    ledger_phase(ledger, PHASE_WARM_UP, SECOND / 10);
    ledger_phase(ledger, PHASE_STEADY, SECOND * 4 / 10);
    assert_int_equal(take(ledger, 0, report_of(1, 1000, 999, 0), SECOND), LEDGER_TAKEN);
    struct ledger_totals totals;
    uint64_t delivered[PHASE_COUNT];
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        ledger_phase_totals(ledger, (enum phase)i, &totals);
        delivered[i] = totals.counters.delivered;
    }
    assert_in_range(delivered[PHASE_RAMP], 99, 100);
    assert_in_range(delivered[PHASE_WARM_UP], 299, 300);
    assert_int_equal(delivered[PHASE_RAMP] + delivered[PHASE_WARM_UP] + delivered[PHASE_STEADY], 999);
    assert_int_equal(ledger_phase_us(ledger, PHASE_WARM_UP, SECOND), SECOND * 3 / 10);
    ledger_destroy(&ledger);
    ledger = begun(); /* one that is stopped while it warms up */
    ledger_phase(ledger, PHASE_WARM_UP, SECOND / 2);
    ledger_phase(ledger, PHASE_DRAIN, SECOND);
    assert_int_equal(take(ledger, 0, report_of(1, 1000, 1000, 0), SECOND), LEDGER_TAKEN);
    ledger_phase_totals(ledger, PHASE_WARM_UP, &totals);
    assert_int_equal(totals.counters.delivered, 500);
    assert_int_equal(ledger_phase_us(ledger, PHASE_STEADY, SECOND), 0);
    ledger_destroy(&ledger);
}

static void a_curve_is_asked_by_its_area(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    struct shape_line line = {.from_us = 0, .to_us = 10 * SECOND, .value = 0, .value_to = 1000};
    ledger_curve(ledger, &line, SECOND / 2);
    ledger_phase(ledger, PHASE_STEADY, 2 * SECOND);
    assert_float_equal(ledger_asked(ledger, 2 * SECOND), 0, 1e-6); /* the ramp is not steady */
    assert_float_equal(ledger_asked(ledger, 4 * SECOND), 600, 1e-6);
    assert_float_equal(ledger_asked(ledger, 12 * SECOND), 4800 + 2000, 1e-6);
    line = (struct shape_line){.from_us = 12 * SECOND, .to_us = 13 * SECOND, .value = 1000, .value_to = 0};
    ledger_curve(ledger, &line, 12 * SECOND);
    assert_float_equal(ledger_asked(ledger, 20 * SECOND), 6800 + 500, 1e-6);
    ledger_destroy(&ledger);
}

static void what_was_counted_by_a_moment_lies_between_two_reports(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    ledger_share(ledger, 1, 1, PLAN_EVENTS_UNLIMITED, 10000);
    struct counters counted;
    assert_int_equal(take(ledger, 0, report_of(1, 1000, 1000, 0), SECOND), LEDGER_TAKEN);
    assert_int_equal(take(ledger, 1, report_of(1, 50, 50, 0), SECOND), LEDGER_TAKEN);
    ledger_mark(ledger, SECOND * 3 / 2);
    assert_false(ledger_marked(ledger, &counted));
    assert_int_equal(counted.delivered, 1050);
    assert_int_equal(take(ledger, 0, report_of(2, 3000, 2000, 0), 2 * SECOND), LEDGER_TAKEN);
    assert_false(ledger_marked(ledger, &counted)); /* the other has not spoken since */
    assert_int_equal(counted.delivered, 1550);
    assert_int_equal(counted.generated, 2050);
    assert_int_equal(take(ledger, 0, report_of(3, 5000, 5000, 0), 3 * SECOND), LEDGER_TAKEN);
    assert_int_equal(take(ledger, 1, report_of(2, 150, 150, 0), 2 * SECOND), LEDGER_TAKEN);
    assert_true(ledger_marked(ledger, &counted));
    assert_int_equal(counted.delivered, 1600);
    ledger_destroy(&ledger);
}

static void the_drain_answers_for_requests_under_way_not_for_a_backlog(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    ledger_phase(ledger, PHASE_STEADY, 0);
    ledger_rate(ledger, 1000, 0);
    /* At the stop 600 of 1,000 are delivered, two requests of 100 are under way, 200 wait for a retry. */
    struct wire_report report = report_of(1, 1000, 600, 0);
    report.counters.requests_sent = 10;
    report.batches_in_flight = 2;
    assert_int_equal(take(ledger, 0, report, SECOND), LEDGER_TAKEN);
    ledger_phase(ledger, PHASE_DRAIN, SECOND);
    report = report_of(2, 1000, 750, 0);
    report.counters.requests_sent = 10;
    assert_int_equal(take(ledger, 0, report, 2 * SECOND), LEDGER_TAKEN);
    assert_float_equal(ledger_achieved(ledger, 2 * SECOND), 0.75, 1e-9);
    report = report_of(3, 1000, 1000, 0);
    report.counters.requests_sent = 10;
    assert_int_equal(take(ledger, 0, report, 3 * SECOND), LEDGER_TAKEN);
    assert_float_equal(ledger_achieved(ledger, 3 * SECOND), 0.8, 1e-9);
    ledger_destroy(&ledger);
}

static void nothing_is_asked_once_all_events_are_generated(void **state)
{
    (void)state;
    ledger_t *ledger = ledger_new(2);
    ledger_begin(ledger, 7, 1500, 0);
    ledger_share(ledger, 0, 1, 1500, 1500);
    ledger_phase(ledger, PHASE_STEADY, 0);
    ledger_rate(ledger, 1000, 0);
    assert_int_equal(take(ledger, 0, report_of(1, 1000, 1000, 0), SECOND), LEDGER_TAKEN);
    assert_int_equal(take(ledger, 0, report_of(2, 1500, 1500, 0), 2 * SECOND), LEDGER_TAKEN);
    /* At its pace of 1,000/s the last 500 took half a second. */
    assert_float_equal(ledger_asked(ledger, 5 * SECOND), 1500, 1e-6);
    assert_float_equal(ledger_achieved(ledger, 5 * SECOND), 1, 1e-9);
    ledger_destroy(&ledger);
}

static void shards_errors_and_latencies_are_summed_over_secondaries(void **state)
{
    (void)state;
    ledger_t *ledger = begun();
    struct wire_shard shards[2] = {{"shard-0", 60}, {"shard-1", 40}};
    struct wire_error errors[1] = {{"Throughput", (char[]){"slow down"}, 5}};
    struct histogram due;
    histogram_init(&due);
    histogram_record(&due, 200, 100);
    struct wire_report report = report_of(1, 105, 100, 5);
    report.shards = shards;
    report.shards_count = 2;
    report.errors = errors;
    report.errors_count = 1;
    report.due = &due;
    assert_int_equal(ledger_report(ledger, 0, &report, SECOND, 1000, NULL), LEDGER_TAKEN);
    assert_int_equal(ledger_report(ledger, 1, &report, SECOND, 2000, NULL), LEDGER_TAKEN);
    histogram_record(&due, 100, 1);
    errors[0].events = 6;
    shards[1].events = 41;
    report.sequence = 2;
    report.elapsed_us = 2 * SECOND;
    report.counters = (struct counters){.generated = 107, .delivered = 101, .failed = 6};
    assert_int_equal(ledger_report(ledger, 0, &report, 2 * SECOND, 3000, NULL), LEDGER_TAKEN);
    assert_int_equal(ledger_shards_count(ledger), 2);
    assert_int_equal(ledger_shard(ledger, 0).events, 120);
    assert_int_equal(ledger_shard(ledger, 1).events, 81);
    struct ledger_error error = ledger_error(ledger, 0);
    assert_string_equal(error.code, "Throughput");
    assert_string_equal(error.message, "slow down");
    assert_int_equal(error.events, 11);
    assert_int_equal(error.first_seen_ms, 1000);
    assert_int_equal(error.last_seen_ms, 3000);
    assert_int_equal(ledger_reported(ledger)->due.count, 201);
    assert_int_equal(ledger_reported(ledger)->due.min_us, 100);
    double rates[COUNTERS_COUNT];
    ledger_rates(ledger, 2 * SECOND, rates);
    /* Member 0: 1 more delivered in its last second; member 1: 100 in its first. */
    assert_float_equal(rates[counters_find("delivered", 9)], 101, 1e-9);
    ledger_destroy(&ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_late_and_foreign_reports_change_nothing),
        cmocka_unit_test(inconsistent_reports_are_refused_with_a_reason),
        cmocka_unit_test(a_lost_ones_remainder_is_unknown_until_it_returns),
        cmocka_unit_test(a_returned_ones_promise_waits_for_its_new_quota),
        cmocka_unit_test(who_leaves_in_order_is_neither_there_nor_lost),
        cmocka_unit_test(whoever_gives_no_final_report_is_named),
        cmocka_unit_test(a_report_across_phases_is_split_by_time),
        cmocka_unit_test(a_warm_up_has_its_own_part),
        cmocka_unit_test(a_curve_is_asked_by_its_area),
        cmocka_unit_test(what_was_counted_by_a_moment_lies_between_two_reports),
        cmocka_unit_test(the_drain_answers_for_requests_under_way_not_for_a_backlog),
        cmocka_unit_test(nothing_is_asked_once_all_events_are_generated),
        cmocka_unit_test(shards_errors_and_latencies_are_summed_over_secondaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
