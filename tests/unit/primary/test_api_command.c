/* What people type into a form, or scripts post: options, plans, edits; each mistake under its option's name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/option_table.h"
#include "primary/api_command.h"
#include "primary/api_options.h"
#include "primary/api_workload.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct fixture {
    options_t *options; /* as given on the command line: freshet -t 5m --rate 1k DemoStream */
    struct api_command_fields fields;
    struct plan plan;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    char *const argv[] = {(char *)"freshet", (char *)"-t", (char *)"5m",
                          (char *)"--rate",  (char *)"1k", (char *)"DemoStream"};
    char error[OPTIONS_ERROR_MAX];
    f->options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    assert_true(options_arguments(f->options, COUNT(argv), argv, error));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    options_destroy(&f->options);
    free(f);
    return 0;
}

static const char *complaint(const struct api_command_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->list[i].name, name) == 0)
            return fields->list[i].message;
    }
    return NULL;
}

static void a_form_becomes_a_plan(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter form[] = {
        {"target", "null://"}, {"rate", "50k"}, {"batch_size", "100"}, {"run-time", ""}, {"events", ""}};
    assert_true(api_command_take(f->options, form, COUNT(form), false, &f->fields));
    assert_true(api_command_plan(f->options, &f->plan, &f->fields));
    assert_int_equal(f->plan.target.kind, TARGET_NULL);
    assert_int_equal(f->plan.model, PLAN_RATE);
    assert_true(f->plan.rate == 50000);
    assert_int_equal(f->plan.batch_size, 100);
    assert_int_equal(f->plan.run_time_us, 0); /* emptied in the form: the command line's 5m is gone */
    assert_true(f->plan.seed > 0 && f->plan.seed < (UINT64_C(1) << 53));
}

static void users_in_a_form_beat_a_rate_on_the_command_line(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter form[] = {{"user_count", "10"},
                                         {"spawn_rate", "2.5"},
                                         {"host", "Other"},
                                         {"run_time", "1h20m"},
                                         {"profile", "night"}};
    assert_true(api_command_take(f->options, form, COUNT(form), true, &f->fields));
    assert_true(api_command_plan(f->options, &f->plan, &f->fields));
    assert_int_equal(f->plan.model, PLAN_USERS);
    assert_int_equal(f->plan.users, 10);
    assert_true(f->plan.spawn_rate == 2.5);
    assert_string_equal(f->plan.target.stream, "Other");
    assert_int_equal(f->plan.run_time_us, UINT64_C(4800000000));
    assert_null(options_text(f->options, OPT_PROFILE)); /* Locust's profile is not AWS's */
}

static void every_mistake_stands_under_its_name(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter form[] = {{"rate", "abc"},    {"batch-size", "501"}, {"run-time", "5 parsecs"},
                                         {"web-port", "80"}, {"nonsense", "1"},     {"bind-host", "0.0.0.0"}};
    assert_false(api_command_take(f->options, form, COUNT(form), false, &f->fields));
    assert_int_equal(f->fields.count, 6);
    assert_non_null(strstr(complaint(&f->fields, "rate"), "\"abc\" is not a rate"));
    assert_non_null(strstr(complaint(&f->fields, "batch-size"), "from 1 to 500"));
    assert_non_null(complaint(&f->fields, "run-time"));
    assert_non_null(complaint(&f->fields, "nonsense"));
    assert_non_null(complaint(&f->fields, "web-port")); /* an option of the primary, not of a run */
    assert_non_null(complaint(&f->fields, "bind-host"));
    json_t *out = api_command_refusal(&f->fields);
    json_t *error = json_object_get(out, "error");
    assert_string_equal(json_string_value(json_object_get(error, "code")), "invalid");
    assert_int_equal(json_object_size(json_object_get(error, "fields")), 6);
    json_decref(out);
}

static void a_plan_that_contradicts_itself(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter both[] = {{"rate", "5"}, {"users", "5"}};
    assert_true(api_command_take(f->options, both, COUNT(both), false, &f->fields));
    assert_false(api_command_plan(f->options, &f->plan, &f->fields));
    assert_non_null(strstr(complaint(&f->fields, "rate"), "exclude each other"));
    f->fields.count = 0;
    const struct api_parameter wrong[] = {{"users", ""}, {"target", "kinesis://"}};
    assert_true(api_command_take(f->options, wrong, COUNT(wrong), false, &f->fields));
    assert_false(api_command_plan(f->options, &f->plan, &f->fields));
    assert_non_null(complaint(&f->fields, "target"));
    f->fields.count = 0;
    const struct api_parameter wait[] = {{"target", ""}, {"wait-time", "soon"}};
    assert_true(api_command_take(f->options, wait, COUNT(wait), false, &f->fields));
    assert_false(api_command_plan(f->options, &f->plan, &f->fields));
    assert_non_null(strstr(complaint(&f->fields, "target"), "name a stream"));
}

static void a_value_longer_than_the_wire_carries_is_refused(void **state)
{
    struct fixture *f = *state;
    char *path = mem_new(4001, 1);
    memset(path, 'x', 4000);
    const struct api_parameter form[] = {{"ca-bundle", path}};
    assert_false(api_command_take(f->options, form, 1, false, &f->fields));
    assert_non_null(complaint(&f->fields, "ca-bundle"));
    free(path);
}

static void a_running_rate_can_be_edited(void **state)
{
    struct fixture *f = *state;
    struct plan now, after;
    assert_true(api_command_plan(f->options, &now, &f->fields));
    const struct api_parameter more[] = {{"rate", "2k"}, {"run-time", "10m"}, {"target", "DemoStream"}};
    assert_true(api_command_edit(f->options, &now, more, COUNT(more), false, &after, &f->fields));
    assert_true(after.rate == 2000);
    assert_int_equal(after.run_time_us, UINT64_C(600000000));
    assert_int_equal(after.seed, now.seed);
    const struct api_parameter zero[] = {{"rate", "0"}};
    assert_false(api_command_edit(f->options, &now, zero, 1, false, &after, &f->fields));
    assert_non_null(complaint(&f->fields, "rate"));
}

static void a_running_rate_can_be_given_stages_and_a_shape(void **state)
{
    struct fixture *f = *state;
    struct plan now, after, last;
    assert_true(api_command_plan(f->options, &now, &f->fields));
    const struct api_parameter stages[] = {{"stages", "10s:5k,10s:0"}, {"run-time", ""}};
    assert_true(api_command_edit(f->options, &now, stages, COUNT(stages), false, &after, &f->fields));
    assert_int_equal(after.shape.kind, SHAPE_STAGES);
    assert_true(after.rate == 5000);
    assert_int_equal(after.run_time_us, 0); /* as long as they last from the edit on: the run knows */
    const struct api_parameter rate[] = {{"rate", "7k"}};
    assert_false(api_command_edit(f->options, &after, rate, 1, false, &last, &f->fields));
    assert_non_null(strstr(complaint(&f->fields, "rate"), "follows its stages"));
    f->fields.count = 0;
    const struct api_parameter sine[] = {{"stages", ""}, {"shape", "sine"}, {"rate", "7k"}};
    assert_true(api_command_edit(f->options, &after, sine, COUNT(sine), false, &last, &f->fields));
    assert_int_equal(last.shape.kind, SHAPE_SINE);
    assert_true(last.rate == 7000 && last.shape.base == 7000);
    const struct api_parameter both[] = {{"stages", "5s:1"}};
    assert_false(api_command_edit(f->options, &last, both, 1, false, &after, &f->fields));
    assert_non_null(strstr(complaint(&f->fields, "stages"), "excludes --shape"));
}

static void the_load_of_a_form_needs_no_target(void **state)
{
    struct fixture *f = *state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    const struct api_parameter form[] = {{"stages", "5s:100"}, {"users", "10"}};
    assert_true(api_command_take(options, form, COUNT(form), false, &f->fields));
    assert_true(api_command_load(options, &f->plan, &f->fields));
    assert_int_equal(f->plan.model, PLAN_USERS);
    assert_int_equal(f->plan.users, 100);
    const struct api_parameter wrong[] = {{"stages", "5s"}};
    assert_true(api_command_take(options, wrong, 1, false, &f->fields));
    assert_false(api_command_load(options, &f->plan, &f->fields));
    assert_non_null(strstr(complaint(&f->fields, "stages"), "stage 1"));
    options_destroy(&options);
}

static void what_can_not_change_while_it_runs(void **state)
{
    struct fixture *f = *state;
    struct plan now, after;
    assert_true(api_command_plan(f->options, &now, &f->fields));
    const struct api_parameter form[] = {{"users", "5"}, {"batch-size", "10"}, {"target", "Other"}};
    assert_false(api_command_edit(f->options, &now, form, COUNT(form), false, &after, &f->fields));
    assert_int_equal(f->fields.count, 3);
    assert_non_null(strstr(complaint(&f->fields, "users"), "has a rate"));
    assert_non_null(strstr(complaint(&f->fields, "batch-size"), "can't be changed"));
    assert_non_null(strstr(complaint(&f->fields, "target"), "can't be changed"));
}

static void the_form_knows_every_option_and_no_secret(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter form[] = {{"endpoint-url", "http://me:geheim@127.0.0.1:4567/x@y"}};
    char error[OPTIONS_ERROR_MAX];
    assert_false(api_command_take(f->options, form, 1, false, &f->fields));
    assert_null(strstr(complaint(&f->fields, "endpoint-url"), "geheim"));
    assert_true(
        options_set(f->options, OPT_ENDPOINT_URL, form[0].value, "variable", error)); /* another way */
    json_t *out = api_options(f->options), *settings = api_options_settings(f->options), *one;
    size_t i;
    bool rate_seen = false;
    json_array_foreach(out, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), "rate") != 0)
            continue;
        rate_seen = true;
        assert_string_equal(json_string_value(json_object_get(one, "type")), "rate");
        assert_string_equal(json_string_value(json_object_get(one, "current")), "1k");
        assert_true(json_is_null(json_object_get(one, "default")));
        assert_true(json_number_value(json_object_get(one, "max")) == 1e9);
        assert_true(json_is_true(json_object_get(one, "form")));
    }
    assert_true(rate_seen);
    char *text = json_dumps(out, 0), *kept = json_dumps(settings, 0);
    assert_null(strstr(text, "geheim"));
    assert_null(strstr(kept, "geheim"));
    assert_non_null(strstr(kept, "127.0.0.1:4567"));
    free(text);
    free(kept);
    json_decref(out);
    json_decref(settings);
}

static json_t *current_of(const options_t *options, const char *name)
{
    json_t *out = api_options(options), *one, *found = NULL;
    size_t i;
    json_array_foreach(out, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0)
            found = json_incref(json_object_get(one, "current"));
    }
    json_decref(out);
    assert_non_null(found);
    return found;
}

static void properties_come_by_form_and_are_kept_without_secrets(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter open_ones[] = {{"kafka-property", "acks=1\ncompression.type=lz4"}};
    assert_true(api_command_take(f->options, open_ones, 1, false, &f->fields));
    json_t *current = current_of(f->options, "kafka-property");
    assert_string_equal(json_string_value(current), open_ones[0].value); /* a form may send it back */
    json_decref(current);

    const struct api_parameter secret[] = {{"kafka-property", "acks=1\nsasl.password=geheim"}};
    assert_true(api_command_take(f->options, secret, 1, false, &f->fields));
    assert_string_equal(options_text(f->options, OPT_KAFKA_PROPERTY), secret[0].value);
    current = current_of(f->options, "kafka-property");
    assert_true(json_is_null(current));
    json_decref(current);
    json_t *settings = api_options_settings(f->options);
    assert_string_equal(json_string_value(json_object_get(settings, "kafka-property")),
                        "acks=1\nsasl.password=...");
    json_decref(settings);
}

static void a_form_may_not_choose_which_file_is_read(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter other[] = {{"replay", "/etc/passwd"}, {"kafka-config", "/etc/passwd"}};
    assert_false(api_command_take(f->options, other, COUNT(other), false, &f->fields));
    assert_int_equal(f->fields.count, 2);
    assert_non_null(strstr(complaint(&f->fields, "replay"), "only the command line"));
    char error[OPTIONS_ERROR_MAX];
    assert_true(options_set(f->options, OPT_REPLAY, "events.ndjson", "", error));
    const struct api_parameter same[] = {{"replay", "events.ndjson"}};
    assert_true(api_command_take(f->options, same, COUNT(same), false, &f->fields));
}

static void a_form_is_told_of_the_scenario_and_cannot_set_it(void **state)
{
    struct fixture *f = *state;
    const struct api_parameter form[] = {{"scenario", "theirs.lua"}};
    char error[OPTIONS_ERROR_MAX];
    assert_true(options_set(f->options, OPT_SCENARIO, "mine.lua", "variable", error));
    json_t *current = current_of(f->options, "scenario");
    assert_string_equal(json_string_value(current), "mine.lua");
    json_decref(current);
    json_t *settings = api_options_settings(f->options); /* the history says what the events were made from */
    assert_string_equal(json_string_value(json_object_get(settings, "scenario")), "mine.lua");
    json_decref(settings);
    assert_false(api_command_take(f->options, form, 1, false, &f->fields));
    assert_string_equal(options_text(f->options, OPT_SCENARIO), "mine.lua");
}

static void a_template_has_many_lines_and_64_kib(void **state)
{
    struct fixture *f = *state;
    char *longest = mem_new(65538, 1);
    memset(longest, 'x', 65537);
    memcpy(longest, "{\n\t\"a\": ", 8);
    struct api_parameter form[] = {{"template-text", longest}};
    assert_false(api_command_take(f->options, form, 1, false, &f->fields));
    assert_non_null(complaint(&f->fields, "template-text"));
    longest[65536] = '\0';
    assert_true(api_command_take(f->options, form, 1, false, &f->fields));
    assert_string_equal(options_text(f->options, OPT_TEMPLATE_TEXT), longest);
    json_t *settings = api_options_settings(f->options); /* as the history keeps it */
    assert_string_equal(json_string_value(json_object_get(settings, "template-text")), longest);
    json_decref(settings);
    free(longest);
}

static void files_are_not_for_forms(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"template", "scenario", "f", "scenario-text", "scenario_text"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct api_parameter form[] = {{names[i], "/etc/passwd"}};
        memset(&f->fields, 0, sizeof f->fields);
        assert_false(api_command_take(f->options, form, 1, true, &f->fields));
        assert_string_equal(complaint(&f->fields, names[i]), "there is no such option of a run");
    }
    assert_null(options_text(f->options, OPT_SCENARIO));
    assert_null(options_text(f->options, OPT_SCENARIO_TEXT));
}

static void the_form_shows_the_templates_text_and_may_send_it_back(void **state)
{
    struct fixture *f = *state;
    static const char text[] = "{\"at\": \"http://{{x}}@host/\"}"; /* no address with a login in it */
    char error[OPTIONS_ERROR_MAX];
    assert_true(options_offer(f->options, OPT_TEMPLATE, OPTION_ARGUMENT, "t.json", "", error));
    assert_true(options_offer(f->options, OPT_TEMPLATE_TEXT, OPTION_ARGUMENT, text, "", error));
    json_t *current = current_of(f->options, "template-text");
    assert_string_equal(json_string_value(current), text);
    json_decref(current);
    const struct api_parameter same[] = {{"template-text", text}}, other[] = {{"template-text", "{}"}};
    assert_true(api_command_take(f->options, same, 1, false, &f->fields));
    assert_int_equal(options_source(f->options, OPT_TEMPLATE_TEXT), OPTION_ARGUMENT); /* still the file's */
    assert_true(api_command_take(f->options, other, 1, false, &f->fields));
    assert_int_equal(options_source(f->options, OPT_TEMPLATE_TEXT), OPTION_SET);
}

static void an_error_with_a_place_tells_it_in_numbers(void **state)
{
    struct fixture *f = *state;
    char error[OPTIONS_ERROR_MAX];
    assert_true(options_set(f->options, OPT_TEMPLATE_TEXT, "{{x}}", "", error));
    api_workload_refuse(f->options, "template:2:14: no function random.nmber", &f->fields);
    assert_string_equal(complaint(&f->fields, "template-text"),
                        "line 2, column 14: no function random.nmber");
    json_t *refusal = api_command_refusal(&f->fields), *told = json_object_get(refusal, "error");
    assert_int_equal(json_integer_value(json_object_get(told, "line")), 2);
    assert_int_equal(json_integer_value(json_object_get(told, "column")), 14);
    json_decref(refusal);
    memset(&f->fields, 0, sizeof f->fields);
    api_workload_refuse(f->options, "--keys: \"x\" is none", &f->fields);
    assert_string_equal(complaint(&f->fields, "keys"), "\"x\" is none");
    refusal = api_command_refusal(&f->fields);
    assert_null(json_object_get(json_object_get(refusal, "error"), "line"));
    json_decref(refusal);
}

static void a_preview_shows_five_events(void **state)
{
    struct fixture *f = *state;
    json_t *preview = api_workload_preview(f->options, &f->fields), *event;
    assert_non_null(preview);
    size_t i;
    json_array_foreach(json_object_get(preview, "events"), i, event)
    {
        json_t *reading = json_loads(json_string_value(json_object_get(event, "data")), 0, NULL);
        assert_string_equal(json_string_value(json_object_get(reading, "sensorId")),
                            json_string_value(json_object_get(event, "key")));
        json_decref(reading);
    }
    assert_int_equal(i, 5);
    json_decref(preview);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_form_becomes_a_plan, set_up, tear_down),
        cmocka_unit_test_setup_teardown(users_in_a_form_beat_a_rate_on_the_command_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_mistake_stands_under_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_plan_that_contradicts_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_value_longer_than_the_wire_carries_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_running_rate_can_be_edited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_running_rate_can_be_given_stages_and_a_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_load_of_a_form_needs_no_target, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_not_change_while_it_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_form_knows_every_option_and_no_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_form_may_not_choose_which_file_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_form_is_told_of_the_scenario_and_cannot_set_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_template_has_many_lines_and_64_kib, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_are_not_for_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_form_shows_the_templates_text_and_may_send_it_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_error_with_a_place_tells_it_in_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_preview_shows_five_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(properties_come_by_form_and_are_kept_without_secrets, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
