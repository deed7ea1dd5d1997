/* Conditions as people type them: read, judged, and told in words. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "primary/threshold.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void near(double value, double expected)
{
    if (fabs(value - expected) > 1e-9 * fabs(expected))
        fail_msg("%.12g, not %.12g", value, expected);
}

static struct threshold parsed(const char *text)
{
    struct threshold out;
    char error[THRESHOLD_ERROR_MAX];
    if (!threshold_parse(text, strlen(text), &out, error))
        fail_msg("%s", error);
    return out;
}

static void every_metric_has_its_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum threshold_metric metric;
        bool service;
        enum threshold_op op;
        enum threshold_unit unit;
        double limit;
    } rows[] = {
        {"p50<850us", THRESHOLD_P50, false, THRESHOLD_LT, THRESHOLD_US, 850},
        {"p90<=1.5s", THRESHOLD_P90, false, THRESHOLD_LE, THRESHOLD_US, 1500000},
        {"p95<1m", THRESHOLD_P95, false, THRESHOLD_LT, THRESHOLD_US, 60000000},
        {"p99<250ms", THRESHOLD_P99, false, THRESHOLD_LT, THRESHOLD_US, 250000},
        {"p99.9<1s", THRESHOLD_P999, false, THRESHOLD_LT, THRESHOLD_US, 1000000},
        {"max<2s", THRESHOLD_MAX, false, THRESHOLD_LT, THRESHOLD_US, 2000000},
        {"mean>1ms", THRESHOLD_MEAN, false, THRESHOLD_GT, THRESHOLD_US, 1000},
        {"min>=10us", THRESHOLD_MIN, false, THRESHOLD_GE, THRESHOLD_US, 10},
        {"service.p99<50ms", THRESHOLD_P99, true, THRESHOLD_LT, THRESHOLD_US, 50000},
        {"service.mean<5ms", THRESHOLD_MEAN, true, THRESHOLD_LT, THRESHOLD_US, 5000},
        {"failed<0.1%", THRESHOLD_FAILED, false, THRESHOLD_LT, THRESHOLD_SHARE, 0.001},
        {"failed==0", THRESHOLD_FAILED, false, THRESHOLD_EQ, THRESHOLD_EVENTS, 0},
        {"unknown<1k", THRESHOLD_UNKNOWN, false, THRESHOLD_LT, THRESHOLD_EVENTS, 1000},
        {"throttled<1%", THRESHOLD_THROTTLED, false, THRESHOLD_LT, THRESHOLD_SHARE, 0.01},
        {"retried<=2.5%", THRESHOLD_RETRIED, false, THRESHOLD_LE, THRESHOLD_SHARE, 0.025},
        {"delivered>=1M", THRESHOLD_DELIVERED, false, THRESHOLD_GE, THRESHOLD_EVENTS, 1000000},
        {"delivered_rate>=49.5k", THRESHOLD_DELIVERED_RATE, false, THRESHOLD_GE, THRESHOLD_PER_S, 49500},
        {"achieved>=99%", THRESHOLD_ACHIEVED, false, THRESHOLD_GE, THRESHOLD_SHARE, 0.99},
        {"lag<1s", THRESHOLD_LAG, false, THRESHOLD_LT, THRESHOLD_US, 1000000},
        {" p99\t<  250ms ", THRESHOLD_P99, false, THRESHOLD_LT, THRESHOLD_US, 250000},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct threshold out = parsed(rows[i].text);
        assert_int_equal(out.metric, rows[i].metric);
        assert_int_equal(out.service, rows[i].service);
        assert_int_equal(out.op, rows[i].op);
        assert_int_equal(out.unit, rows[i].unit);
        near(out.limit, rows[i].limit);
    }
    struct threshold code = parsed("e.code(ProvisionedThroughputExceededException)<100");
    assert_int_equal(code.metric, THRESHOLD_CODE);
    assert_string_equal(code.code, "ProvisionedThroughputExceededException");
    assert_string_equal(code.name, "e.code(ProvisionedThroughputExceededException)");
    assert_string_equal(parsed(" p99 < 250ms ").text, "p99 < 250ms");
}

static void a_mistake_is_told_with_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names, *allowed;
    } rows[] = {
        {"p98<250ms", "\"p98\"", "p99.9"},
        {"service.failed<1%", "\"service.failed\"", "delivered_rate"},
        {"P99<250ms", "\"P99\"", "p99"},
        {"p99<250", "\"250\"", "250ms"}, /* seconds are seldom meant */
        {"p99<0.1%", "\"0.1%\"", "a time"},
        {"failed<10ms", "\"10ms\"", "0.1%"},
        {"failed<101%", "\"101%\"", "0.1%"},
        {"failed<1k%", "\"1k%\"", "0.1%"},
        {"failed<-1", "\"-1\"", "0.1%"},
        {"delivered<50%", "\"50%\"", "100 or 1k"},
        {"delivered_rate>=fast", "\"fast\"", "49.5k"},
        {"achieved>=95", "\"95\"", "95%"},
        {"p99==250ms", "p99==250ms", "<="},
        {"failed==1%", "failed==1%", "<="},
        {"p99", "\"p99\"", "METRIC OPERATOR VALUE"},
        {"p99=250ms", "p99=250ms", "=="},
        {"p99<", "p99<", "250ms"},
        {"<250ms", "\"\"", "p50"},
        {"e.code()<1", "e.code()", "e.code(NAME)"},
        {"e.code(A b)<1", "e.code(A b)", "e.code(NAME)"},
        {"p99<250ms<1", "\"250ms<1\"", "250ms"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct threshold out;
        char error[THRESHOLD_ERROR_MAX] = "";
        assert_false(threshold_parse(rows[i].text, strlen(rows[i].text), &out, error));
        if (strstr(error, rows[i].names) == NULL || strstr(error, rows[i].allowed) == NULL)
            fail_msg("%s: %s", rows[i].text, error);
    }
}

static void lists_have_commas_or_newlines(void **state)
{
    (void)state;
    struct threshold_list list;
    char error[THRESHOLD_ERROR_MAX];
    assert_true(threshold_parse_list("p99<250ms, failed<0.1%\n\n delivered>5 ,", &list, error));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.list[2].text, "delivered>5");
    assert_true(threshold_parse_list("", &list, error));
    assert_int_equal(list.count, 0);
    assert_false(threshold_parse_list("p99<250ms,p0<1s", &list, error));
    assert_non_null(strstr(error, "p0"));

    char many[THRESHOLD_LIST_MAX * 12 + 12] = "";
    for (size_t i = 0; i < THRESHOLD_LIST_MAX; i++)
        memcpy(many + 12 * i, "failed<100 ,", 13);
    assert_true(threshold_parse_list(many, &list, error));
    memcpy(many + (size_t)12 * THRESHOLD_LIST_MAX, "failed<1", 9);
    assert_false(threshold_parse_list(many, &list, error));
    assert_non_null(strstr(error, "32"));
}

/* 1,000 events were generated: 900 delivered, 80 failed, 20 unknown; 100 refusals by the limits, 50 sent
 * again. */
static const struct counters some = {
    .generated = 1000, .delivered = 900, .failed = 80, .unknown = 20, .throttled = 100, .retried = 50};

static struct threshold_result judged(const char *text, const struct threshold_facts *facts)
{
    struct threshold condition = parsed(text);
    struct threshold_result result;
    threshold_judge(&condition, facts, &result);
    return result;
}

static void shares_are_of_what_they_can_be_part_of(void **state)
{
    (void)state;
    struct histogram *none = mem_new(1, sizeof *none);
    histogram_init(none);
    struct threshold_facts facts = {.counters = some, .due = none, .service = none, .achieved = -1};
    near(judged("failed<1%", &facts).value, 80.0 / 1000);
    near(judged("unknown<1%", &facts).value, 20.0 / 1000);
    near(judged("throttled<1%", &facts).value, 100.0 / 1080); /* of 1,080 verdicts */
    near(judged("retried<1%", &facts).value, 50.0 / 1050);    /* of 1,050 sends */
    facts.broker = true;                                      /* what it throttles it takes all the same */
    near(judged("throttled<1%", &facts).value, 100.0 / 980);
    assert_int_equal(judged("failed<80", &facts).state, THRESHOLD_MISSED);
    assert_int_equal(judged("failed<=80", &facts).state, THRESHOLD_MET);
    assert_int_equal(judged("failed==80", &facts).state, THRESHOLD_MET);
    assert_int_equal(judged("failed==79", &facts).state, THRESHOLD_MISSED);
    assert_int_equal(judged("delivered>=900", &facts).state, THRESHOLD_MET);
    assert_int_equal(judged("delivered>900", &facts).state, THRESHOLD_MISSED);
    free(none);
}

static void latencies_come_from_due_or_from_the_send(void **state)
{
    (void)state;
    struct histogram *due = mem_new(1, sizeof *due), *service = mem_new(1, sizeof *service);
    histogram_init(due);
    histogram_init(service);
    histogram_record(due, 100, 98); /* below 256 us the histogram is exact */
    histogram_record(due, 200, 2);
    histogram_record(service, 50, 100);
    struct threshold_facts facts = {.counters = some, .due = due, .service = service, .achieved = 0.97};
    near(judged("p50<1ms", &facts).value, 100);
    near(judged("p99<1ms", &facts).value, 200);
    near(judged("mean<1ms", &facts).value, 102);
    near(judged("min<1ms", &facts).value, 100);
    near(judged("max<1ms", &facts).value, 200);
    near(judged("service.p99<1ms", &facts).value, 50);
    assert_int_equal(judged("p99<150us", &facts).state, THRESHOLD_MISSED);
    assert_int_equal(judged("service.max<150us", &facts).state, THRESHOLD_MET);
    assert_int_equal(judged("achieved>=95%", &facts).state, THRESHOLD_MET);
    free(due);
    free(service);
}

static void errors_add_up_by_code(void **state)
{
    (void)state;
    struct histogram *none = mem_new(1, sizeof *none);
    histogram_init(none);
    const struct threshold_error errors[] = {{"Throttled", 60}, {"Other", 5}, {"Throttled", 40}};
    struct threshold_facts facts = {
        .counters = some, .due = none, .service = none, .errors = errors, .errors_count = COUNT(errors)};
    near(judged("e.code(Throttled)<100", &facts).value, 100);
    assert_int_equal(judged("e.code(Throttled)<100", &facts).state, THRESHOLD_MISSED);
    assert_int_equal(judged("e.code(Absent)==0", &facts).state, THRESHOLD_MET);
    free(none);
}

static void without_data_nothing_is_met(void **state)
{
    (void)state;
    struct histogram *none = mem_new(1, sizeof *none);
    histogram_init(none);
    struct threshold_facts facts = {.due = none, .service = none, .achieved = -1};
    assert_int_equal(judged("p99<1s", &facts).state, THRESHOLD_NONE);
    assert_int_equal(judged("failed<1%", &facts).state, THRESHOLD_NONE);
    assert_int_equal(judged("achieved>=95%", &facts).state, THRESHOLD_NONE);
    assert_int_equal(judged("failed==0", &facts).state, THRESHOLD_MET);
    assert_int_equal(judged("failed==0", NULL).state, THRESHOLD_NONE);
    char text[THRESHOLD_TEXT_MAX];
    struct threshold_result result = judged("p99<1s", &facts);
    assert_string_equal(threshold_explain(&result, text), "p99: nothing was measured");
    free(none);
}

static void results_are_told_in_words(void **state)
{
    (void)state;
    struct threshold_result latency = {.is = parsed("p99<250ms"), .state = THRESHOLD_MISSED, .value = 312000};
    struct threshold_result share = {
        .is = parsed("throttled<0.5%"), .state = THRESHOLD_MISSED, .value = 0.031};
    struct threshold_result rate = {
        .is = parsed("delivered_rate>=49.5k"), .state = THRESHOLD_MET, .value = 5e4};
    char text[THRESHOLD_TEXT_MAX];
    assert_string_equal(threshold_explain(&latency, text), "p99 312ms, not < 250ms");
    assert_string_equal(threshold_explain(&share, text), "throttled 3.1 %, not < 0.5 %");
    assert_string_equal(threshold_explain(&rate, text), "delivered_rate 50.0k events/s, >= 49.5k events/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_has_its_unit),
        cmocka_unit_test(a_mistake_is_told_with_what_is_allowed),
        cmocka_unit_test(lists_have_commas_or_newlines),
        cmocka_unit_test(shares_are_of_what_they_can_be_part_of),
        cmocka_unit_test(latencies_come_from_due_or_from_the_send),
        cmocka_unit_test(errors_add_up_by_code),
        cmocka_unit_test(without_data_nothing_is_met),
        cmocka_unit_test(results_are_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
