/* options - argv, environment and forms through the table; errors that help; help that can be trusted. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/option_names.h"
#include "common/option_table.h"
#include "common/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char error[OPTIONS_ERROR_MAX];
static const char *const *environment; /* NAME=value, ended by NULL */

static const char *look_up(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; environment[i] != NULL; i++)
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=')
            return environment[i] + length + 1;
    return NULL;
}

static int make_primary(void **state)
{
    *state = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    return 0;
}

static int drop(void **state)
{
    options_t *options = *state;
    options_destroy(&options);
    options_destroy(&options); /* repeatable */
    assert_null(options);
    return 0;
}

/* Read arguments; with an expectation of NULL they must be good, otherwise the error must be that text. */
static void arguments(options_t *options, const char *expected_error, char *const *argv)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    error[0] = '\0';
    bool good = options_arguments(options, argc, argv, error);
    if (expected_error == NULL) {
        assert_string_equal(error, "");
        assert_true(good);
    } else {
        assert_false(good);
        assert_string_equal(error, expected_error);
    }
}

#define ARGUMENTS(options, expected_error, ...)                                                              \
    arguments(options, expected_error, (char *[]){"freshet", __VA_ARGS__, NULL})

static bool environ_of(options_t *options, const char *const *variables)
{
    environment = variables;
    error[0] = '\0';
    return options_environment(options, look_up, error);
}

#define ENVIRONMENT(options, ...) environ_of(options, (const char *[]){__VA_ARGS__, NULL})

static void defaults_hold_until_something_is_said(void **state)
{
    options_t *options = *state;
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 500);
    assert_int_equal(options_integer(options, OPT_PROCESSES), -1);
    assert_int_equal(options_duration_us(options, OPT_STOP_TIMEOUT), 10000000);
    assert_int_equal(options_duration_us(options, OPT_CONNECT_TIMEOUT), 3000000);
    assert_int_equal(options_size(options, OPT_BATCH_BYTES), 5242880);
    assert_int_equal(options_count(options, OPT_BIND_PORT), 5557);
    assert_string_equal(options_text(options, OPT_LOGLEVEL), "INFO");
    assert_int_equal(options_source(options, OPT_BATCH_SIZE), OPTION_DEFAULT);
    assert_false(options_given(options, OPT_BATCH_SIZE));
    assert_int_equal(options_source(options, OPT_TARGET), OPTION_UNSET);
    assert_null(options_text(options, OPT_TARGET));
    assert_false(options_flag(options, OPT_HEADLESS));
    /* An option of the other program is still there by its index. */
    assert_int_equal(options_count(options, OPT_PRIMARY_PORT), 5557);
}

static void every_form_of_a_flag_works(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, NULL, "--headless", "--rate", "50k/s", "--run-time=1h30m", "-n", "1.5M", "-s5",
              "--batch_size=10", "DemoStream", "--seed", "18446744073709551615");
    assert_true(options_flag(options, OPT_HEADLESS));
    assert_true(options_rate(options, OPT_RATE) == 50000.0);
    assert_int_equal(options_duration_us(options, OPT_RUN_TIME), UINT64_C(5400000000));
    assert_int_equal(options_count(options, OPT_EVENTS), 1500000);
    assert_int_equal(options_duration_us(options, OPT_STOP_TIMEOUT), 5000000);
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 10);
    assert_int_equal(options_count(options, OPT_SEED), UINT64_MAX);
    assert_string_equal(options_text(options, OPT_TARGET), "DemoStream");
    assert_string_equal(options_text(options, OPT_RATE), "50k/s");
    assert_int_equal(options_source(options, OPT_RATE), OPTION_ARGUMENT);
    assert_true(options_given(options, OPT_RATE));
}

static void negative_numbers_are_values(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, NULL, "--processes", "4", "--processes", "-1");
    assert_int_equal(options_integer(options, OPT_PROCESSES), -1);
    ARGUMENTS(options, NULL, "--processes", "0", "--processes=-1");
    assert_int_equal(options_integer(options, OPT_PROCESSES), -1);
    ARGUMENTS(options, "--processes: \"-2\" is out of range; allowed is a whole number from -1 to 1024",
              "--processes", "-2");
}

static void locusts_names_are_known(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, NULL, "-H", "A", "--num-users", "3", "-r", "0.5", "-t", "20", "--expect-workers", "2",
              "--expect-workers-max-wait", "0", "--master-bind-host=*", "--master-bind-port", "0", "-L",
              "debug");
    assert_string_equal(options_text(options, OPT_TARGET), "A");
    assert_int_equal(options_count(options, OPT_USERS), 3);
    assert_true(options_rate(options, OPT_SPAWN_RATE) == 0.5);
    assert_int_equal(options_duration_us(options, OPT_RUN_TIME), 20000000);
    assert_int_equal(options_count(options, OPT_EXPECT_SECONDARIES), 2);
    assert_int_equal(options_duration_us(options, OPT_EXPECT_SECONDARIES_MAX_WAIT), 0);
    assert_string_equal(options_text(options, OPT_BIND_HOST), "*");
    assert_int_equal(options_count(options, OPT_BIND_PORT), 0);
    ARGUMENTS(options, NULL, "--host=B");
    assert_string_equal(options_text(options, OPT_TARGET), "B");
}

static void the_last_of_two_wins_but_two_bare_arguments_do_not_pass(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, NULL, "-u", "1", "--users=2", "-u3");
    assert_int_equal(options_count(options, OPT_USERS), 3);
    ARGUMENTS(options, "unexpected argument \"B\"; allowed is one TARGET, and \"A\" is already given", "A",
              "B");
    ARGUMENTS(options, NULL, "--", "-strange");
    assert_string_equal(options_text(options, OPT_TARGET), "-strange");
}

static void unknown_flags_get_a_hint_and_never_show_a_value(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, "unknown option --ratee (did you mean --rate?)", "--ratee", "5");
    ARGUMENTS(options, "unknown option --ratee (did you mean --rate?)", "--ratee=5");
    ARGUMENTS(options, "unknown option --spwan-rate (did you mean --spawn-rate?)", "--spwan-rate=5");
    ARGUMENTS(options, "unknown option --expect-work (did you mean --expect-workers?)", "--expect-work", "1");
    ARGUMENTS(options, "unknown option --web-auth (--help lists them)", "--web-auth=user:secret");
    ARGUMENTS(options, "unknown option -z (--help lists them)", "-zsecret");
    ARGUMENTS(options, "unknown option --? (--help lists them)", "--\n");
    /* of the other program only */
    ARGUMENTS(options, "unknown option --primary-host (--help lists them)", "--primary-host", "h");
    char long_name[4000] = "--";
    memset(long_name + 2, 'x', sizeof long_name - 3);
    char *argv[] = {"freshet", long_name};
    assert_false(options_arguments(options, 2, argv, error));
    assert_int_equal(strncmp(error, "unknown option --xxx", 20), 0);
}

static void what_secondaries_are_told_fits_their_message(void **state)
{
    options_t *options = *state;
    char longer[WIRE_TEXT_MAX + 2];
    for (size_t i = 0; i < OPT_COUNT_; i++) {
        const struct option *row = &option_table[i];
        if ((row->flags & OPTION_TRAVELS) == 0)
            continue;
        memset(longer, row->type == OPTION_TEXT || row->type == OPTION_LIST ? 'x' : '0', sizeof longer);
        longer[sizeof longer - 1] = '\0';
        assert_false(options_set(options, i, longer, row->name, error));
        assert_int_equal(strncmp(error, row->name, strlen(row->name)), 0);
    }
    assert_false(options_given(options, OPT_CA_BUNDLE));
}

static void the_secondary_has_its_own_flags(void **state)
{
    (void)state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_SECONDARY);
    ARGUMENTS(options, NULL, "--master-host", "10.0.0.1", "--primary-port=1", "--max-connections=1024", "-u",
              "5", "null://");
    assert_string_equal(options_text(options, OPT_PRIMARY_HOST), "10.0.0.1");
    assert_int_equal(options_count(options, OPT_MAX_CONNECTIONS), 1024);
    ARGUMENTS(options, "unknown option --headless (--help lists them)", "--headless");
    options_destroy(&options);
}

static void wrong_values_name_option_value_and_what_is_allowed(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options,
              "--rate: \"fast\" is not a rate; allowed is a number from 0 to 1G with units, as 50k or 1.5M",
              "--rate", "fast");
    ARGUMENTS(options,
              "--rate: \"-5\" is not a rate; allowed is a number from 0 to 1G with units, as 50k or 1.5M",
              "--rate", "-5");
    ARGUMENTS(options, "--batch-size: \"501\" is out of range; allowed is a whole number from 1 to 500",
              "--batch-size=501");
    ARGUMENTS(options, "--batch-size: \"0\" is out of range; allowed is a whole number from 1 to 500",
              "--batch-size=0");
    ARGUMENTS(options,
              "-u/--users: \"2M\" is out of range; allowed is a whole number from 1 to 1M with units, as 500 "
              "or 50k",
              "-u2M");
    ARGUMENTS(
        options,
        "--num-users: \"1.5\" is not a whole number; allowed is a whole number from 1 to 1M with units, "
        "as 500 or 50k",
        "--num-users=1.5");
    ARGUMENTS(
        options,
        "--batch-bytes: \"11MiB\" is out of range; allowed is a size from 1KiB to 10MiB, as 64KiB or 5MiB",
        "--batch-bytes", "11MiB");
    ARGUMENTS(options,
              "-L/--loglevel: \"loud\" is not a choice; allowed is DEBUG, INFO, WARNING, ERROR or CRITICAL",
              "-L", "loud");
    ARGUMENTS(options,
              "--request-timeout: \"2h\" is out of range; allowed is a time from 1.00ms to 1h, as 300s, 20m "
              "or 1h30m",
              "--request-timeout=2h");
    ARGUMENTS(options,
              "--json: \"a?b\" is not a usable text; allowed is text of 1 to 4095 bytes without control "
              "characters",
              "--json", "a\nb");
    ARGUMENTS(options, "--headless: takes no value", "--headless=yes");
    ARGUMENTS(options, "-h/--help: takes no value", "-hV");
    /* A bad value changes nothing. */
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 500);
    assert_int_equal(options_source(options, OPT_RATE), OPTION_UNSET);
}

static void a_missing_value_does_not_eat_the_next_flag(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, "--rate: needs a value; allowed is a number from 0 to 1G with units, as 50k or 1.5M",
              "--rate", "--users", "3");
    ARGUMENTS(options, "--json: needs a value; allowed is text of 1 to 4095 bytes without control characters",
              "--json");
    ARGUMENTS(options, NULL, "--json", "-"); /* a lone dash is a value */
    assert_string_equal(options_text(options, OPT_JSON), "-");
}

static void the_environment_is_weaker_than_argv_and_stronger_than_defaults(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, NULL, "--batch-size", "20");
    assert_true(ENVIRONMENT(options, "FRESHET_BATCH_SIZE=30", "FRESHET_RUN_TIME=5m", "FRESHET_REGION="));
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 20);
    assert_int_equal(options_duration_us(options, OPT_RUN_TIME), 300000000);
    assert_int_equal(options_source(options, OPT_RUN_TIME), OPTION_ENVIRONMENT);
    assert_null(options_text(options, OPT_REGION));
    assert_true(options_set(options, OPT_BATCH_SIZE, "40", "form field", error));
    ARGUMENTS(options, NULL, "--batch-size", "50");
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 40);
    assert_int_equal(options_source(options, OPT_BATCH_SIZE), OPTION_SET);
}

static void our_own_variable_is_stronger_than_an_alias(void **state)
{
    options_t *options = *state;
    assert_true(
        ENVIRONMENT(options, "LOCUST_NUMBER_OF_SECONDARIES=4", "LOCUST_PROCESSES=3", "FRESHET_PROCESSES=2"));
    assert_int_equal(options_integer(options, OPT_PROCESSES), 2);
    assert_true(
        ENVIRONMENT(options, "LOCUST_NUMBER_OF_SECONDARIES=4", "LOCUST_PROCESSES=3", "FRESHET_PROCESSES="));
    assert_int_equal(options_integer(options, OPT_PROCESSES), 3);
}

static void the_seed_setups_env_file_works(void **state)
{
    options_t *options = *state;
    assert_true(ENVIRONMENT(options, "LOCUST_NUMBER_OF_SECONDARIES=4", "LOCUST_BATCH_SIZE=10",
                            "REGION=eu-central-1", "KINESIS_DEFAULT_STREAM_NAME=DemoStream",
                            "LOCUST_DASHBOARD_USER=locust-user", "LOCUST_HEADLESS=true"));
    assert_int_equal(options_integer(options, OPT_PROCESSES), 4);
    assert_int_equal(options_count(options, OPT_BATCH_SIZE), 10);
    assert_string_equal(options_text(options, OPT_REGION), "eu-central-1");
    assert_string_equal(options_text(options, OPT_TARGET), "DemoStream");
    assert_true(options_flag(options, OPT_HEADLESS));
}

static void a_bad_variable_is_named(void **state)
{
    options_t *options = *state;
    assert_false(ENVIRONMENT(options, "LOCUST_NUMBER_OF_SECONDARIES=many"));
    assert_string_equal(error,
                        "LOCUST_NUMBER_OF_SECONDARIES: \"many\" is not a whole number; allowed is a whole "
                        "number from -1 to 1024");
    assert_false(ENVIRONMENT(options, "FRESHET_HEADLESS=maybe"));
    assert_string_equal(
        error, "FRESHET_HEADLESS: \"maybe\" is neither true nor false; allowed is true or false, 1 or "
               "0, yes or no, on or off");
    /* Variables that are no options of ours, and those of the other program, are not read. */
    assert_true(
        ENVIRONMENT(options, "FRESHET_VERSION=0.1.0", "FRESHET_HELP=please", "FRESHET_PRIMARY_PORT=x"));
}

static void forms_and_messages_set_by_name(void **state)
{
    options_t *options = *state;
    size_t index = 0;
    assert_true(options_find(options, "max_connections", &index));
    assert_int_equal(index, OPT_MAX_CONNECTIONS);
    assert_true(options_find(options, "num_users", &index));
    assert_int_equal(index, OPT_USERS);
    assert_true(options_find(options, "primary-host", &index));
    assert_false(options_find(options, "", &index));
    assert_false(options_find(options, "rat", &index));
    assert_false(options_set(options, OPT_RATE, "", "form field", error));
    assert_string_equal(
        error, "form field rate: \"\" is not a rate; allowed is a number from 0 to 1G with units, as 50k "
               "or 1.5M");
    assert_true(options_set(options, OPT_HEADLESS, "Off", "form field", error));
    assert_false(options_flag(options, OPT_HEADLESS));
}

static void a_copy_lives_alone(void **state)
{
    options_t *options = *state;
    ARGUMENTS(options, NULL, "A", "-u", "7");
    options_t *copy = options_copy(options);
    assert_true(options_set(copy, OPT_TARGET, "B", "form field", error));
    assert_string_equal(options_text(options, OPT_TARGET), "A");
    assert_string_equal(options_text(copy, OPT_TARGET), "B");
    assert_int_equal(options_count(copy, OPT_USERS), 7);
    assert_true(options_given(copy, OPT_USERS));
    options_destroy(&copy);
}

static bool share_a_word(const char *some, const char *others)
{
    char one[OPTION_NAME_MAX], other[OPTION_NAME_MAX];
    while (option_names_word(&some, one)) {
        const char *cursor = others;
        while (option_names_word(&cursor, other))
            if (strcmp(one, other) == 0)
                return true;
    }
    return false;
}

/* No two rows may answer to one name, letter or variable; each row is complete. */
static void the_table_is_sound(void **state)
{
    options_t *options = *state;
    for (size_t i = 0; i < OPT_COUNT_; i++) {
        const struct option *row = options_row(options, i);
        assert_non_null(row->name);
        assert_non_null(row->group);
        assert_true(strlen(row->help) > 0 && row->help[strlen(row->help) - 1] != '.');
        assert_true((row->flags & (OPTION_PRIMARY | OPTION_SECONDARY)) != 0 || i == OPT_SCENARIO_TEXT);
        assert_int_equal(row->value == NULL, row->type == OPTION_FLAG);
        if (strstr(row->name, "passw") != NULL) /* a password's file may stand in argv, a password never */
            assert_string_equal(row->value, "FILE");
        size_t found;
        assert_true(options_find(options, row->name, &found) && found == i);
        const char *cursor = row->aliases;
        char word[OPTION_NAME_MAX];
        while (option_names_word(&cursor, word))
            assert_true(options_find(options, word, &found) && found == i);
        for (size_t j = 0; j < i; j++) {
            const struct option *other = options_row(options, j);
            assert_true(row->letter == 0 || row->letter != other->letter);
            assert_false(share_a_word(row->environment, other->environment));
        }
    }
    assert_int_equal(options_rows(options), OPT_COUNT_);
}

/* What a printer writes; the caller frees it. */
static char *printed(const options_t *options, void (*print)(const options_t *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    print(options, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void help_lists_every_option_within_100_columns(void **state)
{
    options_t *options = *state;
    char *text = printed(options, options_print_help);
    for (size_t i = 0; i < OPT_COUNT_; i++) {
        const struct option *row = options_row(options, i);
        char flag[OPTION_NAME_MAX + 8], variable[OPTION_NAME_MAX];
        snprintf(flag, sizeof flag, "%s--%s%s%s", row->letter != 0 ? ", " : "      ", row->name,
                 row->value != NULL ? " " : "", row->value != NULL ? row->value : "");
        option_names_variable(row, variable);
        bool ours = (row->flags & OPTION_PRIMARY) != 0;
        assert_int_equal(strstr(text, flag) != NULL, ours);
        assert_int_equal(strstr(text, variable) != NULL, ours && (row->flags & OPTION_ARGV_ONLY) == 0);
    }
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 100);
    assert_non_null(strstr(text, "\n      --batch-size COUNT            Events in a batch"));
    free(text);
}

static void markdown_has_a_table_a_group_and_escapes_pipes(void **state)
{
    (void)state;
    static const struct option table[] = {
        {.name = "way",
         .letter = 'w',
         .aliases = "path",
         .environment = "WAY",
         .type = OPTION_CHOICE,
         .value = "A|B",
         .choices = "A B",
         .fallback = "A",
         .flags = OPTION_STANDIN,
         .group = "One",
         .help = "This | that"},
        {.name = "other", .type = OPTION_FLAG, .flags = OPTION_PRIMARY, .group = "One", .help = "Not here"},
        {.name = "quiet",
         .type = OPTION_FLAG,
         .flags = OPTION_STANDIN | OPTION_ARGV_ONLY,
         .group = "Two",
         .help = "Say less"},
    };
    options_t *options = options_new(table, 3, OPTION_STANDIN);
    char *text = printed(options, options_print_markdown);
    assert_string_equal(
        text, "### One\n\n"
              "| Option | Environment | Default | Meaning |\n|---|---|---|---|\n"
              "| `-w`, `--way A\\|B`, `--path` | `FRESHET_WAY`, `WAY` | `A` | This \\| that: A, B |\n"
              "\n### Two\n\n"
              "| Option | Environment | Default | Meaning |\n|---|---|---|---|\n"
              "| `--quiet` |  |  | Say less |\n");
    free(text);
    ARGUMENTS(options, "unexpected argument \"x\"; allowed are options only (--help lists them)", "x");
    options_destroy(&options);
}

#define PRIMARY_TEST(test) cmocka_unit_test_setup_teardown(test, make_primary, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRIMARY_TEST(defaults_hold_until_something_is_said),
        PRIMARY_TEST(every_form_of_a_flag_works),
        PRIMARY_TEST(negative_numbers_are_values),
        PRIMARY_TEST(locusts_names_are_known),
        PRIMARY_TEST(the_last_of_two_wins_but_two_bare_arguments_do_not_pass),
        PRIMARY_TEST(unknown_flags_get_a_hint_and_never_show_a_value),
        PRIMARY_TEST(what_secondaries_are_told_fits_their_message),
        cmocka_unit_test(the_secondary_has_its_own_flags),
        PRIMARY_TEST(wrong_values_name_option_value_and_what_is_allowed),
        PRIMARY_TEST(a_missing_value_does_not_eat_the_next_flag),
        PRIMARY_TEST(the_environment_is_weaker_than_argv_and_stronger_than_defaults),
        PRIMARY_TEST(our_own_variable_is_stronger_than_an_alias),
        PRIMARY_TEST(the_seed_setups_env_file_works),
        PRIMARY_TEST(a_bad_variable_is_named),
        PRIMARY_TEST(forms_and_messages_set_by_name),
        PRIMARY_TEST(a_copy_lives_alone),
        PRIMARY_TEST(the_table_is_sound),
        PRIMARY_TEST(help_lists_every_option_within_100_columns),
        cmocka_unit_test(markdown_has_a_table_a_group_and_escapes_pipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
