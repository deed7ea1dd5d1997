/* shape - stages and named shapes: values at moments worked out by hand, corners, sums, errors. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/shape.h"

#include <math.h>
#include <string.h>

#define S(seconds) ((uint64_t)((seconds) * 1e6))

static char error[SHAPE_ERROR_MAX];

static struct shape stages(const char *text, double base)
{
    struct shape shape;
    assert_true(shape_parse_stages(text, base, false, &shape, error));
    return shape;
}

static struct shape named(const char *text, double peak)
{
    struct shape shape;
    assert_true(shape_parse(text, peak, &shape, error));
    return shape;
}

static struct shape_line line_at(const struct shape *shape, uint64_t t_us)
{
    struct shape_line line;
    assert_true(shape_at(shape, t_us, &line));
    assert_int_equal(line.from_us, t_us);
    assert_true(line.to_us > t_us);
    return line;
}

static double value_at(const struct shape *shape, uint64_t t_us)
{
    return line_at(shape, t_us).value;
}

static void near(double value, double wanted)
{
    if (fabs(value - wanted) > 1e-6 * (1 + fabs(wanted)))
        fail_msg("%.9g is not %.9g", value, wanted);
}

/* All events of a shape up to a moment, line by line. */
static double sum_to(const struct shape *shape, uint64_t until_us)
{
    double sum = 0;
    for (uint64_t t_us = 0; t_us < until_us;) {
        struct shape_line line = line_at(shape, t_us);
        uint64_t end_us = line.to_us < until_us ? line.to_us : until_us;
        sum += shape_line_sum(&line, t_us, end_us);
        t_us = end_us;
    }
    return sum;
}

static void stages_are_straight_from_nothing(void **state)
{
    (void)state;
    struct shape shape = stages("30s:10k,5m:50k,1m:50k,30s:0", 0);
    assert_int_equal(shape_total_us(&shape), S(420));
    near(shape_peak(&shape), 50000);
    near(value_at(&shape, 0), 0);
    near(value_at(&shape, S(15)), 5000);
    near(value_at(&shape, S(30)), 10000);
    near(value_at(&shape, S(180)), 30000);
    near(value_at(&shape, S(345)), 50000);
    near(value_at(&shape, S(405)), 25000);
    near(value_at(&shape, S(420)), 0); /* and stays there */
    assert_true(line_at(&shape, S(420)).to_us == SHAPE_FOREVER);
    struct shape_line line = line_at(&shape, S(10));
    assert_int_equal(line.to_us, S(30)); /* corners exactly */
    near(line.value_to, 10000);
    near(sum_to(&shape, S(420)), 150000 + 9e6 + 3e6 + 750000); /* the areas under the pieces */
}

static void a_stage_of_no_time_is_a_jump(void **state)
{
    (void)state;
    struct shape shape = stages("0s:10k,10s:10k,0s:50k,10s:20k", 0);
    near(value_at(&shape, 0), 10000);
    near(value_at(&shape, S(10) - 1), 10000);
    near(value_at(&shape, S(10)), 50000);
    near(line_at(&shape, S(5)).value_to, 10000); /* what holds until the jump */
    near(value_at(&shape, S(15)), 35000);
    shape = stages("10s:0", 5000); /* begins elsewhere */
    near(value_at(&shape, S(4)), 3000);
}

static void a_line_sums_its_slope_and_what_follows(void **state)
{
    (void)state;
    struct shape_line line = {.from_us = S(1), .to_us = S(3), .value = 100, .value_to = 300};
    near(shape_line_at(&line, S(2)), 200);
    near(shape_line_at(&line, S(9)), 300);
    near(shape_line_sum(&line, S(1), S(2)), 150);
    near(shape_line_sum(&line, S(1), S(5)), 400 + 600);
    near(shape_line_sum(&line, S(4), S(5)), 300);
    near(shape_line_sum(&line, S(2), S(2)), 0);
}

static void steps_rise_evenly_and_end(void **state)
{
    (void)state;
    struct shape shape = named("step:steps=5,every=1m,low=20%", 1000);
    assert_int_equal(shape_total_us(&shape), S(300));
    near(value_at(&shape, 0), 200);
    near(value_at(&shape, S(60) - 1), 200);
    near(value_at(&shape, S(60)), 400);
    near(value_at(&shape, S(299)), 1000);
    near(value_at(&shape, S(900)), 1000);
}

static void spikes_stand_in_the_middle(void **state)
{
    (void)state;
    struct shape shape = named("spike:every=60s,length=10s,low=10%", 1000);
    assert_true(shape_total_us(&shape) == SHAPE_FOREVER);
    near(value_at(&shape, 0), 100);
    near(value_at(&shape, S(25)), 1000);
    near(value_at(&shape, S(35) - 1), 1000);
    near(value_at(&shape, S(35)), 100);
    assert_int_equal(line_at(&shape, S(35)).to_us, S(85)); /* up to the next spike */
    near(value_at(&shape, S(85)), 1000);
    near(sum_to(&shape, S(60)), 1000 * 10 + 100 * 50);
}

static void a_sine_is_cut_finely(void **state)
{
    (void)state;
    struct shape shape = named("sine:period=64s,low=0%", 1000); /* a line a second */
    near(value_at(&shape, 0), 0);
    near(value_at(&shape, S(16)), 500);
    near(value_at(&shape, S(32)), 1000);
    near(value_at(&shape, S(64 + 48)), 500);
    assert_int_equal(line_at(&shape, 0).to_us, S(1));
    for (int i = 0; i < 640; i++) { /* never further from the curve than 0.2 % of the peak */
        double t = i / 10.0, wanted = 500 * (1 - cos(2 * 3.14159265358979 * t / 64));
        assert_true(fabs(value_at(&shape, S(t)) - wanted) < 2);
    }
    shape = named("sine:period=10s", 1000); /* no piece is shorter than 250 ms */
    for (uint64_t t_us = 0; t_us < S(20);) {
        struct shape_line line = line_at(&shape, t_us);
        assert_true(line.to_us - t_us >= 250000);
        assert_true(line.value >= 200 - 1e-9 && line.value <= 1000 + 1e-9);
        t_us = line.to_us;
    }
}

static void a_day_has_its_hours(void **state)
{
    (void)state;
    struct shape shape = named("daily:low=0%", 1000);
    near(value_at(&shape, S(3600.0 * 4)), 0);
    near(value_at(&shape, S(3600.0 * 20)), 1000);
    assert_int_equal(line_at(&shape, S(3600.0 * 20)).to_us, S(3600.0 * 21));
    shape = named("daily:period=24m,start=20h,low=0%", 1000); /* a minute an hour, begins at its peak */
    near(value_at(&shape, 0), 1000);
    near(value_at(&shape, S(8 * 60)), 0);
    near(value_at(&shape, S(24 * 60)), 1000);
}

static bool saw(void *context, double t_s, double *value_out)
{
    ++*(int *)context;
    *value_out = t_s < 2 ? 100 * t_s : -5;
    return t_s < 3;
}

static void a_function_is_asked_four_times_a_second(void **state)
{
    (void)state;
    int calls = 0;
    struct shape shape;
    shape_call(&shape, saw, &calls, "scenario");
    near(value_at(&shape, S(1.1)), 110);
    struct shape_line line = line_at(&shape, S(1.5));
    near(line.value, 150);
    near(line.value_to, 175);
    assert_int_equal(line.to_us, S(1.75));
    near(value_at(&shape, S(2.5)), 0); /* less than nothing is nothing */
    assert_true(calls > 0);
    shape_scale(&shape, 2);
    near(value_at(&shape, S(1)), 200);
    assert_false(shape_at(&shape, S(3), &line));
    near(line.value, 0);
}

static void scaling_keeps_the_times(void **state)
{
    (void)state;
    struct shape shape = stages("10s:100,10s:200", 50);
    shape_scale(&shape, 1.1);
    near(value_at(&shape, 0), 55);
    near(value_at(&shape, S(10)), 110);
    near(shape_peak(&shape), 220);
    assert_int_equal(shape_total_us(&shape), S(20));
}

static void points_are_corners_and_jumps(void **state)
{
    (void)state;
    struct shape shape = stages("10s:100,0s:200,10s:0", 0);
    struct shape_point points[SHAPE_POINTS_MAX];
    size_t count = shape_points(&shape, S(20), points);
    const struct shape_point wanted[] = {{0, 0}, {S(10), 100}, {S(10), 200}, {S(20), 0}};
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(points[i].t_us, wanted[i].t_us);
        near(points[i].value, wanted[i].value);
    }
    shape = named("sine:period=10s", 1000);
    count = shape_points(&shape, S(86400), points); /* far too many corners */
    assert_int_equal(count, SHAPE_POINTS_MAX);
    assert_int_equal(points[count - 1].t_us, S(86400));
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    const struct {
        const char *text, *names;
    } bad_stages[] = {
        {"30s:10k,5m", "stage 2: \"5m\""},
        {"", "stage 1"},
        {"30s:10k,", "stage 2"},
        {"x:10k", "stage 1: \"x:10k\""},
        {"30s:-1", "stage 1"},
        {"30s:2G", "up to 1G"},
        {"0s:10k", "no time"},
        {"30s:0,1m:0", "nothing to send"},
        {"300d:1,300d:1", "longer than a year"},
        {"30s:10k:5", "stage 1"},
    };
    struct shape shape;
    for (size_t i = 0; i < sizeof bad_stages / sizeof bad_stages[0]; i++) {
        assert_false(shape_parse_stages(bad_stages[i].text, 0, false, &shape, error));
        assert_int_equal(strncmp(error, "--stages: ", 10), 0);
        if (strstr(error, bad_stages[i].names) == NULL)
            fail_msg("%s: %s", bad_stages[i].text, error);
    }
    assert_false(shape_parse_stages("10s:1.5", 1, true, &shape, error)); /* half a user */
    assert_non_null(strstr(error, "users"));
    assert_true(shape_parse_stages("10s:150", 1, true, &shape, error));
    const struct {
        const char *text, *names;
    } bad_shapes[] = {
        {"sinus", "step, spike, sine and daily"},  {"sine:", "is no parameter of sine"},
        {"sine:length=5s", "period=10m, low=20%"}, {"sine:period=1s", "from 10s"},
        {"sine:low=1", "from 0% to 100%"},         {"sine:low=101%", "from 0% to 100%"},
        {"step:steps=1", "from 2 to 1000"},        {"spike:every=5s", "less time than"},
        {"daily:start=25h", "time of day"},        {"sine:period", "is no parameter"},
    };
    for (size_t i = 0; i < sizeof bad_shapes / sizeof bad_shapes[0]; i++) {
        assert_false(shape_parse(bad_shapes[i].text, 1000, &shape, error));
        assert_int_equal(strncmp(error, "--shape: ", 9), 0);
        if (strstr(error, bad_shapes[i].names) == NULL)
            fail_msg("%s: %s", bad_shapes[i].text, error);
    }
}

static void every_row_of_the_list_is_a_shape(void **state)
{
    (void)state;
    size_t count = 0;
    const struct shape_row *rows = shape_list(&count);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++)
        near(shape_peak(&(struct shape[]){named(rows[i].name, 777)}[0]), 777);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_are_straight_from_nothing),
        cmocka_unit_test(a_stage_of_no_time_is_a_jump),
        cmocka_unit_test(a_line_sums_its_slope_and_what_follows),
        cmocka_unit_test(steps_rise_evenly_and_end),
        cmocka_unit_test(spikes_stand_in_the_middle),
        cmocka_unit_test(a_sine_is_cut_finely),
        cmocka_unit_test(a_day_has_its_hours),
        cmocka_unit_test(a_function_is_asked_four_times_a_second),
        cmocka_unit_test(scaling_keeps_the_times),
        cmocka_unit_test(points_are_corners_and_jumps),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(every_row_of_the_list_is_a_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
