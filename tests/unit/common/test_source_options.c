/* source - the options that a scenario gives: below variables and arguments, above defaults. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/option_table.h"
#include "common/workload/source.h"
#include "common/workload/source_options.h"

#include <string.h>

static char error[OPTIONS_ERROR_MAX];

/* Options of `program` with this scenario. */
static options_t *with(const char *text, unsigned program)
{
    options_t *options = options_new(option_table, OPT_COUNT_, program);
    struct workload_source source = {WORKLOAD_SCENARIO, "s.lua", text, strlen(text)};
    assert_true(source_put(options, &source, "", error));
    return options;
}

static const char *variable(const char *name)
{
    return strcmp(name, "FRESHET_BATCH_SIZE") == 0 ? "30" : NULL;
}

static void they_fill_what_nobody_said(void **state)
{
    (void)state;
    options_t *options =
        with("return { rate = 50e3, ['batch-size'] = 20, stop_timeout = '7s', headless = true,"
             " kafka_property = { 'acks=1', 'linger.ms=5' }, seed = 12 }",
             OPTION_PRIMARY);
    char *const argv[] = {(char *)"freshet", (char *)"--seed", (char *)"9"};
    assert_true(options_environment(options, variable, error));
    assert_true(options_arguments(options, 3, argv, error));
    if (!source_options_take(options, error))
        fail_msg("%s", error);
    assert_true(options_rate(options, OPT_RATE) == 50000);
    assert_int_equal(options_source(options, OPT_RATE), OPTION_FILE);
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 30); /* the variable's */
    assert_int_equal(options_count(options, OPT_SEED), 9);        /* the argument's */
    assert_int_equal(options_duration_us(options, OPT_STOP_TIMEOUT), 7000000);
    assert_true(options_flag(options, OPT_HEADLESS));
    assert_string_equal(options_text(options, OPT_KAFKA_PROPERTY), "acks=1\nlinger.ms=5");
    options_destroy(&options);
}

static void those_of_the_other_program_are_passed_over(void **state)
{
    (void)state;
    options_t *options = with("return { threshold = 'p99<1s', batch_size = 20 }", OPTION_SECONDARY);
    assert_true(source_options_take(options, error));
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 20);
    assert_null(options_text(options, OPT_THRESHOLD));
    options_destroy(&options);
}

static void what_is_none_is_told_by_file_and_name(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"return { rte = 5 }", "s.lua: there is no option \"rte\"; did you mean rate?"},
        {"return { xyzzyplugh = 5 }", "s.lua: there is no option \"xyzzyplugh\""},
        {"return { scenario = 'x.lua' }", "s.lua: scenario is no option that a scenario can give"},
        {"return { scenario_text = 'x' }", "s.lua: scenario-text is no option that a scenario can give"},
        {"return { template_text = 'x' }", "s.lua: template-text is no option that a scenario can give"},
        {"return { replay = 'x' }", "s.lua: replay is no option that a scenario can give"},
        {"return { help = true }", "s.lua: help is no option that a scenario can give"},
        {"return { batch_size = 501 }",
         "s.lua: batch-size: \"501\" is out of range; allowed is a whole number from 1 to 500"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        options_t *options = with(wrong[i][0], OPTION_PRIMARY);
        assert_false(source_options_take(options, error));
        assert_string_equal(error, wrong[i][1]);
        options_destroy(&options);
    }
    options_t *options = with("return {\n rate = = 5 }", OPTION_PRIMARY);
    assert_false(source_options_take(options, error));
    assert_non_null(strstr(error, "s.lua:2:"));
    options_destroy(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_fill_what_nobody_said),
        cmocka_unit_test(those_of_the_other_program_are_passed_over),
        cmocka_unit_test(what_is_none_is_told_by_file_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
