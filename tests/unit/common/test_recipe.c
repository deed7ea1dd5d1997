/* Options of keys, sizes and replay: errors name the option, and all of it together makes events. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "common/option_table.h"
#include "common/plan.h"
#include "common/workload/recipe.h"

static void set(options_t *options, size_t index, const char *value)
{
    char error[OPTIONS_ERROR_MAX];
    if (!options_set(options, index, value, "test", error))
        fail_msg("%s", error);
}

static void wrong_ones_are_named(void **state)
{
    (void)state;
    static const struct {
        size_t index;
        const char *value, *begins;
    } rows[] = {
        {OPT_PARTITION_KEYS, "zipf:10", "--keys: \"zipf:10\" is not understood; allowed is "},
        {OPT_EVENT_SIZE, "2MiB", "--event-size: \"2MiB\" is not understood; allowed is "},
        {OPT_REPLAY_KEY, "id", "--replay-key: needs --replay FILE"},
        {OPT_REPLAY_ONCE, "true", "--replay-once: needs --replay FILE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
        set(options, OPT_TARGET, "null://");
        set(options, rows[i].index, rows[i].value);
        struct plan plan;
        char error[OPTIONS_ERROR_MAX] = "";
        assert_false(
            plan_from_options(options, &plan, error)); /* where the primary looks before anything is sent */
        if (strncmp(error, rows[i].begins, strlen(rows[i].begins)) != 0)
            fail_msg("%s", error);
        options_destroy(&options);
    }
}

static void a_file_to_be_sent_once_is_sent_without_a_pause(void **state)
{
    (void)state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    set(options, OPT_TARGET, "null://");
    set(options, OPT_REPLAY, "events.ndjson");
    set(options, OPT_REPLAY_ONCE, "true");
    plan_complete(options);
    struct plan plan;
    char error[OPTIONS_ERROR_MAX];
    assert_true(plan_from_options(options, &plan, error));
    assert_true(plan.replay_once);
    assert_int_equal(plan.wait.max_us, 0);
    options_destroy(&options);
}

static void keys_and_sizes_go_together(void **state)
{
    (void)state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    set(options, OPT_PARTITION_KEYS, "uniform:10");
    set(options, OPT_EVENT_SIZE, "512B");
    struct workload_source source = {.kind = WORKLOAD_SENSOR, .name = "sensor"};
    struct workload_setup setup = {.source = &source, .options = options, .seed = 4};
    char error[WORKLOAD_ERROR_MAX];
    workload_t *workload = workload_open(&setup, error);
    assert_non_null(workload);
    workload->ops->begin(workload, 0, 10, 0);
    for (uint32_t i = 0; i < 10; i++) {
        struct event event;
        assert_true(workload->ops->next(workload, i, &event));
        assert_int_equal(event.data_length, 512);
        assert_int_equal(event.key_length, 5); /* key-0 .. key-9 */
        json_t *read = json_loadb(event.data, event.data_length, 0, NULL);
        assert_int_equal(json_object_size(read), 5); /* the reading's four, and the padding */
        json_decref(read);
    }
    workload->ops->destroy(&workload);
    options_destroy(&options);
}

static void a_file_that_is_not_there_is_told_at_the_start(void **state)
{
    (void)state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    set(options, OPT_REPLAY, "/nowhere/events.ndjson");
    struct workload_source source = {.kind = WORKLOAD_SENSOR, .name = "sensor"};
    struct workload_setup setup = {.source = &source, .options = options};
    char error[WORKLOAD_ERROR_MAX];
    assert_null(workload_open(&setup, error));
    assert_string_equal(error, "\"/nowhere/events.ndjson\": No such file or directory");
    options_destroy(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_ones_are_named),
        cmocka_unit_test(a_file_to_be_sent_once_is_sent_without_a_pause),
        cmocka_unit_test(keys_and_sizes_go_together),
        cmocka_unit_test(a_file_that_is_not_there_is_told_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
