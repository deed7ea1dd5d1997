/* What shards are told to get: exact sums over keys, samples of the workload's own, and what can't be known.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "secondary/spread.h"

/* A target with four shards: a key goes to the one that its last digit's number modulo 4 says. */
struct digits {
    struct sink base;
    bool any;
    unsigned asked;
};

static size_t shard_of(sink_t *base, const char *key, size_t length)
{
    struct digits *self = (struct digits *)base;
    self->asked++;
    return self->any ? SINK_ANY_SHARD : (size_t)(key[length - 1] - '0') % 4;
}

static const struct sink_ops ops = {.request = "Digits", .shard_of = shard_of};

static struct digits sink = {.base.ops = &ops};

static void near(double value, double wanted)
{
    if (fabs(value - wanted) > 1e-9)
        fail_msg("%.12f is not %.12f", value, wanted);
}

static void of_rule(const char *text, double shares[4])
{
    struct keys_rule rule;
    assert_true(keys_parse(text, &rule));
    sink.any = false;
    spread_of_rule(&rule, &sink.base, 4, shares);
    near(shares[0] + shares[1] + shares[2] + shares[3], 1);
}

static void keys_are_summed_exactly(void **state)
{
    (void)state;
    double shares[4];
    of_rule("uniform:10", shares); /* last digits 0 4 8, 1 5 9, 2 6, 3 7 */
    near(shares[0], 0.3);
    near(shares[1], 0.3);
    near(shares[2], 0.2);
    near(shares[3], 0.2);
    of_rule("hot:40%:3", shares); /* key-0, and three others */
    near(shares[0], 0.4);
    near(shares[1], 0.2);
    near(shares[3], 0.2);
    of_rule("zipf:4:1", shares); /* 1 + 1/2 + 1/3 + 1/4 = 25/12 */
    near(shares[0], 12.0 / 25);
    near(shares[1], 6.0 / 25);
    near(shares[2], 4.0 / 25);
    near(shares[3], 3.0 / 25);
    of_rule("zipf:5:2", shares); /* key-4 goes with key-0 */
    double sum = 1 + 1 / 4.0 + 1 / 9.0 + 1 / 16.0 + 1 / 25.0;
    near(shares[0], (1 + 1 / 25.0) / sum);
    near(shares[3], 1 / 16.0 / sum);
}

static void explicit_is_even_and_asks_nobody(void **state)
{
    (void)state;
    double shares[4];
    sink.asked = 0;
    of_rule("explicit", shares);
    assert_int_equal(sink.asked, 0);
    for (size_t i = 0; i < 4; i++)
        near(shares[i], 0.25);
}

static void the_rest_of_very_many_is_split_like_those_before_it(void **state)
{
    (void)state;
    double shares[4];
    sink.asked = 0;
    of_rule("hot:40%:100M", shares);
    assert_int_equal(sink.asked, SPREAD_KEYS);
    assert_true(fabs(shares[0] - (0.4 + 0.6 * 0.3)) < 1e-5); /* digits 0 4 8 of ten */
    assert_true(fabs(shares[3] - 0.6 * 0.2) < 1e-5);
    of_rule("zipf:100M:1", shares);
    /* H(100,000,000) = 18.997896413853898, the harmonic number: key-0 alone has 5.26 % */
    assert_true(shares[0] > 1 / 18.997896413853898 && shares[0] < 0.4);
}

static void a_partitioner_that_throws_dice_is_even(void **state)
{
    (void)state;
    struct keys_rule rule;
    double shares[4];
    assert_true(keys_parse("hot:90%:5", &rule));
    sink.any = true;
    spread_of_rule(&rule, &sink.base, 4, shares);
    for (size_t i = 0; i < 4; i++)
        near(shares[i], 0.25);
    sink.any = false;
}

static void the_workloads_own_keys_are_drawn_as_the_run_will(void **state)
{
    (void)state;
    /* Two users of five sensors each: numbers 0 .. 4 end their ids, twice. */
    struct spread_sample sample = {
        .workload = sensor_new(1, 0), .users = 2, .batch_size = 5, .events = 1000, .wall_ms = 0};
    double shares[4];
    assert_true(spread_of_sample(&sample, &sink.base, 4, shares));
    near(shares[0], 0.4);
    near(shares[1], 0.2);
    near(shares[2], 0.2);
    near(shares[3], 0.2);
    sample.workload->ops->destroy(&sample.workload);
}

static bool never(workload_t *self, uint32_t sensor, struct event *out)
{
    (void)self;
    (void)sensor;
    (void)out;
    return false;
}

static void begin(workload_t *self, uint64_t user, uint32_t count, int64_t now_ms)
{
    (void)self;
    (void)user;
    (void)count;
    (void)now_ms;
}

static void a_workload_that_fails_is_told(void **state)
{
    (void)state;
    static const struct workload_ops failing = {.name = "failing", .begin = begin, .next = never};
    struct workload workload = {.ops = &failing};
    struct spread_sample sample = {.workload = &workload, .batch_size = 5, .events = 10};
    double shares[4];
    assert_false(spread_of_sample(&sample, &sink.base, 4, shares));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_summed_exactly),
        cmocka_unit_test(explicit_is_even_and_asks_nobody),
        cmocka_unit_test(the_rest_of_very_many_is_split_like_those_before_it),
        cmocka_unit_test(a_partitioner_that_throws_dice_is_even),
        cmocka_unit_test(the_workloads_own_keys_are_drawn_as_the_run_will),
        cmocka_unit_test(a_workload_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
