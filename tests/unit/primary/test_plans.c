/* Ramp, dispatch, run and exit code: small tables and stories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "primary/dispatch.h"
#include "primary/exit_code.h"
#include "primary/ramp.h"
#include "primary/run.h"

#define SECOND UINT64_C(1000000)

static void users_come_in_locusts_iterations(void **state)
{
    (void)state;
    /* 20 a second: 20 at once, 40 after a second. */
    assert_int_equal(ramp_users(0, 40, 20, 0), 20);
    assert_int_equal(ramp_users(0, 40, 20, SECOND - 1), 20);
    assert_int_equal(ramp_users(0, 40, 20, SECOND), 40);
    assert_int_equal(ramp_length_us(0, 40, 20), SECOND);
    /* One each two seconds. */
    assert_int_equal(ramp_users(0, 3, 0.5, 0), 1);
    assert_int_equal(ramp_users(0, 3, 0.5, 2 * SECOND), 2);
    assert_int_equal(ramp_users(0, 3, 0.5, 9 * SECOND), 3);
    assert_int_equal(ramp_length_us(0, 3, 0.5), 4 * SECOND);
    /* 2.5 a second: two each 0.8 s. */
    assert_int_equal(ramp_users(0, 10, 2.5, 799999), 2);
    assert_int_equal(ramp_users(0, 10, 2.5, 800000), 4);
    /* Down again, and nowhere. */
    assert_int_equal(ramp_users(10, 4, 4, 0), 6);
    assert_int_equal(ramp_users(10, 4, 4, SECOND), 4);
    assert_int_equal(ramp_users(5, 5, 1, 0), 5);
    assert_int_equal(ramp_length_us(5, 5, 1), 0);
}

static void a_slope_is_split_at_both_ends(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_RATE, .events = PLAN_EVENTS_UNLIMITED, .batch_size = 500};
    struct dispatch_member members[2] = {{.alive = true, .freshet = true}, {.alive = true, .freshet = true}};
    struct dispatch_share shares[2];
    assert_int_equal(dispatch(&plan, 0, 0, 30000, 250000, members, 2, shares), 2);
    assert_float_equal(shares[1].rate, 0, 1e-9);
    assert_float_equal(shares[1].rate_to, 15000, 1e-9);
    assert_int_equal(shares[1].bound, 500 + 7500); /* two reports' worth of what it comes to */
    assert_int_equal(dispatch(&plan, 0, 30000, 0, 250000, members, 2, shares), 2);
    assert_int_equal(shares[0].bound, 500 + 7500);
}

static void quotas_and_bounds_of_the_lost_sum_to_n(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_RATE, .events = 100000, .batch_size = 500};
    struct dispatch_member members[4] = {
        {.alive = true, .freshet = true, .bound = 20000},
        {.alive = false, .freshet = true, .bound = 15001},
        {.alive = true, .freshet = true, .bound = 0},
        {.alive = true, .freshet = false, .bound = 0},
    };
    struct dispatch_share shares[4];
    assert_int_equal(dispatch(&plan, 0, 30000, 30000, 250000, members, 4, shares), 2);
    /* Left: 100,000 - 20,000 - 15,001 = 64,999: 32,500 and 32,499 in some order. */
    assert_int_equal(shares[0].quota + shares[2].quota, 84999);
    assert_in_range(shares[0].quota, 52499, 52500);
    assert_int_equal(shares[1].quota, 15001);
    assert_int_equal(shares[3].quota, 0);
    assert_float_equal(shares[0].rate, 15000, 1e-9);
    assert_float_equal(shares[3].rate, 0, 1e-9);
    assert_float_equal(shares[0].phase, 0, 1e-9);
    assert_float_equal(shares[2].phase, 0.5, 1e-9);
    assert_int_equal(shares[0].bound, 20000); /* never taken back */
    assert_int_equal(shares[2].bound, 8000);  /* half a second of its rate, and a batch */
    assert_int_equal(shares[2].index, 1);
}

static void events_go_to_those_who_have_a_user(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_USERS, .users = 2, .batch_size = 500, .events = 100001};
    struct dispatch_member members[3] = {
        {.alive = true, .freshet = true}, {.alive = true, .freshet = true}, {.alive = true, .freshet = true}};
    struct dispatch_share shares[3];
    assert_int_equal(dispatch(&plan, 1, 0, 0, 250000, members, 3, shares), 3); /* the ramp begins */
    assert_int_equal(shares[0].quota, 100001);
    assert_int_equal(shares[1].quota + shares[1].bound + shares[2].quota + shares[2].bound, 0);
    members[0].bound = 20001;
    assert_int_equal(dispatch(&plan, 2, 0, 0, 250000, members, 3, shares), 3);
    assert_int_equal(shares[0].quota, 60001);
    assert_int_equal(shares[1].quota, 40000);
    assert_int_equal(shares[2].quota, 0);
}

static void parts_of_a_file_stay_as_they_were(void **state)
{
    (void)state;
    struct plan plan = {
        .model = PLAN_USERS, .users = 2, .batch_size = 500, .events = 100001, .replay_once = true};
    struct dispatch_member members[3] = {
        {.alive = true, .freshet = true}, {.alive = true, .freshet = true}, {.alive = true, .freshet = true}};
    struct dispatch_share shares[3];
    for (unsigned step = 1; step <= 2; step++) { /* of the ramp: the second's lines wait for its user */
        assert_int_equal(dispatch(&plan, step, 0, 0, 250000, members, 3, shares), 3);
        assert_int_equal(shares[0].quota, 50001); /* lines 0, 2, 4 ... 100,000 */
        assert_int_equal(shares[1].quota, 50000);
        assert_int_equal(shares[2].quota, 0);
        assert_int_equal(shares[0].parts, 2);
        assert_int_equal(shares[1].index, 1);
        members[0].bound = 20001;
    }
    members[1] =
        (struct dispatch_member){.freshet = true, .bound = 700}; /* it died: the rest is sent all the same */
    (void)dispatch(&plan, 2, 0, 0, 250000, members, 3, shares);
    assert_int_equal(shares[0].quota + shares[1].quota + shares[2].quota, 100001);
    plan = (struct plan){.model = PLAN_RATE, .batch_size = 500, .events = 10, .replay_once = true};
    members[0] = members[1] = (struct dispatch_member){.alive = true, .freshet = true};
    (void)dispatch(&plan, 0, 1000, 1000, 250000, members, 3, shares);
    assert_int_equal(shares[0].parts, 3);
    assert_int_equal(shares[0].quota, 4);
    assert_int_equal(shares[2].quota, 3);
}

static void users_are_shared_with_stock_peers(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_USERS, .events = PLAN_EVENTS_UNLIMITED, .batch_size = 500};
    struct dispatch_member members[2] = {{.alive = true, .freshet = true}, {.alive = true}};
    struct dispatch_share shares[2];
    assert_int_equal(dispatch(&plan, 41, 0, 0, 250000, members, 2, shares), 2);
    assert_int_equal(shares[0].users + shares[1].users, 41);
    assert_true(shares[0].rate < 0);
    assert_true(shares[0].quota == PLAN_EVENTS_UNLIMITED);
    assert_int_equal(shares[0].bound, 2 * 500 * shares[0].users);
    plan.events = 10; /* a stock peer can't count events */
    assert_int_equal(dispatch(&plan, 41, 0, 0, 250000, members, 2, shares), 1);
    assert_int_equal(shares[0].users, 41);
    assert_int_equal(shares[0].quota, 10);
    assert_int_equal(shares[0].bound, 10);
    assert_int_equal(shares[1].users, 0);
    members[0].alive = members[1].alive = false;
    assert_int_equal(dispatch(&plan, 41, 0, 0, 250000, members, 2, shares), 0);
}

static void a_users_run_from_start_to_end(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_USERS,
                        .users = 40,
                        .spawn_rate = 20,
                        .run_time_us = 10 * SECOND,
                        .events = PLAN_EVENTS_UNLIMITED,
                        .stop_timeout_us = 10 * SECOND};
    struct run run;
    struct run_facts facts = {.alive = 2};
    run_init(&run, &plan);
    assert_int_equal(run_tick(&run, &facts, 5, 5), 0);
    assert_int_equal(run_start(&run, 9, 100 * SECOND, 1000), RUN_DISPATCH);
    assert_int_equal(run.state, RUN_SPAWNING);
    assert_int_equal(run.users_wanted, 20);
    assert_int_equal(run_tick(&run, &facts, 100 * SECOND + 500000, 1500), 0);
    assert_int_equal(run_tick(&run, &facts, 101 * SECOND, 2000), RUN_DISPATCH | RUN_PHASE);
    assert_int_equal(run.users_wanted, 40);
    assert_int_equal(run.state, RUN_RUNNING);
    assert_int_equal(run.phase, PHASE_STEADY);
    assert_int_equal(run_set_users(&run, 41, 102 * SECOND), RUN_DISPATCH);
    assert_int_equal(run.users_wanted, 41);
    assert_int_equal(run_tick(&run, &facts, 110 * SECOND, 9), RUN_STOP | RUN_PHASE);
    assert_int_equal(run.phase, PHASE_DRAIN);
    facts.final = 1;
    assert_int_equal(run_tick(&run, &facts, 111 * SECOND, 9), 0);
    facts.final = 2;
    assert_int_equal(run_tick(&run, &facts, 112 * SECOND, 9), RUN_CLOSE);
    assert_int_equal(run.state, RUN_STOPPED);
    assert_string_equal(run_end_name(&run), "run time over");
    assert_int_equal(run_tick(&run, &facts, 113 * SECOND, 9), 0);
}

static void a_rate_run_waits_for_obedience_and_ends_by_events(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_RATE, .rate = 1000, .events = 500, .stop_timeout_us = SECOND};
    struct run run;
    struct run_facts facts = {.alive = 2, .obeying = 1};
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, SECOND, 0), RUN_DISPATCH);
    assert_int_equal(run_tick(&run, &facts, SECOND, 0), 0);
    facts.obeying = 2;
    assert_int_equal(run_tick(&run, &facts, SECOND, 0), RUN_PHASE);
    assert_float_equal(run_rate(&run, SECOND), 1000, 1e-9);
    assert_int_equal(run_set_rate(&run, 1100, SECOND), RUN_DISPATCH);
    facts.generated = 500;
    facts.in_flight = 3;
    assert_int_equal(run_tick(&run, &facts, 2 * SECOND, 0), 0);
    facts.in_flight = 0;
    assert_int_equal(run_tick(&run, &facts, 3 * SECOND, 0), RUN_STOP | RUN_PHASE);
    assert_int_equal(run.ended_by, RUN_END_EVENTS);
    assert_float_equal(run_rate(&run, 4 * SECOND), 0, 1e-9);
    /* One never answers: the stop time-out and three seconds. */
    assert_int_equal(run_tick(&run, &facts, 7 * SECOND - 1, 0), 0);
    assert_int_equal(run_tick(&run, &facts, 7 * SECOND, 0), RUN_CLOSE);
}

static void signals_and_losses_end_a_run(void **state)
{
    (void)state;
    struct plan plan = {
        .model = PLAN_RATE, .rate = 1, .events = PLAN_EVENTS_UNLIMITED, .stop_timeout_us = SECOND};
    struct run run;
    struct run_facts facts = {.alive = 1};
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, SECOND, 0), RUN_DISPATCH);
    assert_int_equal(run_signal(&run, 2, SECOND, 0), RUN_STOP | RUN_PHASE);
    assert_int_equal(run_signal(&run, 15, SECOND, 0), RUN_CLOSE | RUN_ABORT);
    assert_int_equal(run.signal, 15);
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, SECOND, 0), RUN_DISPATCH);
    facts.alive = 0;
    assert_int_equal(run_tick(&run, &facts, SECOND, 0), RUN_STOP | RUN_PHASE);
    assert_int_equal(run.ended_by, RUN_END_ALL_LOST);
    assert_int_equal(run_tick(&run, &facts, SECOND, 0), RUN_CLOSE);
    run_init(&run, &plan);
    assert_int_equal(run_signal(&run, 15, SECOND, 0), RUN_CLOSE | RUN_ABORT);
}

static void a_deserted_run_waits_for_who_may_return(void **state)
{
    (void)state;
    struct plan plan = {
        .model = PLAN_RATE, .rate = 1, .events = PLAN_EVENTS_UNLIMITED, .stop_timeout_us = SECOND};
    struct run run;
    struct run_facts facts = {.alive = 1, .obeying = 1};
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, SECOND, 0), RUN_DISPATCH);
    assert_int_equal(run_tick(&run, &facts, SECOND, 0), RUN_PHASE);
    facts = (struct run_facts){.away = 1};
    assert_int_equal(run_tick(&run, &facts, 2 * SECOND, 0), 0);
    assert_int_equal(run_tick(&run, &facts, 16 * SECOND, 0), 0);
    facts.alive = 1; /* back in time: the waiting begins anew */
    assert_int_equal(run_tick(&run, &facts, 16 * SECOND, 0), 0);
    facts.alive = 0;
    assert_int_equal(run_tick(&run, &facts, 20 * SECOND, 0), 0);
    assert_int_equal(run_tick(&run, &facts, 35 * SECOND - 1, 0), 0);
    assert_int_equal(run_tick(&run, &facts, 35 * SECOND, 0), RUN_STOP | RUN_PHASE);
    assert_int_equal(run.ended_by, RUN_END_ALL_LOST);
}

static void a_failed_workload_ends_the_run_in_order(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_RATE, .rate = 10, .events = PLAN_EVENTS_UNLIMITED};
    struct run run;
    run_init(&run, &plan);
    assert_int_equal(run_start(&run, 1, SECOND, 0), RUN_DISPATCH);
    struct run_facts facts = {.alive = 2, .obeying = 2};
    assert_int_equal(run_tick(&run, &facts, 2 * SECOND, 0), RUN_PHASE);
    assert_int_equal(run_fail(&run, "s.lua:7: boom", 3 * SECOND), RUN_STOP | RUN_PHASE);
    assert_int_equal(run.state, RUN_STOPPING);
    assert_string_equal(run_end_name(&run), "workload failed: s.lua:7: boom");
    facts.final = 1;
    assert_int_equal(run_tick(&run, &facts, 3 * SECOND + 1, 0), 0); /* the other one is waited for */
    facts.final = 2;
    assert_int_equal(run_tick(&run, &facts, 3 * SECOND + 2, 0), RUN_CLOSE);
    assert_int_equal(run.ended_by, RUN_END_ERROR);
    run_init(&run, &plan); /* it comes while the run time is over: it is the more telling reason */
    assert_int_equal(run_start(&run, 2, SECOND, 0), RUN_DISPATCH);
    assert_int_equal(run_stop(&run, RUN_END_TIME, 2 * SECOND), RUN_STOP | RUN_PHASE);
    assert_int_equal(run_fail(&run, "boom", 2 * SECOND + 1), 0);
    assert_string_equal(run_end_name(&run), "workload failed: boom");
}

static void the_first_reason_decides_the_exit_code(void **state)
{
    (void)state;
    /* Everything is wrong at once; one reason after the other is taken away. */
    struct exit_code_facts facts = {.workload_failed = true,
                                    .signal = 15,
                                    .lost = true,
                                    .threshold_missed = true,
                                    .failed = 1,
                                    .on_error = 1,
                                    .model = PLAN_RATE,
                                    .achieved_ratio = 0.9499};
    assert_int_equal(exit_code(&facts), 1);
    facts.workload_failed = false;
    assert_int_equal(exit_code(&facts), 143);
    facts.signal = 2;
    assert_int_equal(exit_code(&facts), 130);
    facts.signal = 0;
    assert_int_equal(exit_code(&facts), 7);
    facts.lost = false;
    assert_int_equal(exit_code(&facts), 3);
    facts.threshold_missed = false;
    assert_int_equal(exit_code(&facts), 1);
    facts.on_error = 42;
    assert_int_equal(exit_code(&facts), 42);
    facts.on_error = 0;
    assert_int_equal(exit_code(&facts), 4);
    facts.achieved_ratio = 0.95;
    assert_int_equal(exit_code(&facts), 0);
    facts.achieved_ratio = 0.5;
    facts.model = PLAN_USERS;
    assert_int_equal(exit_code(&facts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_come_in_locusts_iterations),
        cmocka_unit_test(a_slope_is_split_at_both_ends),
        cmocka_unit_test(quotas_and_bounds_of_the_lost_sum_to_n),
        cmocka_unit_test(events_go_to_those_who_have_a_user),
        cmocka_unit_test(parts_of_a_file_stay_as_they_were),
        cmocka_unit_test(users_are_shared_with_stock_peers),
        cmocka_unit_test(a_users_run_from_start_to_end),
        cmocka_unit_test(a_rate_run_waits_for_obedience_and_ends_by_events),
        cmocka_unit_test(signals_and_losses_end_a_run),
        cmocka_unit_test(a_deserted_run_waits_for_who_may_return),
        cmocka_unit_test(a_failed_workload_ends_the_run_in_order),
        cmocka_unit_test(the_first_reason_decides_the_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
