/* What the dashboard and Locust's clients are shown of one small run, worked out by hand (run_fixture.h). */
#include "primary/api_locust.h"
#include "primary/api_metrics.h"
#include "primary/api_run.h"
#include "primary/marks.h"
#include "tests/unit/primary/run_fixture.h"

static double real(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    assert_non_null(value);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void is_integer(json_t *object, const char *key, json_int_t expected)
{
    json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    assert_int_equal(json_integer_value(value), expected);
}

static void is_text(json_t *object, const char *key, const char *expected)
{
    assert_non_null(json_string_value(json_object_get(object, key)));
    assert_string_equal(json_string_value(json_object_get(object, key)), expected);
}

static void near(double value, double expected)
{
    assert_true(value > expected - 1e-6 && value < expected + 1e-6);
}

/* Locust's members of a row, in the order of its documentation. */
static void check_row(json_t *row, const char *method, const char *name)
{
    is_text(row, "method", method);
    is_text(row, "name", name);
    is_integer(row, "num_requests", 8);
    is_integer(row, "num_failures", 2);
    is_integer(row, "min_response_time", 1);
    is_integer(row, "max_response_time", 250);
    near(real(row, "current_rps"), 0);
    near(real(row, "current_fail_per_sec"), 0);
    near(real(row, "avg_response_time"), 1.498);    /* (998 x 1 + 2 x 250) / 1000 */
    near(real(row, "median_response_time"), 1.003); /* the end of its bucket */
    near(real(row, "total_rps"), 8);
    near(real(row, "total_fail_per_sec"), 2);
    near(real(row, "response_time_percentile_0.95"), 1.003);
    near(real(row, "response_time_percentile_0.99"), 1.003);
    near(real(row, "avg_content_length"), 25000);
    is_integer(row, "delivered", 1000);
}

static void locust_finds_every_field(void **state)
{
    struct fixture *f = *state;
    json_t *out = api_locust_stats(f->snapshot, NULL);
    json_t *stats = json_object_get(out, "stats"), *errors = json_object_get(out, "errors");
    assert_int_equal(json_array_size(stats), 2);
    check_row(json_array_get(stats, 0), "PutRecords", "DemoStream");
    check_row(json_array_get(stats, 1), "", "Aggregated");
    assert_int_equal(json_array_size(errors), 1);
    json_t *error = json_array_get(errors, 0);
    is_text(error, "name", "DemoStream");
    is_text(error, "method", "PutRecords");
    is_text(error, "error", "InternalFailure: said \"no\", twice");
    is_integer(error, "occurrences", 4);
    near(real(error, "first_seen"), 1700000001);
    near(real(error, "last_seen"), 1700000001);
    near(real(out, "total_rps"), 8);
    near(real(out, "total_fail_per_sec"), 2);
    near(real(out, "fail_ratio"), 0.25);
    near(real(out, "current_rps"), 0);
    near(real(out, "current_fail_per_sec"), 0);
    json_t *now = json_object_get(out, "current_response_time_percentiles");
    assert_true(json_is_null(json_object_get(now, "response_time_percentile_0.5")));
    assert_true(json_is_null(json_object_get(now, "response_time_percentile_0.95")));
    near(real(out, "current_response_time_percentile_50"), 0);
    near(real(out, "current_response_time_percentile_95"), 0);
    is_text(out, "state", "stopped");
    is_integer(out, "user_count", 0);
    is_integer(out, "worker_count", 2);
    json_t *worker = json_array_get(json_object_get(out, "workers"), 0);
    is_text(worker, "id", "host_a");
    is_text(worker, "state", "ready");
    is_integer(worker, "user_count", 0);
    near(real(worker, "cpu_usage"), 0);
    is_integer(worker, "memory_usage", 0);
    json_decref(out);
}

/* Before any run the shape is the same: every member that will be there is there. */
static void the_shape_never_changes(void **state)
{
    struct fixture *f = *state;
    struct run ready;
    ledger_t *ledger = ledger_new(8);
    series_t *series = series_new(SERIES_POINTS_MAX);
    run_init(&ready, &f->plan);
    struct snapshot_sources sources = {.version = "0.1.0",
                                       .run = &ready,
                                       .roster = f->roster,
                                       .ledger = ledger,
                                       .series = series,
                                       .stock = f->stock,
                                       .now_us = 3 * SECOND,
                                       .wall_ms = 1700000002000,
                                       .points_max = 1};
    struct snapshot *before = snapshot_make(&sources);
    struct api_run_more more = {.sequence = 1};
    json_t *pairs[4] = {api_locust_stats(before, NULL), api_locust_stats(f->snapshot, NULL),
                        api_run(before, &more), api_run(f->snapshot, &more)};
    for (size_t i = 0; i < 4; i += 2) {
        const char *key;
        json_t *value;
        assert_int_equal(json_object_size(pairs[i]), json_object_size(pairs[i + 1]));
        json_object_foreach(pairs[i + 1], key, value) assert_non_null(json_object_get(pairs[i], key));
    }
    is_text(pairs[0], "state", "ready");
    assert_int_equal(json_array_size(json_object_get(pairs[0], "stats")), 1); /* Aggregated */
    assert_true(json_is_null(json_object_get(pairs[2], "run_id")));
    near(real(json_object_get(json_object_get(pairs[2], "phases"), "ramp"), "duration_s"), 0);
    for (size_t i = 0; i < 4; i++)
        json_decref(pairs[i]);
    snapshot_destroy(&before);
    series_destroy(&series);
    ledger_destroy(&ledger);
}

static void the_run_document_tells_the_run(void **state)
{
    struct fixture *f = *state;
    struct marks *marks = mem_new(1, sizeof *marks);
    marks_add(marks, 0.5, MARK_EDIT, "rate: 1,000 events/s");
    struct api_run_more more = {.sequence = 7,
                                .wait_time = "1s",
                                .host = "host",
                                .marks = marks,
                                .history_error = "disk full",
                                .name = "first"};
    json_t *out = api_run(f->snapshot, &more);
    is_integer(out, "schema_version", 1);
    is_integer(out, "sequence", 7);
    is_text(out, "state", "stopped");
    is_text(out, "run_id", "0000000000000001");
    is_text(out, "name", "first");
    is_text(out, "started_at", "2023-11-14T22:13:20.000Z");
    is_text(out, "ended_by", "run time over");
    near(real(out, "elapsed_s"), 1);
    near(real(out, "total_s"), 1);
    json_t *settings = json_object_get(out, "settings"), *events = json_object_get(out, "events");
    is_text(settings, "model", "rate");
    near(real(settings, "rate"), 1000);
    assert_true(json_is_null(json_object_get(settings, "users")));
    is_integer(events, "generated", 1004);
    is_integer(events, "delivered", 1000);
    is_integer(events, "failed", 4);
    is_integer(events, "unknown", 0);
    is_integer(events, "in_flight", 0);
    near(real(json_object_get(out, "mean_per_s"), "delivered"), 1000);
    near(real(json_object_get(out, "mean_per_s"), "asked"), 1000);
    is_integer(json_object_get(out, "latency_us"), "max", 250000);
    is_integer(json_object_get(out, "latency_us"), "p999", 250000);
    json_t *one = json_array_get(json_object_get(out, "secondaries"), 0);
    is_text(one, "host", "host");
    assert_true(json_is_true(json_object_get(one, "local")));
    json_t *shard = json_array_get(json_object_get(out, "shards"), 0);
    is_text(shard, "id", "shard-0");
    is_integer(shard, "events", 600);
    is_text(json_array_get(json_object_get(out, "marks"), 0), "kind", "edit");
    is_text(out, "history_error", "disk full");
    is_integer(out, "exit_code", 1); /* 4 events failed */
    json_decref(out);
    free(marks);
}

static bool has_line(const struct buffer *text, const char *line)
{
    size_t length = strlen(line);
    const char *at = buffer_str(text);
    while ((at = strstr(at, line)) != NULL) {
        bool begins = at == buffer_str(text) || at[-1] == '\n';
        if (begins && at[length] == '\n')
            return true;
        at += length;
    }
    return false;
}

/* clang-format off */
static const char error_line[] = "locust_errors{method=\"PutRecords\",name=\"DemoStream\",error=\"InternalFailure: said \\\"no\\\", twice\"} 4";
/* clang-format on */

static void metrics_carry_ours_and_the_exporters_names(void **state)
{
    struct fixture *f = *state;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    assert_true(api_metrics(f->snapshot, &out));
    static const char *const lines[] = {
        "# TYPE freshet_events_delivered_total counter",
        "freshet_events_generated_total 1004",
        "freshet_events_delivered_total 1000",
        "freshet_events_failed_total 4",
        "freshet_payload_bytes_total 117000",
        "# TYPE freshet_latency_seconds histogram",
        "freshet_latency_seconds_bucket{le=\"0.0005\"} 0",
        "freshet_latency_seconds_bucket{le=\"0.0025\"} 998",
        "freshet_latency_seconds_bucket{le=\"0.5\"} 1000",
        "freshet_latency_seconds_bucket{le=\"+Inf\"} 1000",
        "freshet_latency_seconds_sum 1.498",
        "freshet_latency_seconds_count 1000",
        "freshet_run_state{state=\"stopped\"} 1",
        "freshet_run_state{state=\"running\"} 0",
        "freshet_secondaries{state=\"ready\"} 2",
        "freshet_asked_events_per_second 0",
        "locust_up 1",
        "locust_running 0",
        "locust_users 0",
        "locust_workers_count 2",
        "locust_workers_running_count 0",
        "locust_requests_num_requests{method=\"PutRecords\",name=\"DemoStream\"} 8",
        "locust_requests_num_failures{method=\"\",name=\"Aggregated\"} 2",
        "locust_requests_max_response_time{method=\"PutRecords\",name=\"DemoStream\"} 250",
        "locust_requests_fail_ratio 0.25",
        error_line,
        "locust_worker_detail{id=\"host_a\",state=\"ready\"} 0",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (!has_line(&out, lines[i]))
            fail_msg("no line: %s", lines[i]);
    }
    buffer_fini(&out);
}

static void marks_keep_the_newest(void **state)
{
    (void)state;
    struct marks *marks = mem_new(1, sizeof *marks);
    for (int i = 0; i < MARKS_MAX + 10; i++)
        marks_add(marks, i, MARK_LOST, "number %d", i);
    assert_int_equal(marks->count, MARKS_MAX);
    json_t *all = marks_document(marks, 0, 1e9, MARKS_MAX), *some = marks_document(marks, 100, 109, 3);
    assert_int_equal(json_array_size(all), MARKS_MAX);
    near(real(json_array_get(all, 0), "at_s"), 10);
    assert_int_equal(json_array_size(some), 3);
    is_text(json_array_get(some, 0), "text", "number 107");
    json_decref(all);
    json_decref(some);
    free(marks);
}

static void what_locust_says_to_commands(void **state)
{
    (void)state;
    json_t *said = api_locust_said(true, "Swarming started", "DemoStream", 90), *tasks = api_locust_tasks();
    assert_true(json_is_true(json_object_get(said, "success")));
    is_text(said, "message", "Swarming started");
    is_text(said, "host", "DemoStream");
    is_integer(said, "run_time", 90);
    assert_non_null(json_object_get(tasks, "per_class"));
    assert_non_null(json_object_get(tasks, "total"));
    struct report_exception exception = {.count = 2, .message = "m", .traceback = "t", .nodes = "n"};
    json_t *exceptions = api_locust_exceptions(&exception, 1);
    json_t *one = json_array_get(json_object_get(exceptions, "exceptions"), 0);
    is_integer(one, "count", 2);
    is_text(one, "msg", "m");
    is_text(one, "traceback", "t");
    is_text(one, "nodes", "n");
    json_decref(said);
    json_decref(tasks);
    json_decref(exceptions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(locust_finds_every_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_shape_never_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_run_document_tells_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metrics_carry_ours_and_the_exporters_names, set_up, tear_down),
        cmocka_unit_test(marks_keep_the_newest),
        cmocka_unit_test(what_locust_says_to_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
