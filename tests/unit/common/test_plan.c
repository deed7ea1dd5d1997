/* plan - from options to what a run shall do, and how whole things are shared out. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/option_table.h"
#include "common/plan.h"

#include <string.h>

static char error[OPTIONS_ERROR_MAX];

/* The plan of these arguments; false with `error` when there is none. */
static bool plan_of(struct plan *out, char *const *argv)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    error[0] = '\0';
    assert_true(options_arguments(options, argc, argv, error));
    plan_complete(options);
    bool good = plan_from_options(options, out, error);
    options_destroy(&options);
    return good;
}

#define PLAN(out, ...) plan_of(out, (char *[]){"freshet", __VA_ARGS__, NULL})

static void with_a_target_alone_one_user_runs(void **state)
{
    (void)state;
    struct plan plan;
    assert_true(PLAN(&plan, "DemoStream"));
    assert_int_equal(plan.target.kind, TARGET_KINESIS);
    assert_string_equal(plan.target.stream, "DemoStream");
    assert_int_equal(plan.model, PLAN_USERS);
    assert_int_equal(plan.users, 1);
    assert_true(plan.spawn_rate == 1.0);
    assert_int_equal(plan.batch_size, 500);
    assert_int_equal(plan.wait.kind, WAIT_BETWEEN);
    assert_int_equal(plan.wait.min_us, 1000000);
    assert_int_equal(plan.wait.max_us, 1000000);
    assert_int_equal(plan.run_time_us, 0);
    assert_true(plan.events == PLAN_EVENTS_UNLIMITED);
    assert_int_equal(plan.stop_timeout_us, 10000000);
    assert_true(plan.seed > 0 && plan.seed < UINT64_C(1) << 53); /* drawn */
}

static void a_number_of_events_alone_is_sent_without_a_pause(void **state)
{
    (void)state;
    struct plan plan;
    assert_true(PLAN(&plan, "DemoStream", "-n", "1M"));
    assert_int_equal(plan.model, PLAN_USERS);
    assert_int_equal(plan.wait.max_us, 0);
    assert_true(PLAN(&plan, "DemoStream", "-n", "1M", "--wait-time", "2s"));
    assert_int_equal(plan.wait.max_us, 2000000);
    assert_true(PLAN(&plan, "DemoStream", "-n", "1M", "-u", "1"));
    assert_int_equal(plan.wait.max_us, 1000000);
    assert_true(PLAN(&plan, "DemoStream", "-n", "1M", "--rate", "5"));
    assert_int_equal(plan.model, PLAN_RATE);
}

static void users_and_rate_are_two_models(void **state)
{
    (void)state;
    struct plan plan;
    assert_true(PLAN(&plan, "-u", "40", "-r", "20", "--batch-size", "10", "-t", "10s", "S"));
    assert_int_equal(plan.model, PLAN_USERS);
    assert_int_equal(plan.users, 40);
    assert_true(plan.spawn_rate == 20.0);
    assert_int_equal(plan.batch_size, 10);
    assert_int_equal(plan.run_time_us, 10000000);
    assert_true(PLAN(&plan, "--rate", "500k", "-n", "1234567", "--seed", "7", "S"));
    assert_int_equal(plan.model, PLAN_RATE);
    assert_true(plan.rate == 500000.0);
    assert_int_equal(plan.events, 1234567);
    assert_int_equal(plan.seed, 7);
    assert_int_equal(plan.users, 0);
}

static const char *old_variable(const char *name)
{
    return strcmp(name, "LOCUST_USERS") == 0 ? "10" : NULL;
}

static void a_flag_beats_a_variable_of_the_other_model(void **state)
{
    (void)state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    assert_true(options_environment(options, old_variable, error));
    char *const argv[] = {"freshet", "--rate", "50k", "S", NULL};
    assert_true(options_arguments(options, 4, argv, error));
    struct plan plan;
    assert_true(plan_from_options(options, &plan, error));
    assert_int_equal(plan.model, PLAN_RATE);
    assert_true(plan.rate == 50000.0);
    options_destroy(&options);
}

static void stages_are_a_rate_unless_users_are_given(void **state)
{
    (void)state;
    struct plan plan;
    assert_true(PLAN(&plan, "--stages", "30s:10k,5m:50k,30s:0", "S"));
    assert_int_equal(plan.model, PLAN_RATE);
    assert_true(plan.rate == 50000 && plan.shape.base == 0);
    assert_int_equal(plan.run_time_us, 360000000); /* the run ends with the last one */
    assert_true(PLAN(&plan, "--stages", "30s:10k", "--rate", "60k", "-t", "1h", "S"));
    assert_true(plan.rate == 60000 && plan.shape.base == 60000); /* where it begins */
    assert_int_equal(plan.run_time_us, UINT64_C(3600000000));
    assert_true(PLAN(&plan, "--stages", "30s:150", "-u", "10", "S"));
    assert_int_equal(plan.model, PLAN_USERS);
    assert_true(plan.users == 150 && plan.shape.base == 10);
    assert_true(PLAN(&plan, "--rate", "5k", "--shape", "sine:period=1m", "--warm-up", "10s", "S"));
    assert_int_equal(plan.shape.kind, SHAPE_SINE);
    assert_true(plan.shape.base == 5000);
    assert_int_equal(plan.run_time_us, 0);
    assert_int_equal(plan.warm_up_us, 10000000);
    assert_true(PLAN(&plan, "-u", "50", "--shape", "step:steps=2,every=10s", "S"));
    assert_int_equal(plan.run_time_us, 20000000);
    assert_true(PLAN(&plan, "S")); /* and nothing of it where nothing is said */
    assert_int_equal(plan.shape.kind, SHAPE_NONE);
}

static void stages_of_a_flag_pass_over_old_variables(void **state)
{
    (void)state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    assert_true(options_environment(options, old_variable, error)); /* LOCUST_USERS=10 */
    char *const argv[] = {"freshet", "--stages", "5s:50k", "S", NULL};
    assert_true(options_arguments(options, 4, argv, error));
    struct plan plan;
    assert_true(plan_from_options(options, &plan, error));
    assert_int_equal(plan.model, PLAN_RATE);
    assert_true(plan.shape.base == 0);
    options_destroy(&options);
}

static void contradictions_are_told(void **state)
{
    (void)state;
    struct plan plan = {.users = 42};
    assert_false(PLAN(&plan, "--rate", "5", "-u", "5", "S"));
    assert_non_null(strstr(error, "--rate and --users exclude each other"));
    assert_false(PLAN(&plan, "--rate", "0", "S"));
    assert_non_null(strstr(error, "--rate: \"0\""));
    assert_false(PLAN(&plan, "-u", "5"));
    assert_non_null(strstr(error, "no target"));
    assert_non_null(strstr(error, "FRESHET_TARGET"));
    assert_false(PLAN(&plan, "http://x.example"));
    assert_int_equal(strncmp(error, "--target: \"http://x.example\" is no target", 41), 0);
    assert_false(PLAN(&plan, "--wait-time", "soon", "S"));
    assert_string_equal(error,
                        "--wait-time: \"soon\" is not a wait; allowed is a time up to 1d, as 1s, a range, as "
                        "0.5s-2s, or pacing:1s");
    assert_false(PLAN(&plan, "--stages", "5s:1k", "--shape", "sine", "--rate", "5", "S"));
    assert_non_null(strstr(error, "--stages: excludes --shape"));
    assert_false(PLAN(&plan, "--shape", "sine", "S"));
    assert_non_null(strstr(error, "--shape: needs --rate or --users"));
    assert_false(PLAN(&plan, "--stages", "5s:1k", "--rate", "5", "-u", "5", "S"));
    assert_non_null(strstr(error, "exclude each other"));
    assert_false(PLAN(&plan, "--stages", "5s:1k", "--warm-up", "5s", "S"));
    assert_non_null(strstr(error, "--warm-up: 5s leaves nothing"));
    assert_int_equal(plan.users, 42); /* untouched by all that */
}

static void waits_have_three_forms(void **state)
{
    (void)state;
    struct wait_rule rule;
    assert_true(plan_parse_wait("1s", &rule));
    assert_true(rule.kind == WAIT_BETWEEN && rule.min_us == 1000000 && rule.max_us == 1000000);
    assert_true(plan_parse_wait("0.5s-2s", &rule));
    assert_true(rule.kind == WAIT_BETWEEN && rule.min_us == 500000 && rule.max_us == 2000000);
    assert_true(plan_parse_wait("1-2", &rule));
    assert_true(rule.min_us == 1000000 && rule.max_us == 2000000);
    assert_true(plan_parse_wait("0", &rule));
    assert_true(rule.min_us == 0 && rule.max_us == 0);
    assert_true(plan_parse_wait("pacing:250ms", &rule));
    assert_true(rule.kind == WAIT_PACING && rule.min_us == 250000 && rule.max_us == 250000);
    assert_true(plan_parse_wait("1d", &rule));
    static const char *const bad[] = {
        "",          "-",
        "1s-",       "-1s",
        "2s-1s",     "1s-2s-3s",
        "1s - 2s",   "pacing:",
        "pacing:0s", "pacing:x",
        "Pacing:1s", "pacing:1s-2s",
        "25h",       "pacing:25h",
        "1s-1d1us",  "0.0000000000000000000000000000000000000000000000000000000000000001"};
    struct wait_rule before = rule;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(plan_parse_wait(bad[i], &rule));
    assert_memory_equal(&rule, &before, sizeof rule);
}

static void shares_lose_nothing(void **state)
{
    (void)state;
    static const uint64_t totals[] = {0, 1, 6, 7, 8, 1000, 1234567, UINT64_MAX};
    for (size_t t = 0; t < sizeof totals / sizeof *totals; t++) {
        for (size_t parts = 1; parts <= 65; parts++) {
            uint64_t sum = 0, low = UINT64_MAX, high = 0;
            for (size_t i = 0; i < parts; i++) {
                uint64_t share = plan_share(totals[t], parts, i);
                sum += share;
                low = share < low ? share : low;
                high = share > high ? share : high;
            }
            assert_true(sum == totals[t]);
            assert_true(high - low <= 1);
        }
    }
    assert_int_equal(plan_share(10, 3, 0), 4);
    assert_int_equal(plan_share(10, 3, 1), 3);
    assert_int_equal(plan_share(10, 3, 2), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_target_alone_one_user_runs),
        cmocka_unit_test(a_number_of_events_alone_is_sent_without_a_pause),
        cmocka_unit_test(users_and_rate_are_two_models),
        cmocka_unit_test(a_flag_beats_a_variable_of_the_other_model),
        cmocka_unit_test(stages_are_a_rate_unless_users_are_given),
        cmocka_unit_test(stages_of_a_flag_pass_over_old_variables),
        cmocka_unit_test(contradictions_are_told),
        cmocka_unit_test(waits_have_three_forms),
        cmocka_unit_test(shares_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
