/* The options of passing and capacity, read together; and how a run's passing is reported. */
#include "run_fixture.h"

#include "common/option_table.h"
#include "primary/passing.h"
#include "primary/passing_document.h"
#include "primary/report_passing.h"
#include "primary/snapshot_passing.h"

enum { ARGUMENTS_MAX = 12 };

/* What argv says; NULL when it is refused, and then `error` says why. */
static options_t *told(const char *const *arguments, size_t count)
{
    char *argv[ARGUMENTS_MAX + 1] = {mem_text("freshet")};
    char error[OPTIONS_ERROR_MAX];
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = mem_text(arguments[i]);
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    if (!options_arguments(options, (int)count + 1, argv, error))
        fail_msg("%s", error);
    for (size_t i = 0; i <= count; i++)
        free(argv[i]);
    return options;
}

#define TOLD(...)                                                                                            \
    told((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Refused with a message that begins with `option` and has `words`. */
static void refused(options_t *options, enum plan_model model, const char *option, const char *words)
{
    struct plan plan = {.model = model, .rate = 1000};
    char error[OPTIONS_ERROR_MAX] = "";
    assert_false(passing_check(options, &plan, error));
    if (strncmp(error, option, strlen(option)) != 0 || strstr(error, words) == NULL)
        fail_msg("%s", error);
    options_destroy(&options);
}

static void they_are_read_together(void **state)
{
    (void)state;
    options_t *options = TOLD("--threshold", "p99<250ms, failed<0.1%", "--threshold", "delivered_rate>=49.5k",
                              "--abort-on", "failed>5%:10s", "--abort-below", "95%:30s");
    struct plan plan = {.model = PLAN_RATE, .rate = 50000};
    struct passing *passing = mem_new(1, sizeof *passing);
    char error[OPTIONS_ERROR_MAX];
    assert_true(passing_read(options, &plan, passing, error));
    assert_int_equal(passing->thresholds.count, 3);
    assert_string_equal(passing->thresholds.list[2].text, "delivered_rate>=49.5k");
    assert_int_equal(passing->tripwire.count, 2);
    assert_int_equal(passing->tripwire.rules[0].hold_us, 10 * SECOND);
    assert_true(passing->tripwire.rules[1].after_ramp);
    assert_false(passing->searches);
    assert_true(passing_check(options, &plan, error));
    free(passing);
    options_destroy(&options);
}

static void a_search_brings_its_rate(void **state)
{
    (void)state;
    options_t *options = TOLD("--find-capacity", "p99<200ms,throttled<0.5%", "--from", "10k", "--to", "2M");
    struct plan plan = {.model = PLAN_USERS, .users = 1};
    struct passing *passing = mem_new(1, sizeof *passing);
    char error[OPTIONS_ERROR_MAX];
    assert_true(passing_searches(options));
    assert_true(passing_read(options, &plan, passing, error));
    assert_true(passing->searches);
    assert_int_equal(plan.model, PLAN_RATE);
    assert_true(plan.rate > 9999 && plan.rate < 10001);
    assert_true(passing->search.to > 1999999 && passing->search.to < 2000001);
    assert_int_equal(passing->search.hold_us, 5 * SECOND); /* the default */
    assert_int_equal(passing->search.conditions.count, 2);
    free(passing);
    options_destroy(&options);
}

static const char *environment(const char *name)
{
    return strcmp(name, "FRESHET_FIND_CAPACITY") == 0 ? "p99<1s" : NULL;
}

static void a_flag_beats_a_search_in_the_environment(void **state)
{
    (void)state;
    options_t *options = TOLD("--rate", "5k");
    struct plan plan = {.model = PLAN_RATE, .rate = 5000};
    char error[OPTIONS_ERROR_MAX];
    assert_true(options_environment(options, environment, error));
    assert_false(passing_searches(options));
    assert_true(passing_check(options, &plan, error));
    assert_true(plan.rate > 4999);
    options_destroy(&options);
}

static void a_mistake_names_its_option(void **state)
{
    (void)state;
    refused(TOLD("--threshold", "p98<1s"), PLAN_RATE, "--threshold: ", "\"p98\"");
    refused(TOLD("--threshold", " , "), PLAN_RATE, "--threshold: ", "no condition");
    refused(TOLD("--abort-on", ","), PLAN_RATE, "--abort-on: ", "no condition");
    refused(TOLD("--abort-on", "failed>5%"), PLAN_RATE, "--abort-on: ", "CONDITION:TIME");
    refused(TOLD("--abort-below", "95"), PLAN_RATE, "--abort-below: ", "95%:30s");
    refused(TOLD("--abort-below", "95%:1s"), PLAN_USERS, "--abort-below: ", "needs --rate");
    refused(TOLD("--threshold", "achieved>95%"), PLAN_USERS, "--threshold: ", "needs --rate");
    refused(TOLD("--abort-on", "achieved<95%:1s"), PLAN_USERS, "--abort-on: ", "needs --rate");
    refused(TOLD("--find-capacity", "p98<1s"), PLAN_USERS, "--find-capacity: ", "\"p98\"");
    refused(TOLD("--find-capacity", " , "), PLAN_USERS, "--find-capacity: ", "no condition");
    refused(TOLD("--find-capacity", "p99<1s", "--from", "2k", "--to", "1k"), PLAN_USERS, "--from: ", "--to");
    refused(TOLD("--find-capacity", "p99<1s", "--rate", "1k"), PLAN_RATE, "--find-capacity: ", "--rate");
    refused(TOLD("--find-capacity", "p99<1s", "-u", "4"), PLAN_USERS, "--find-capacity: ", "--users");
    refused(TOLD("--find-capacity", "p99<1s", "--stages", "5s:10"), PLAN_USERS,
            "--find-capacity: ", "--stages");
    refused(TOLD("--find-capacity", "p99<1s", "--threshold", "p99<1s"), PLAN_USERS,
            "--find-capacity: ", "--threshold");
    refused(TOLD("--find-capacity", "p99<1s", "--abort-below", "9%:1s"), PLAN_USERS,
            "--find-capacity: ", "--abort-below");
}

/* ---- reports: of 1,004 events 1,000 were delivered in the one second, 998 of them within 1 ms ---- */

static struct snapshot *with_thresholds(struct fixture *f, const char *conditions,
                                        const struct search *search)
{
    static struct threshold_list list;
    char error[THRESHOLD_ERROR_MAX];
    assert_true(threshold_parse_list(conditions, &list, error));
    struct snapshot_sources sources = {.version = "0.1.0",
                                       .run = &f->run,
                                       .roster = f->roster,
                                       .ledger = f->ledger,
                                       .series = f->series,
                                       .stock = f->stock,
                                       .thresholds = &list,
                                       .search = search,
                                       .search_activity = "over",
                                       .now_us = 3 * SECOND,
                                       .wall_ms = 1700000002000,
                                       .points_max = SIZE_MAX,
                                       .exit_code_on_error = 0};
    return snapshot_make(&sources);
}

static void thresholds_decide_the_exit_code(void **state)
{
    struct fixture *f = *state;
    struct snapshot *met =
        with_thresholds(f, "p50<2ms,failed<0.5%,delivered_rate>=999,e.code(InternalFailure)==4", NULL);
    assert_int_equal(met->exit_code, 0);
    for (size_t i = 0; i < met->thresholds_count; i++)
        assert_int_equal(met->thresholds[i].state, THRESHOLD_MET);
    struct snapshot *missed = with_thresholds(f, "p50<2ms,failed<0.3%", NULL);
    assert_int_equal(missed->exit_code, 3);
    assert_int_equal(missed->thresholds[0].state, THRESHOLD_MET);
    assert_int_equal(missed->thresholds[1].state, THRESHOLD_MISSED); /* 4 of 1,004 */
    assert_true(missed->thresholds[1].value > 0.00398 && missed->thresholds[1].value < 0.00399);
    snapshot_destroy(&met);
    snapshot_destroy(&missed);
}

static void nothing_is_judged_before_steady(void **state)
{
    struct fixture *f = *state;
    struct run ended = f->run;
    f->run.state = RUN_SPAWNING;
    f->run.steady_us = f->run.stopped_us = 0;
    struct snapshot *early = with_thresholds(f, "failed==0", NULL);
    assert_int_equal(early->thresholds[0].state, THRESHOLD_NONE);
    assert_int_equal(early->exit_code, 0); /* as things stand */
    json_t *document = passing_document_thresholds(early);
    assert_true(json_is_null(json_object_get(json_array_get(document, 0), "value")));
    json_decref(document);
    f->run = ended;
    f->run.plan.model = PLAN_USERS; /* nothing was asked */
    struct snapshot *late = with_thresholds(f, "achieved>50%", NULL);
    assert_int_equal(late->thresholds[0].state, THRESHOLD_NONE);
    assert_int_equal(late->exit_code, 3); /* what was not measured did not hold */
    f->run = ended;
    snapshot_destroy(&early);
    snapshot_destroy(&late);
}

static void the_document_has_base_units(void **state)
{
    struct fixture *f = *state;
    struct snapshot *snapshot = with_thresholds(f, "max<100ms,failed<0.5%", NULL);
    json_t *document = passing_document_thresholds(snapshot);
    char *text = json_dumps(json_array_get(document, 0), JSON_COMPACT);
    assert_string_equal(text, "{\"text\":\"max<100ms\",\"metric\":\"max\",\"op\":\"<\",\"unit\":\"us\","
                              "\"limit\":100000.0,\"value\":250000.0,\"state\":\"missed\"}");
    assert_string_equal(json_string_value(json_object_get(json_array_get(document, 1), "unit")), "share");
    free(text);
    json_decref(document);
    snapshot_destroy(&snapshot);
}

static void the_summary_has_a_line_each(void **state)
{
    struct fixture *f = *state;
    struct snapshot *snapshot = with_thresholds(f, "max<100ms,failed<0.5%", NULL);
    struct buffer out;
    buffer_init(&out, 65536);
    report_passing_text(snapshot, &out);
    assert_string_equal(buffer_str(&out), "threshold MISSED  max<100ms: 250ms\n"
                                          "threshold ok      failed<0.5%: 0.398 %\n\n");
    buffer_fini(&out);
    snapshot_destroy(&snapshot);
}

static void an_abort_is_a_failure_of_the_run(void **state)
{
    struct fixture *f = *state;
    f->run.ended_by = RUN_END_ABORTED;
    snprintf(f->run.error, sizeof f->run.error, "aborted: failed>0.1%%:1s");
    struct snapshot *snapshot = with_thresholds(f, "max<1s", NULL);
    assert_int_equal(snapshot->exit_code, 3);
    struct buffer out;
    buffer_init(&out, 65536);
    assert_true(report_passing_junit(snapshot, &out));
    assert_non_null(strstr(buffer_str(&out), "failures=\"1\""));
    assert_non_null(strstr(buffer_str(&out), "exit code 3, aborted: failed&gt;0.1%:1s"));
    buffer_fini(&out);
    snapshot_destroy(&snapshot);
}

static void a_search_needs_a_result(void **state)
{
    struct fixture *f = *state;
    struct search *search = mem_new(1, sizeof *search);
    struct search_plan *plan = mem_new(1, sizeof *plan);
    *plan = (struct search_plan){.from = 1000, .to = 2000, .hold_us = SECOND};
    search_init(search, plan);
    search->steps[search->steps_count++] = (struct search_step){
        .rate = 1000, .seconds = 1, .delivered_per_s = 998, .held = false, .why = "p99 1s"};
    search->state = SEARCH_NONE;
    struct snapshot *vain = with_thresholds(f, "", search);
    assert_int_equal(vain->exit_code, 3);
    search->state = SEARCH_FOUND;
    search->found = 1000;
    struct snapshot *found = with_thresholds(f, "", search);
    assert_int_equal(found->exit_code, 0);
    struct buffer out;
    buffer_init(&out, 65536);
    report_passing_text(found, &out);
    assert_non_null(strstr(buffer_str(&out), "capacity  1.00k events/s"));
    assert_non_null(strstr(buffer_str(&out), "no: p99 1s"));
    json_t *document = passing_document_search(found);
    assert_string_equal(json_string_value(json_object_get(document, "state")), "found");
    assert_int_equal(json_array_size(json_object_get(document, "steps")), 1);
    json_decref(document);
    buffer_fini(&out);
    snapshot_destroy(&vain);
    snapshot_destroy(&found);
    free(plan);
    free(search);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_read_together),
        cmocka_unit_test(a_search_brings_its_rate),
        cmocka_unit_test(a_flag_beats_a_search_in_the_environment),
        cmocka_unit_test(a_mistake_names_its_option),
        CASE(thresholds_decide_the_exit_code),
        CASE(nothing_is_judged_before_steady),
        CASE(the_document_has_base_units),
        CASE(the_summary_has_a_line_each),
        CASE(an_abort_is_a_failure_of_the_run),
        CASE(a_search_needs_a_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
