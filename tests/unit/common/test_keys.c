/* Rules of keys: what is understood, and that keys come as often as their probabilities say. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/workload/keys.h"
#include "common/workload/zipf.h"
#include "tests/unit/common/made.h"

static void rules_are_read(void **state)
{
    (void)state;
    struct keys_rule rule;
    assert_true(keys_parse(NULL, &rule) && rule.kind == KEYS_OWN);
    assert_true(keys_parse("per-sensor", &rule) && rule.kind == KEYS_OWN);
    assert_true(keys_parse("explicit", &rule) && rule.kind == KEYS_EXPLICIT);
    assert_true(keys_parse("uniform:10k", &rule) && rule.kind == KEYS_UNIFORM && rule.count == 10000);
    assert_true(keys_parse("zipf:10M:1.1", &rule) && rule.kind == KEYS_ZIPF);
    assert_true(rule.count == 10000000 && rule.exponent == 1.1);
    assert_true(keys_parse("hot:30%:1000", &rule) && rule.kind == KEYS_HOT);
    assert_true(rule.count == 1000 && fabs(rule.share - 0.3) < 1e-12);
    assert_true(keys_parse("hot:0.3:7", &rule) && fabs(rule.share - 0.3) < 1e-12);
    assert_int_equal(keys_total(&rule), 8);
    assert_true(keys_parse("hot:100%:1", &rule) && rule.share == 1);
}

static void what_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           "sensor",      "per-sensor:1", "explicit:4", "uniform",   "uniform:",   "uniform:0",
        "uniform:-1", "uniform:1:2", "uniform:2G",   "zipf:10",    "zipf:10:0", "zipf:10:11", "zipf:10:1:1",
        "zipf:0:1",   "zipf:10:1/s", "zipf:10:nan",  "hot:30%",    "hot:0:5",   "hot:101%:5", "hot:1.1:5",
        "hot:%:5",    "hot:0.5:0",   "uniform: 5",   "Uniform:5",  "hot:0.5:5:"};
    struct keys_rule rule = {.kind = KEYS_HOT, .count = 77};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (keys_parse(texts[i], &rule))
            fail_msg("\"%s\" was taken", texts[i]);
        assert_int_equal(rule.count, 77);
    }
    char longest[600];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(keys_parse(longest, &rule));
}

/* Draw, and compare counts with the exact probabilities by Pearson's chi-square. Seeded: the value is the
 * same in every run, and is held against the 99.9 % point of the distribution (Wilson and Hilferty's
 * approximation). */
static void hold_against(const char *text, const double *expected, size_t count, uint32_t draws)
{
    struct keys_rule rule;
    assert_true(keys_parse(text, &rule));
    workload_t *keys = keys_new(&rule, made_new("{}", -1), 11, 0);
    unsigned *seen = calloc(count, sizeof *seen);
    keys->ops->begin(keys, 0, 500, 0);
    for (uint32_t i = 0; i < draws; i++) {
        struct event event;
        char key[KEYS_TEXT_MAX];
        assert_true(keys->ops->next(keys, i % 500, &event));
        assert_in_range(event.key_length, 5, KEYS_TEXT_MAX - 1);
        memcpy(key, event.key, event.key_length);
        key[event.key_length] = '\0';
        assert_memory_equal(key, "key-", 4);
        unsigned long number = strtoul(key + 4, NULL, 10);
        assert_true(number < count);
        assert_memory_equal(event.data, "{}", 2);
        assert_false(event.placed);
        seen[number]++;
    }
    double chi = 0, freedom = (double)count - 1;
    for (size_t i = 0; i < count; i++) {
        double wanted = expected[i] * draws;
        assert_true(wanted >= 5);
        chi += (seen[i] - wanted) * (seen[i] - wanted) / wanted;
    }
    double cube = 1 - 2 / (9 * freedom) + 3.09 * sqrt(2 / (9 * freedom));
    assert_true(chi < freedom * cube * cube * cube);
    free(seen);
    keys->ops->destroy(&keys);
}

static void uniform_keys_come_equally_often(void **state)
{
    (void)state;
    double expected[100];
    for (size_t i = 0; i < 100; i++)
        expected[i] = 0.01;
    hold_against("uniform:100", expected, 100, 100000);
    hold_against("uniform:2", (double[]){0.5, 0.5}, 2, 10000);
}

static void zipf_keys_come_by_their_rank(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double exponent;
        size_t count;
    } rows[] = {
        {"zipf:50:1", 1, 50}, {"zipf:100:0.5", 0.5, 100}, {"zipf:30:1.1", 1.1, 30}, {"zipf:10:2.5", 2.5, 10}};
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        double expected[100], sum = 0;
        for (size_t i = 0; i < rows[row].count; i++)
            sum += pow((double)(i + 1), -rows[row].exponent);
        for (size_t i = 0; i < rows[row].count; i++)
            expected[i] = pow((double)(i + 1), -rows[row].exponent) / sum;
        hold_against(rows[row].text, expected, rows[row].count, 200000);
    }
}

static void a_hot_key_has_its_share(void **state)
{
    (void)state;
    double expected[21] = {0.3};
    for (size_t i = 1; i < 21; i++)
        expected[i] = 0.7 / 20;
    hold_against("hot:30%:20", expected, 21, 100000);
}

static void large_zipf_has_the_head_that_the_formula_gives(void **state)
{
    (void)state;
    /* H(10,000,000) = ln n + 0.5772156649 + 1/2n = 16.695311365859852 (the harmonic number) */
    assert_true(fabs(zipf_sum(10000000, 1) - 16.695311365859852) < 1e-9);
    assert_true(fabs(zipf_sum(1, 3) - 1) < 1e-15);
    /* zeta(2) - 1/n + 1/2n^2, for n = 10,000,000 */
    assert_true(fabs(zipf_sum(10000000, 2) - (1.6449340668482264 - 1e-7 + 5e-15)) < 1e-12);
    struct zipf zipf;
    zipf_init(&zipf, 10000000, 1);
    struct rng rng;
    rng_init(&rng, 5, 0);
    unsigned first = 0, upper = 0;
    enum { DRAWS = 200000 };
    for (unsigned i = 0; i < DRAWS; i++) {
        uint64_t rank = zipf_next(&zipf, &rng);
        assert_true(rank >= 1 && rank <= 10000000);
        first += rank == 1;
        upper += rank > 5000000;
    }
    /* 1/16.695 = 5.990 %; the upper half of the ranks: ln 2 / 16.695 = 4.152 %. Five standard deviations:
     * 0.27 %. */
    assert_true(fabs((double)first / DRAWS - 0.05990) < 0.0027);
    assert_true(fabs((double)upper / DRAWS - 0.04152) < 0.0027);
}

static void explicit_places_fill_the_range_evenly(void **state)
{
    (void)state;
    struct keys_rule rule;
    assert_true(keys_parse("explicit", &rule));
    workload_t *keys = keys_new(&rule, made_new("{}", -1), 3, 1);
    unsigned seen[7] = {0};
    keys->ops->begin(keys, 0, 500, 0);
    for (unsigned i = 0; i < 7000; i++) {
        struct event event;
        assert_true(keys->ops->next(keys, 0, &event));
        assert_true(event.placed);
        assert_int_equal(event.key_length, 3);
        assert_memory_equal(event.key, "own", 3);
        seen[(uint64_t)event.place * 7 >> 32]++;
    }
    for (size_t i = 0; i < 7; i++)
        assert_in_range(seen[i], 990, 1010); /* chance alone would miss by 30 and more */
    keys->ops->destroy(&keys);
}

static void the_same_seed_makes_the_same_keys_and_each_secondary_its_own(void **state)
{
    (void)state;
    struct keys_rule rule;
    assert_true(keys_parse("uniform:1M", &rule));
    workload_t *a = keys_new(&rule, made_new("{}", -1), 3, 0), *b = keys_new(&rule, made_new("{}", -1), 3, 0),
               *other = keys_new(&rule, made_new("{}", -1), 3, 1);
    struct event x = {.data = "", .key = ""}, y = x, z = x;
    unsigned same = 0;
    for (unsigned i = 0; i < 100; i++) {
        assert_true(a->ops->next(a, 0, &x) && b->ops->next(b, 0, &y) && other->ops->next(other, 0, &z));
        assert_int_equal(x.key_length, y.key_length);
        assert_memory_equal(x.key, y.key, x.key_length);
        same += x.key_length == z.key_length && memcmp(x.key, z.key, x.key_length) == 0;
    }
    assert_true(same < 3);
    a->ops->destroy(&a);
    b->ops->destroy(&b);
    other->ops->destroy(&other);
}

static void a_failure_is_handed_on(void **state)
{
    (void)state;
    struct keys_rule rule;
    struct event event;
    assert_true(keys_parse("hot:30%:5", &rule));
    workload_t *keys = keys_new(&rule, made_new("{}", 1), 3, 0);
    assert_true(keys->ops->next(keys, 0, &event));
    assert_false(keys->ops->next(keys, 0, &event));
    assert_string_equal(keys->ops->error(keys), "made.lua, line 3: no more");
    keys->ops->destroy(&keys);
    assert_null(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_read),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(uniform_keys_come_equally_often),
        cmocka_unit_test(zipf_keys_come_by_their_rank),
        cmocka_unit_test(a_hot_key_has_its_share),
        cmocka_unit_test(large_zipf_has_the_head_that_the_formula_gives),
        cmocka_unit_test(explicit_places_fill_the_range_evenly),
        cmocka_unit_test(the_same_seed_makes_the_same_keys_and_each_secondary_its_own),
        cmocka_unit_test(a_failure_is_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
