/* A day of points thinned to a few: means of rates, extremes kept; and points to bytes and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "primary/api_series.h"

enum { DAY = 86400 };

/* 1,000 events/s; one second at noon is bad: nothing delivered, 9 s of latency, 5 s of lag, one secondary
 * less. */
static struct series_point *day(void)
{
    struct series_point *points = mem_new(DAY, sizeof *points);
    for (size_t i = 0; i < DAY; i++) {
        struct series_point *p = &points[i];
        bool bad = i == DAY / 2;
        *p = (struct series_point){.at_s = (double)i + 1, .span_s = 1, .asked_per_s = 1000, .users = i};
        p->wall_ms = (int64_t)i * 1000;
        p->phase = PHASE_STEADY;
        p->rates[counters_find("delivered", 9)] = bad ? 0 : 1000;
        p->count = bad ? 10 : 1000;
        p->secondaries = bad ? 1 : 2;
        p->lag_us = bad ? 5000000 : 100;
        p->due_us[SERIES_P50] = 1000;
        p->due_us[SERIES_P99] = bad ? 8000000 : 2000;
        p->due_us[SERIES_P100] = bad ? 9000000 : 3000;
    }
    return points;
}

static json_t *column(json_t *series, const char *name)
{
    json_t *out = json_object_get(json_object_get(series, "columns"), name);
    assert_true(json_is_array(out));
    return out;
}

static double largest(json_t *list)
{
    double most = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        double value = json_number_value(json_array_get(list, i));
        most = value > most ? value : most;
    }
    return most;
}

static double smallest(json_t *list)
{
    double least = 1e300;
    for (size_t i = 0; i < json_array_size(list); i++) {
        double value = json_number_value(json_array_get(list, i));
        least = value < least ? value : least;
    }
    return least;
}

static void a_thinned_day_keeps_its_worst_second(void **state)
{
    (void)state;
    struct series_point *points = day();
    struct api_series_ask ask = {
        .from_s = -1, .to_s = 1e18, .points_max = 100, .run_id = "x", .rate_model = true};
    json_t *out = api_series(points, DAY, &ask);
    assert_int_equal(json_array_size(json_object_get(out, "at_s")), 100); /* 864 seconds each */
    assert_true(json_number_value(json_object_get(out, "interval_s")) > 863.9);
    static const char *const names[] = {
        "asked",          "delivered", "generated", "failed",    "throttled",   "retried",
        "payload_bytes",  "p50_us",    "p95_us",    "p99_us",    "max_us",      "service_p50_us",
        "service_p99_us", "lag_us",    "users",     "in_flight", "cpu_percent", "secondaries"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(json_array_size(column(out, names[i])), 100);
    assert_true(largest(column(out, "max_us")) >= 9000000);
    assert_true(largest(column(out, "p99_us")) >= 8000000);
    assert_true(largest(column(out, "lag_us")) >= 5000000);
    assert_true(smallest(column(out, "secondaries")) < 1.5);
    /* a mean over 864 s, one of them without a delivery */
    double least = smallest(column(out, "delivered"));
    assert_true(least > 998.84 && least < 998.85);
    assert_true(json_number_value(json_array_get(column(out, "users"), 99)) > DAY - 1.5);
    json_decref(out);
    free(points);
}

static void a_range_is_cut_out_exactly(void **state)
{
    (void)state;
    struct series_point *points = day();
    struct api_series_ask ask = {.from_s = 10, .to_s = 12, .points_max = 5000};
    json_t *out = api_series(points, DAY, &ask);
    json_t *at = json_object_get(out, "at_s");
    assert_int_equal(json_array_size(at), 3);
    assert_true(json_number_value(json_array_get(at, 0)) == 10);
    assert_true(json_number_value(json_array_get(at, 2)) == 12);
    assert_true(json_is_null(json_array_get(column(out, "asked"), 0))); /* users model: nothing is asked */
    assert_true(json_is_null(json_object_get(out, "run_id")));
    json_decref(out);
    ask = (struct api_series_ask){.from_s = 5, .to_s = 4, .points_max = 1};
    out = api_series(points, DAY, &ask);
    assert_int_equal(json_array_size(json_object_get(out, "at_s")), 0);
    json_decref(out);
    free(points);
}

static void no_sample_is_null(void **state)
{
    (void)state;
    struct series_point point = {.at_s = 1, .span_s = 1};
    struct api_series_ask ask = {.from_s = 0, .to_s = 2, .points_max = 10};
    json_t *out = api_series(&point, 1, &ask);
    assert_true(json_is_null(json_array_get(column(out, "p50_us"), 0)));
    assert_true(json_is_null(json_array_get(column(out, "max_us"), 0)));
    assert_true(json_number_value(json_array_get(column(out, "delivered"), 0)) == 0);
    json_decref(out);
    out = api_series(NULL, 0, &ask);
    assert_int_equal(json_array_size(json_object_get(out, "at_s")), 0);
    json_decref(out);
}

static void bytes_give_the_points_back(void **state)
{
    (void)state;
    struct series_point *points = day(), *back = NULL;
    size_t count = 0;
    struct buffer bytes;
    buffer_init(&bytes, 1 << 20);
    points[1].cpu_percent = 98.5;
    points[1].total_mean_us = 1234.5;
    points[1].total_max_us = UINT64_MAX;
    assert_true(api_series_pack(points, 100, &bytes));
    assert_true(api_series_unpack(bytes.bytes, bytes.length, &back, &count));
    assert_int_equal(count, 100);
    assert_memory_equal(back, points, 100 * sizeof *points);
    assert_true(api_series_unpack(bytes.bytes, bytes.length, &back, &count)); /* further ones come after */
    assert_int_equal(count, 200);
    assert_false(api_series_unpack(bytes.bytes, bytes.length - 1, &back, &count));
    assert_false(api_series_unpack("", 0, &back, &count));
    bytes.bytes[0] = 9;
    assert_false(api_series_unpack(bytes.bytes, bytes.length, &back, &count));
    assert_int_equal(count, 200);
    buffer_fini(&bytes);
    free(back);
    free(points);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thinned_day_keeps_its_worst_second),
        cmocka_unit_test(a_range_is_cut_out_exactly),
        cmocka_unit_test(no_sample_is_null),
        cmocka_unit_test(bytes_give_the_points_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
