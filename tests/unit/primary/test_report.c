/* From reports to snapshot to JSON, CSV, text and progress lines: one small run, worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "primary/console_text.h"
#include "primary/report.h"
#include "primary/report_csv.h"
#include "tests/unit/primary/run_fixture.h"

static json_int_t integer(json_t *object, const char *key, const char *inner)
{
    json_t *value = json_object_get(json_object_get(object, key), inner);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void json_has_the_stable_keys(void **state)
{
    struct fixture *f = *state;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    assert_true(report_json(f->snapshot, &out));
    json_t *object = json_loads(buffer_str(&out), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "freshet")), "0.1.0");
    assert_string_equal(json_string_value(json_object_get(object, "model")), "rate");
    assert_string_equal(json_string_value(json_object_get(object, "started_at")), "2023-11-14T22:13:20.000Z");
    assert_float_equal(json_number_value(json_object_get(object, "duration_s")), 1, 1e-9);
    assert_int_equal(json_integer_value(json_object_get(object, "secondaries")), 2);
    assert_int_equal(integer(object, "events", "generated"), 1004);
    assert_int_equal(integer(object, "events", "delivered"), 1000);
    assert_int_equal(integer(object, "events", "failed"), 4);
    assert_int_equal(integer(object, "events", "unknown"), 0);
    assert_int_equal(integer(object, "requests", "sent"), 8);
    assert_int_equal(integer(object, "bytes", "payload"), 117000);
    assert_int_equal(integer(object, "latency_us", "max"), 250000);
    assert_in_range(integer(object, "latency_us", "p50"), 1000, 1010);
    assert_in_range(integer(object, "service_us", "p999"), 248000, 250000);
    json_t *schedule = json_object_get(object, "schedule");
    assert_float_equal(json_number_value(json_object_get(schedule, "achieved_ratio")), 1, 1e-9);
    assert_int_equal(integer(object, "schedule", "lag_us_max"), 1500);
    json_t *rate = json_object_get(json_object_get(object, "events_per_s"), "mean");
    assert_float_equal(json_number_value(rate), 1000, 1e-6);
    json_t *error = json_array_get(json_object_get(object, "errors"), 0);
    assert_string_equal(json_string_value(json_object_get(error, "message")), "said \"no\", twice");
    json_t *shard = json_array_get(json_object_get(object, "shards"), 0);
    assert_string_equal(json_string_value(json_object_get(shard, "id")), "shard-0");
    assert_int_equal(json_integer_value(json_object_get(shard, "events")), 600);
    assert_int_equal(json_integer_value(json_object_get(object, "exit_code")), 1);
    json_decref(object);
    buffer_fini(&out);
}

static void csv_begins_with_locusts_columns(void **state)
{
    struct fixture *f = *state;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    assert_true(report_csv_stats(f->snapshot, &out));
    static const char stats[] =
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
        "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,"
        "99.99%,100%,";
    assert_memory_equal(buffer_str(&out), stats, sizeof stats - 1);
    assert_non_null(strstr(buffer_str(&out), "\r\nPutRecords,DemoStream,8,2,"));
    assert_non_null(strstr(buffer_str(&out), "\r\n,Aggregated,8,2,"));
    assert_non_null(strstr(buffer_str(&out), ",250.000,1004,1000,4,0,0,0,1000,117000\r\n"));

    buffer_clear(&out);
    assert_true(report_csv_history(f->snapshot, false, &out));
    static const char history[] =
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,"
        "100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,"
        "Total Min Response Time,Total Max Response Time,Total Average Content Size,";
    assert_memory_equal(buffer_str(&out), history, sizeof history - 1);
    assert_non_null(strstr(buffer_str(&out), "\r\n1700000001,0,,Aggregated,0,0,"));

    buffer_clear(&out);
    assert_true(report_csv_failures(f->snapshot, &out));
    assert_string_equal(buffer_str(&out),
                        "Method,Name,Error,Occurrences,First Seen,Last Seen,Error Code\r\n"
                        "PutRecords,DemoStream,\"InternalFailure: said \"\"no\"\", twice\",4,1700000001.000,"
                        "1700000001.000,InternalFailure\r\n");

    buffer_clear(&out);
    struct report_exception exception = {3, "boom", "line 1\nline 2", "host_a"};
    assert_true(report_csv_exceptions(&exception, 1, &out));
    assert_string_equal(buffer_str(&out),
                        "Count,Message,Traceback,Nodes\r\n3,boom,\"line 1\nline 2\",host_a\r\n");
    buffer_fini(&out);
}

static void what_does_not_fit_is_said(void **state)
{
    struct fixture *f = *state;
    struct buffer out;
    buffer_init(&out, 40);
    assert_false(report_json(f->snapshot, &out));
    assert_false(report_text(f->snapshot, &out));
    buffer_fini(&out);
}

static void text_and_progress_say_the_essentials(void **state)
{
    struct fixture *f = *state;
    struct buffer out;
    buffer_init(&out, 1 << 16);
    assert_true(report_text(f->snapshot, &out));
    assert_memory_equal(buffer_str(&out), "verdict ", 8);
    assert_non_null(strstr(buffer_str(&out), "InternalFailure"));
    assert_non_null(strstr(buffer_str(&out), "shard-0"));
    assert_non_null(strstr(buffer_str(&out), "host_b"));
    assert_non_null(strstr(buffer_str(&out), "run time over"));
    /* A message may not steer the terminal. */
    char *message = f->snapshot->errors[0].message;
    message[0] = '\x1b';
    buffer_clear(&out);
    assert_true(report_text(f->snapshot, &out));
    assert_null(strchr(buffer_str(&out), '\x1b'));
    assert_non_null(strstr(buffer_str(&out), "?aid"));
    buffer_fini(&out);

    char line[CONSOLE_TEXT_MAX];
    assert_non_null(strstr(console_text_plain(f->snapshot, line), "delivered=1000 failed=4"));
    assert_non_null(strstr(console_text_live(f->snapshot, 200, line), "secondaries 2"));
    for (size_t width = 0; width <= 200; width++)
        assert_true(strlen(console_text_live(f->snapshot, width, line)) <= width);
    assert_string_equal(console_text_live(f->snapshot, 12, line), "00:01/00:01");
}

static void verdicts_follow_the_evidence(void **state)
{
    (void)state;
    struct verdict verdict;
    struct verdict_facts facts = {.model = PLAN_RATE,
                                  .ended = true,
                                  .asked_per_s = 1000,
                                  .delivered_per_s = 1000,
                                  .achieved_ratio = 1,
                                  .members = 2};
    facts.counters = facts.all = (struct counters){.generated = 1000, .delivered = 1000};
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_ON_TARGET);
    facts.model = PLAN_USERS;
    facts.users = 40;
    verdict_make(&facts, &verdict);
    assert_memory_equal(verdict.text, "held: 40 users delivered 1.00k events/s", 39);
    facts.model = PLAN_RATE;
    facts.achieved_ratio = 0.8;
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_BEHIND);
    facts.touched = true;
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_BEHIND); /* a condition on what did not happen names nobody */
    facts.counters.throttled = facts.all.throttled = 6;
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_STREAM);
    facts.touched = false;
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_BEHIND); /* 0.6 % alone do not limit */
    facts.counters.throttled = facts.all.throttled = 0;
    facts.busy_share = 0.4;
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_ANSWER_TIME);
    facts.hot = 2;
    facts.cpu_percent_max = 98;
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_GENERATOR);
    assert_non_null(strstr(verdict.text, "CPU 98 % on 2 of 2 secondaries"));
    facts.counters.throttled = 250; /* of 1,250 attempts: 20 % */
    facts.hottest[0] = (struct verdict_shard){"shardId-3", 700};
    facts.hottest_count = 1;
    facts.shards_count = 4;
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_STREAM);
    assert_non_null(strstr(verdict.text, "throttled 20.0 %"));
    assert_non_null(strstr(verdict.text, "shardId-3 (70 %) of 4"));
    facts.broker = true; /* takes what it throttles: 250 of 1,000 */
    verdict_make(&facts, &verdict);
    assert_memory_equal(verdict.text, "limited by the broker: throttled 25.0 %", 39);
    assert_non_null(strstr(verdict.text, "hottest partitions shardId-3"));
    facts.broker = false;
    facts.lost = 1;
    facts.lost_name = "host_a";
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_INCOMPLETE);
    assert_non_null(strstr(verdict.text, "1 of 2 secondaries lost (host_a)"));
    facts.failure = "workload failed: s.lua:7: boom";
    verdict_make(&facts, &verdict);
    assert_int_equal(verdict.kind, VERDICT_INCOMPLETE);
    assert_memory_equal(verdict.text, "result incomplete: workload failed: s.lua:7: boom; ", 51);
}

static void a_full_series_halves_its_resolution(void **state)
{
    (void)state;
    series_t *series = series_new(4);
    struct ledger_totals *totals = mem_new(1, sizeof *totals);
    histogram_init(&totals->due);
    histogram_init(&totals->service);
    series_begin(series, 0);
    for (uint64_t i = 1; i <= 6; i++) {
        double rates[COUNTERS_COUNT];
        for (size_t k = 0; k < COUNTERS_COUNT; k++)
            rates[k] = (double)(10 * i);
        struct series_sample sample = {.now_us = i * SECOND, .rates = rates, .reported = totals, .lag_us = i};
        series_add(series, &sample);
    }
    /* 1+2, 3+4, 5+6: means of 15, 35, 55. */
    assert_int_equal(series_count(series), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_float_equal(series_at(series, i)->span_s, 2, 1e-9);
        assert_float_equal(series_at(series, i)->at_s, (double)(2 * (i + 1)), 1e-9);
        assert_float_equal(SERIES_RATE(series_at(series, i), delivered), (double)(15 + 20 * i), 1e-9);
    }
    assert_int_equal(series_at(series, 2)->lag_us, 6);
    free(totals);
    series_destroy(&series);
}

static void stock_reports_are_added_up_and_stay_requests(void **state)
{
    (void)state;
    stock_t *stock = stock_new();
    struct wire_pair times[2] = {{100, 8}, {3, 2}};
    struct wire_entry entry = {.name = "/a",
                               .method = "GET",
                               .requests = 10,
                               .failures = 1,
                               .total_response_ms = 806,
                               .max_response_ms = 101,
                               .min_response_ms = 3,
                               .last_request_time = 9,
                               .start_time = 5,
                               .response_times = times,
                               .response_times_count = 2};
    struct wire_failure failure = {
        .name = "/a", .method = "GET", .error = (char[]){"refused"}, .occurrences = 1};
    struct wire_message message = {
        .type = WIRE_STATS, .entries = &entry, .entries_count = 1, .failures = &failure, .failures_count = 1};
    stock_take(stock, &message, 1000);
    stock_take(stock, &message, 2000);
    size_t count;
    const struct stock_entry *entries = stock_entries(stock, &count);
    assert_int_equal(count, 1);
    assert_int_equal(entries[0].requests, 20);
    assert_int_equal(entries[0].failures, 2);
    /* 4 of 20 at 3 ms, 16 at 100 ms. */
    assert_float_equal(stock_quantile_ms(&entries[0], 0.5), 100, 1e-9);
    assert_float_equal(stock_quantile_ms(&entries[0], 0.1), 3, 1e-9);
    const struct stock_error *errors = stock_errors(stock, &count);
    assert_int_equal(count, 1);
    assert_int_equal(errors[0].occurrences, 2);
    assert_int_equal(errors[0].first_seen_ms, 1000);
    assert_int_equal(errors[0].last_seen_ms, 2000);
    stock_destroy(&stock);
}

/* By hand: reports come every three seconds, so at 1020 the last second told of is 1017, and ten are looked
 * at: 1008 to 1017. */
static void stock_rates_are_those_of_the_ten_seconds_before_the_last_two(void **state)
{
    (void)state;
    stock_t *stock = stock_new();
    struct wire_pair requests[3] = {{1007, 1000}, {1008, 30}, {1017, 20}};
    struct wire_pair later[2] = {{1017, 5}, {1018, 700}}, failures[1] = {{1008, 10}};
    struct wire_entry entry = {.name = "/a",
                               .method = "GET",
                               .requests = 1050,
                               .start_time = 1000.5,
                               .per_second = requests,
                               .per_second_count = 3,
                               .failures_per_second = failures,
                               .failures_per_second_count = 1};
    struct wire_message message = {.type = WIRE_STATS, .entries = &entry, .entries_count = 1};
    stock_take(stock, &message, 1);
    entry.per_second = later;
    entry.per_second_count = 2;
    entry.failures_per_second_count = 0;
    stock_take(stock, &message, 2);
    size_t count;
    double per_s = 0, failures_per_s = 0;
    const struct stock_entry *entries = stock_entries(stock, &count);
    stock_rates(&entries[0], 1020.9, &per_s, &failures_per_s);
    assert_float_equal(per_s, 5.5, 1e-9);
    assert_float_equal(failures_per_s, 1, 1e-9);
    stock_rates(&entries[0], 1040, &per_s, &failures_per_s); /* nothing lately */
    assert_float_equal(per_s, 0, 1e-9);
    /* It has only begun: 1000 to 1002 are the seconds there were. */
    struct wire_pair first[1] = {{1001, 30}};
    stock_clear(stock);
    entry.per_second = first;
    entry.per_second_count = 1;
    stock_take(stock, &message, 3);
    entries = stock_entries(stock, &count);
    stock_rates(&entries[0], 1005, &per_s, &failures_per_s);
    assert_float_equal(per_s, 10, 1e-9);
    stock_destroy(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_has_the_stable_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(csv_begins_with_locusts_columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_and_progress_say_the_essentials, set_up, tear_down),
        cmocka_unit_test(verdicts_follow_the_evidence),
        cmocka_unit_test(a_full_series_halves_its_resolution),
        cmocka_unit_test(stock_reports_are_added_up_and_stay_requests),
        cmocka_unit_test(stock_rates_are_those_of_the_ten_seconds_before_the_last_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
