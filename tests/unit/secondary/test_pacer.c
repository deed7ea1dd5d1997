/* pacer - due times along constant rates, ramps and bends, against integrals worked out by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/pacer.h"

#include <math.h>

#define SECOND UINT64_C(1000000)

static struct shape_line flat(double rate, uint64_t now_us)
{
    return (struct shape_line){.from_us = now_us, .to_us = now_us, .value = rate, .value_to = rate};
}

static struct shape_line slope(double rate, double rate_to, uint64_t over_us, uint64_t now_us)
{
    return (struct shape_line){
        .from_us = now_us, .to_us = now_us + over_us, .value = rate, .value_to = rate_to};
}

static void start(struct pacer *pacer, double rate, uint32_t batch_size, double phase, uint64_t now_us)
{
    struct shape_line line = flat(rate, now_us);
    pacer_start(pacer, &line, batch_size, phase);
}

/* Take everything that is due before `until_us`, each batch when it is; returns the events. */
static uint64_t take_until(struct pacer *pacer, uint64_t until_us)
{
    uint64_t events = 0, due = 0;
    while (pacer_next_us(pacer) < until_us) {
        uint32_t size = pacer->size;
        uint64_t next = pacer_next_us(pacer);
        assert_true(pacer_take(pacer, next, &due));
        assert_int_equal(due, next); /* on time, so at its due time */
        events += size;
    }
    return events;
}

static void test_a_third_of_a_second_never_drifts(void **state)
{
    (void)state;
    struct pacer pacer; /* 3 batches of 500 would be too coarse: 15 events/s make batches of 2 */
    start(&pacer, 15, 500, 0, 1000);
    assert_int_equal(pacer.size, 2);
    start(&pacer, 3000, 100, 0, 1000); /* 30 batches a second: due every 33,333.3 us */
    assert_int_equal(pacer.size, 100);
    uint64_t due = 0;
    for (int k = 0; k <= 3000; k++)
        assert_true(pacer_take(&pacer, pacer_next_us(&pacer), &due));
    assert_int_equal(due, 1000 + 100 * UINT64_C(1000000)); /* batch 3000: after 100 s to the microsecond */
}

static void test_phase_shifts_the_first_batch(void **state)
{
    (void)state;
    struct pacer pacer;
    start(&pacer, 1000, 100, 0.25, 0); /* every 100 ms, a quarter later */
    assert_int_equal(pacer_next_us(&pacer), 25000);
}

static void test_behind_goes_at_twice_the_pace(void **state)
{
    (void)state;
    struct pacer pacer;
    start(&pacer, 100000, 100, 0, 0); /* a batch a millisecond */
    uint64_t due, now = 5000000, released = 0;
    assert_int_equal(pacer_lag_us(&pacer, now), 5000000);
    for (uint64_t end = now + 1000000; now <= end; now += 100) {
        while (pacer_take(&pacer, now, &due))
            released++;
    }
    assert_in_range(released, 2000, 2000 + 2 * PACER_BURST_US / 1000 + 2);
}

static void test_a_new_rate_chases_nothing_and_zero_pauses(void **state)
{
    (void)state;
    struct pacer pacer;
    start(&pacer, 1000, 100, 0, 0);
    start(&pacer, 2000, 100, 0, 7000000);
    assert_int_equal(pacer_lag_us(&pacer, 7000000), 0);
    assert_int_equal(pacer_next_us(&pacer), 7000000);
    start(&pacer, 0, 100, 0, 8000000);
    uint64_t due;
    assert_true(pacer_next_us(&pacer) == PACER_NEVER);
    assert_false(pacer_take(&pacer, UINT64_MAX - 1, &due));
    assert_int_equal(pacer_lag_us(&pacer, 9000000), 0);
}

/* Events of a ramp in second k: the area under it. */
static double area(double rate, double rate_to, double over_s, double from_s, double to_s)
{
    double a = rate + (rate_to - rate) * from_s / over_s, b = rate + (rate_to - rate) * to_s / over_s;
    return (a + b) / 2 * (to_s - from_s);
}

static void test_a_ramp_gives_each_second_its_area(void **state)
{
    (void)state;
    static const double ends[][2] = {{0, 50000}, {50000, 0}, {10000, 10000}, {100, 90000}, {3, 7}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct pacer pacer;
        struct shape_line line = slope(ends[i][0], ends[i][1], 10 * SECOND, SECOND);
        pacer_start(&pacer, &line, 500, 0.5);
        uint64_t all = 0;
        for (int k = 0; k < 10; k++) {
            double wanted = area(ends[i][0], ends[i][1], 10, k, k + 1);
            uint64_t events = take_until(&pacer, (uint64_t)(k + 2) * SECOND);
            all += events;
            /* never further off than a batch, and that is at most a fortieth of a second or an event */
            assert_true(fabs((double)events - wanted) <= fmax(2, ceil(fmax(ends[i][0], ends[i][1]) / 40)));
            double due = area(ends[i][0], ends[i][1], 10, 0, k + 1);
            assert_true(fabs((double)all - due) <= 500); /* and nothing adds up */
        }
    }
}

static void test_a_ramp_from_nothing_begins_gently(void **state)
{
    (void)state;
    struct pacer pacer;
    struct shape_line line = slope(0, 10000, 10 * SECOND, 0); /* t seconds: 500 t^2 events are due */
    pacer_start(&pacer, &line, 500, 0);
    uint64_t due = 0;
    uint64_t taken = 0;
    for (int k = 0; k < 200; k++) {
        double when = sqrt((double)taken / 500) * 1e6;
        assert_true(pacer.size >= 1 && pacer.size <= 500);
        assert_true(taken > 0 || pacer.size == 1);
        taken += pacer.size;
        assert_true(pacer_take(&pacer, pacer_next_us(&pacer), &due));
        assert_true(fabs((double)due - when) <= 1.5);
    }
}

static void test_a_fall_to_nothing_pauses(void **state)
{
    (void)state;
    struct pacer pacer;
    struct shape_line line = slope(1000, 0, 10 * SECOND, 0); /* 5000 events in all */
    pacer_start(&pacer, &line, 500, 0.3);
    uint64_t events = take_until(&pacer, 3600 * SECOND);
    assert_in_range(events, 4998, 5002);
    assert_true(pacer_next_us(&pacer) == PACER_NEVER);
    line = slope(0, 1000, 10 * SECOND, 60 * SECOND); /* and up again */
    pacer_bend(&pacer, &line, 500, 0.3);
    assert_in_range(take_until(&pacer, 70 * SECOND), 4900, 5100);
}

static void test_no_part_of_a_batch_is_lost_at_a_bend(void **state)
{
    (void)state;
    struct pacer pacer;
    struct shape_line line = flat(777, 0);
    pacer_start(&pacer, &line, 500, 0.25);
    uint64_t events = 0, now = 0;
    double due = 0;
    for (int k = 0; k < 1000; k++) { /* a bend each 37 ms: far more often than batches */
        double rate = 500 + 400 * ((k * 7919) % 13) / 13.0, rate_to = 500 + 400 * ((k * 104729) % 11) / 11.0;
        line = slope(rate, rate_to, 37000, now);
        pacer_bend(&pacer, &line, 500, 0.25);
        events += take_until(&pacer, now + 37000);
        due += (rate + rate_to) / 2 * 0.037;
        now += 37000;
        assert_true(fabs((double)events - due) <= 23); /* a batch: a fortieth of 900 */
    }
}

static void test_work_undone_stays_due_when_it_was(void **state)
{
    (void)state;
    struct pacer pacer;
    struct shape_line line = slope(1000, 1000, 10 * SECOND, 0); /* batches of 25, one each 25 ms */
    pacer_start(&pacer, &line, 500, 0);
    assert_int_equal(take_until(&pacer, 5 * SECOND), 5000);
    line = slope(1000, 4000, 10 * SECOND, 10 * SECOND); /* five seconds were missed */
    pacer_bend(&pacer, &line, 500, 0);
    assert_int_equal(pacer_lag_us(&pacer, 10 * SECOND), 5 * SECOND);
    uint64_t due = 0, at_once = 0;
    assert_true(pacer_take(&pacer, 20 * SECOND, &due));
    assert_int_equal(due, 5 * SECOND);
    while (pacer_take(&pacer, 20 * SECOND, &due))
        at_once += 25;
    assert_in_range(at_once, 0,
                    25); /* 10 ms of work are less than a batch; then twice the speed at which it was due */
    uint64_t released = 0, now = 20 * SECOND;
    while (released < 4000) {
        now = pacer_next_us(&pacer);
        released += pacer.size;
        assert_true(pacer_take(&pacer, now, &due));
        assert_true(due <= now);
    }
    assert_in_range(now, 20 * SECOND + 1900000, 20 * SECOND + 2100000); /* 4000 at 2000/s */
}

static void test_many_bends_undone_keep_their_events(void **state)
{
    (void)state;
    struct pacer pacer;
    struct shape_line line = slope(0, 1000, SECOND / 4, 0);
    pacer_start(&pacer, &line, 100, 0);
    for (uint64_t k = 1; k < 4000; k++) { /* a thousand seconds of a saw: far more lines than are kept */
        line = slope(k % 2 == 0 ? 0 : 1000, k % 2 == 0 ? 1000 : 0, SECOND / 4, k * SECOND / 4);
        pacer_bend(&pacer, &line, 100, 0);
        assert_true(pacer.count <= PACER_LINES_MAX + 1);
    }
    line = flat(0, 1000 * SECOND);
    pacer_bend(&pacer, &line, 100, 0);
    uint64_t events = 0, due = 0, last = 0;
    for (uint64_t now = 1000 * SECOND; pacer_next_us(&pacer) != PACER_NEVER; now = pacer_next_us(&pacer)) {
        uint32_t size = pacer.size;
        if (!pacer_take(&pacer, now, &due))
            continue;
        assert_true(due >= last && due <= 1000 * SECOND);
        last = due;
        events += size;
    }
    assert_in_range(events, 500000, 500000 + 25); /* 125 in each quarter of a second */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_third_of_a_second_never_drifts),
        cmocka_unit_test(test_phase_shifts_the_first_batch),
        cmocka_unit_test(test_behind_goes_at_twice_the_pace),
        cmocka_unit_test(test_a_new_rate_chases_nothing_and_zero_pauses),
        cmocka_unit_test(test_a_ramp_gives_each_second_its_area),
        cmocka_unit_test(test_a_ramp_from_nothing_begins_gently),
        cmocka_unit_test(test_a_fall_to_nothing_pauses),
        cmocka_unit_test(test_no_part_of_a_batch_is_lost_at_a_bend),
        cmocka_unit_test(test_work_undone_stays_due_when_it_was),
        cmocka_unit_test(test_many_bends_undone_keep_their_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
