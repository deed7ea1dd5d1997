/* run - with stages and shapes: what is asked when, orders at corners, warm-up, edits. Areas by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "primary/run.h"

#define SECOND UINT64_C(1000000)
#define BEGIN  (100 * SECOND)

static const struct run_facts there = {.alive = 2, .obeying = 1, .started = 2};

static struct plan plan_of(const char *stages, bool users)
{
    struct plan plan = {.model = users ? PLAN_USERS : PLAN_RATE,
                        .spawn_rate = 0.01,
                        .events = PLAN_EVENTS_UNLIMITED,
                        .stop_timeout_us = SECOND};
    char error[SHAPE_ERROR_MAX];
    assert_true(shape_parse_stages(stages, 0, users, &plan.shape, error));
    plan.rate = shape_peak(&plan.shape);
    plan.users = (uint64_t)plan.rate;
    plan.run_time_us = shape_total_us(&plan.shape);
    return plan;
}

static unsigned tick(struct run *run, uint64_t now_us)
{
    return run_tick(run, &there, now_us, 0);
}

static void a_rate_follows_its_stages(void **state)
{
    (void)state;
    struct plan plan = plan_of("10s:1000,0s:5000,10s:5000", false);
    struct run run;
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, BEGIN, 0), RUN_DISPATCH);
    assert_int_equal(tick(&run, BEGIN + 1),
                     RUN_PHASE); /* steady once each obeys a share, if not the latest */
    assert_int_equal(run.phase, PHASE_STEADY);
    assert_int_equal(tick(&run, BEGIN + 5 * SECOND), 0); /* they follow the line themselves */
    assert_float_equal(run_rate(&run, BEGIN + 5 * SECOND), 500, 1e-6);
    assert_float_equal(run_asked(&run, BEGIN + 5 * SECOND), 1250, 1e-6);
    assert_int_equal(tick(&run, BEGIN + 10 * SECOND + 15000),
                     RUN_DISPATCH); /* a corner, noticed a bit late */
    struct shape_line line = run_line(&run);
    assert_int_equal(line.from_us, BEGIN + 10 * SECOND);
    assert_int_equal(line.to_us, BEGIN + 20 * SECOND);
    assert_float_equal(run_rate(&run, BEGIN + 11 * SECOND), 5000, 1e-6);
    assert_float_equal(run_asked(&run, BEGIN + 9 * SECOND), 4050, 1e-6); /* also just before the corner */
    assert_float_equal(run_asked(&run, BEGIN + 11 * SECOND), 10000, 1e-6);
    assert_int_equal(tick(&run, BEGIN + 20 * SECOND), RUN_STOP | RUN_PHASE);
    assert_int_equal(run.ended_by, RUN_END_TIME);
    assert_float_equal(run_rate(&run, BEGIN + 21 * SECOND), 0, 1e-9);
    assert_float_equal(run_asked(&run, BEGIN + 30 * SECOND), 55000, 1e-6);
}

static void a_longer_run_time_holds_the_last_value(void **state)
{
    (void)state;
    struct plan plan = plan_of("10s:1000", false);
    plan.run_time_us = 0;
    struct run run;
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, BEGIN, 0), RUN_DISPATCH);
    (void)tick(&run, BEGIN + 1);
    assert_int_equal(tick(&run, BEGIN + 11 * SECOND), 0); /* what they do by themselves needs no order */
    assert_float_equal(run_rate(&run, BEGIN + 3600 * SECOND), 1000, 1e-6);
}

static void users_follow_their_stages_whatever_the_spawn_rate(void **state)
{
    (void)state;
    struct plan plan = plan_of("10s:100,5s:100", true);
    struct run run;
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, BEGIN, 0), RUN_DISPATCH);
    assert_int_equal(run.users_wanted, 0);
    assert_int_equal(tick(&run, BEGIN + SECOND), RUN_DISPATCH | RUN_PHASE);
    assert_int_equal(run.users_wanted, 10);
    assert_int_equal(tick(&run, BEGIN + SECOND + 90000), 0); /* ten times a second */
    assert_int_equal(tick(&run, BEGIN + SECOND + 100000), RUN_DISPATCH);
    assert_int_equal(run.users_wanted, 11);
    assert_int_equal(tick(&run, BEGIN + 12 * SECOND), RUN_DISPATCH);
    assert_int_equal(run.users_wanted, 100);
    assert_float_equal(run_asked(&run, BEGIN + 12 * SECOND), 0, 1e-9);
    assert_float_equal(run_rate(&run, BEGIN + 12 * SECOND), 0, 1e-9);
}

static void a_warm_up_comes_between_ramp_and_steady(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_RATE,
                        .rate = 1000,
                        .events = PLAN_EVENTS_UNLIMITED,
                        .warm_up_us = 3 * SECOND,
                        .run_time_us = 5 * SECOND};
    struct run_facts facts = {.alive = 2, .obeying = 1};
    struct run run;
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, BEGIN, 0), RUN_DISPATCH);
    assert_int_equal(run_tick(&run, &facts, BEGIN + 1, 0), 0);
    facts.obeying = 2;
    assert_int_equal(run_tick(&run, &facts, BEGIN + SECOND, 0), RUN_PHASE);
    assert_int_equal(run.phase, PHASE_WARM_UP);
    assert_int_equal(run.state, RUN_RUNNING);
    assert_int_equal(run_tick(&run, &facts, BEGIN + 4 * SECOND - 1, 0), 0);
    assert_int_equal(run_tick(&run, &facts, BEGIN + 4 * SECOND, 0), RUN_PHASE);
    assert_int_equal(run.phase, PHASE_STEADY);
    assert_int_equal(run_tick(&run, &facts, BEGIN + 5 * SECOND, 0),
                     RUN_STOP | RUN_PHASE); /* from the start */
}

static void edits_change_the_curve_from_now_on(void **state)
{
    (void)state;
    struct plan plan = plan_of("10s:1000,90s:1000", false);
    struct run run;
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, BEGIN, 0), RUN_DISPATCH);
    (void)tick(&run, BEGIN + 1);
    assert_int_equal(run_scale(&run, 1.1, BEGIN + 5 * SECOND), RUN_DISPATCH | RUN_ANEW);
    assert_float_equal(run_rate(&run, BEGIN + 5 * SECOND), 550, 1e-6);
    assert_float_equal(run.plan.rate, 1100, 1e-6);
    assert_float_equal(run_asked(&run, BEGIN + 5 * SECOND), 1250, 1e-6); /* what was asked stays so */

    struct plan other = plan_of("10s:3550", false); /* begins at 550 */
    other.run_time_us = 0;
    assert_int_equal(run_set_shape(&run, &other, BEGIN + 5 * SECOND), RUN_DISPATCH | RUN_ANEW);
    assert_float_equal(run_rate(&run, BEGIN + 5 * SECOND), 550, 1e-6);
    assert_float_equal(run_rate(&run, BEGIN + 10 * SECOND), 2050, 1e-6);
    assert_int_equal(run.plan.run_time_us, 15 * SECOND); /* it ends with the new stages */

    struct plan sine = {.model = PLAN_RATE, .rate = 2000, .run_time_us = 3600 * SECOND};
    char error[SHAPE_ERROR_MAX];
    assert_true(shape_parse("sine:period=20s,low=50%", 2000, &sine.shape, error));
    assert_int_equal(run_set_shape(&run, &sine, BEGIN + 6 * SECOND), RUN_DISPATCH | RUN_ANEW);
    assert_float_equal(run_rate(&run, BEGIN + 6 * SECOND), 1000, 1e-6);
    (void)tick(&run, BEGIN + 16 * SECOND);
    assert_float_equal(run_rate(&run, BEGIN + 16 * SECOND), 2000, 1e-6);
    assert_int_equal(run_set_rate(&run, 4000, BEGIN + 16 * SECOND), RUN_DISPATCH | RUN_ANEW);
    assert_float_equal(run_rate(&run, BEGIN + 16 * SECOND), 4000, 1e-6); /* another peak, the same place */

    struct plan none = {.model = PLAN_RATE, .rate = 700};
    assert_int_equal(run_set_shape(&run, &none, BEGIN + 17 * SECOND), RUN_DISPATCH);
    assert_float_equal(run_rate(&run, BEGIN + 99 * SECOND), 700, 1e-6);
}

static bool ends_after_a_second(void *context, double t_s, double *value_out)
{
    (void)context;
    *value_out = 100;
    return t_s < 1;
}

static void a_run_ends_with_its_function(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_RATE, .events = PLAN_EVENTS_UNLIMITED};
    shape_call(&plan.shape, ends_after_a_second, NULL, "scenario");
    struct run run;
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, BEGIN, 0), RUN_DISPATCH);
    (void)tick(&run, BEGIN + SECOND / 2);
    assert_int_equal(run.state, RUN_RUNNING);
    assert_int_equal(tick(&run, BEGIN + SECOND), RUN_STOP | RUN_PHASE);
    assert_float_equal(run_asked(&run, BEGIN + 2 * SECOND), 100, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_follows_its_stages),
        cmocka_unit_test(a_longer_run_time_holds_the_last_value),
        cmocka_unit_test(users_follow_their_stages_whatever_the_spawn_rate),
        cmocka_unit_test(a_warm_up_comes_between_ramp_and_steady),
        cmocka_unit_test(edits_change_the_curve_from_now_on),
        cmocka_unit_test(a_run_ends_with_its_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
