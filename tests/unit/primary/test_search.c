/* The search for the limit, against simulated targets: each hold is answered by a function of the rate. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/rng.h"
#include "primary/search.h"

#define SECOND UINT64_C(1000000)

/* What a target does with `rate` for `seconds`. */
struct answer {
    double delivered_per_s, throttled, failed; /* per second */
    uint64_t latency_us, lag_us;
};
typedef struct answer(target_fn)(double rate, double seconds, unsigned hold);

struct fixture {
    struct search search;
    struct search_plan plan;
    struct histogram due;
    double seconds; /* that the holds took */
};

static int set_up(void **state)
{
    *state = mem_new(1, sizeof(struct fixture));
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void hold_once(struct fixture *f, target_fn *target)
{
    struct search *search = &f->search;
    struct search_step step = {.rate = search->rate,
                               .seconds = (double)search_hold_us(search) / 1e6,
                               .confirming = search->state == SEARCH_CONFIRMING};
    struct answer answer = target(step.rate, step.seconds, (unsigned)search->steps_count);
    struct threshold_facts facts = {
        .counters = {.delivered = (uint64_t)(answer.delivered_per_s * step.seconds),
                     .throttled = (uint64_t)(answer.throttled * step.seconds),
                     .failed = (uint64_t)(answer.failed * step.seconds)},
        .due = &f->due,
        .service = &f->due,
        .delivered_per_s = answer.delivered_per_s};
    histogram_init(&f->due);
    histogram_record(&f->due, answer.latency_us, facts.counters.delivered);
    search_judge(&search->plan, &facts, answer.lag_us, &step);
    assert_int_equal(step.throttled, strstr(step.why, "throttled") != NULL);
    struct verdict verdict = {.kind = step.held ? VERDICT_ON_TARGET : VERDICT_STREAM, .text = "limited"};
    search_note(search, &step, &verdict);
    f->seconds += step.seconds;
}

static void search_in(struct fixture *f, const char *conditions, double from, double to, target_fn *target)
{
    char error[THRESHOLD_ERROR_MAX];
    f->plan = (struct search_plan){.from = from, .to = to, .hold_us = 5 * SECOND};
    assert_true(threshold_parse_list(conditions, &f->plan.conditions, error));
    search_init(&f->search, &f->plan);
    f->seconds = 0;
    double estimate_s = (double)search_remaining_us(&f->search, 0) / 1e6;
    for (unsigned holds = 0; !search_over(&f->search); holds++) {
        assert_true(holds < SEARCH_STEPS_MAX);
        assert_true(f->search.rate >= from && f->search.rate <= to);
        hold_once(f, target);
    }
    assert_true(f->search.state == SEARCH_NONE || f->seconds <= 2 * estimate_s);
    assert_int_equal(search_remaining_us(&f->search, SECOND), 0);
}

static void near(double value, double expected)
{
    if (fabs(value - expected) > 1e-9 * fabs(expected))
        fail_msg("%.12g, not %.12g", value, expected);
}

/* Found, it held for twice as long, and lies within `share` below (or above) the limit. */
static void check_found(const struct fixture *f, double limit, double share)
{
    const struct search *search = &f->search;
    assert_int_equal(search->state, SEARCH_FOUND);
    if (fabs(search->found / limit - 1) > share)
        fail_msg("found %g, the limit is %g", search->found, limit);
    struct search_step sure = {.rate = 0};
    for (size_t i = 0; i < search->steps_count; i++) {
        if (search->steps[i].confirming && search->steps[i].held)
            sure = search->steps[i];
    }
    near(sure.seconds, 10);
    near(sure.rate, search->found);
    assert_true(search->stopped_by[0] != '\0');
}

/* ---- targets ---- */

static double limit_per_s; /* of the target being searched */

static struct answer throttles(double rate, double seconds, unsigned hold)
{
    (void)seconds;
    (void)hold;
    double over = rate > limit_per_s ? rate - limit_per_s : 0;
    return (struct answer){.delivered_per_s = rate - over, .throttled = 3 * over, .latency_us = 5000};
}

/* A single server: above its rate everything waits longer and longer. */
static struct answer queues(double rate, double seconds, unsigned hold)
{
    (void)hold;
    double over = rate > limit_per_s ? rate - limit_per_s : 0;
    double wait_s = over * seconds / limit_per_s;
    return (struct answer){.delivered_per_s = rate - over, .latency_us = 2000 + (uint64_t)(wait_s * 1e6)};
}

/* Latency that rises smoothly; everything is delivered. */
static struct answer bends(double rate, double seconds, unsigned hold)
{
    (void)seconds;
    (void)hold;
    double load = rate / (2 * limit_per_s);
    double ms = load < 0.99 ? 10 / (1 - load) : 1000; /* 20 ms at the limit */
    return (struct answer){.delivered_per_s = rate, .latency_us = (uint64_t)(ms * 1000)};
}

static struct answer never_fails(double rate, double seconds, unsigned hold)
{
    (void)seconds;
    (void)hold;
    return (struct answer){.delivered_per_s = rate, .latency_us = 1000};
}

static struct answer always_fails(double rate, double seconds, unsigned hold)
{
    struct answer answer = never_fails(rate, seconds, hold);
    answer.latency_us = 900000;
    return answer;
}

/* The generator can't make more: what it does not send lags. */
static struct answer lags(double rate, double seconds, unsigned hold)
{
    (void)hold;
    double over = rate > limit_per_s ? rate - limit_per_s : 0;
    return (struct answer){.delivered_per_s = rate, /* of before, when it was behind already */
                           .latency_us = 1000,
                           .lag_us = (uint64_t)(over / rate * seconds * 1e6)};
}

/* As throttles(), but each third hold is spoilt by something else on the machine. */
static struct answer hiccups(double rate, double seconds, unsigned hold)
{
    struct answer answer = throttles(rate, seconds, hold);
    if (hold % 3 == 1)
        answer.latency_us = 2000000;
    return answer;
}

/* A short hold lives on a store of burst: only the long one shows the limit. */
static struct answer bursts(double rate, double seconds, unsigned hold)
{
    double store = seconds > 6 ? 0 : 0.3 * limit_per_s;
    struct answer answer = throttles(fmax(rate - store, 1), seconds, hold);
    answer.delivered_per_s = seconds > 6 ? answer.delivered_per_s : rate;
    return answer;
}

static struct answer loses_some(double rate, double seconds, unsigned hold)
{
    struct answer answer = never_fails(rate, seconds, hold);
    answer.failed = rate > limit_per_s ? 1 : 0;
    return answer;
}

/* ---- stories ---- */

static void a_hard_throttle_is_found(void **state)
{
    static const double limits[] = {1000, 1001, 1999, 2000, 4000, 5555, 33333, 99000, 123456};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        limit_per_s = limits[i];
        search_in(*state, "throttled<0.5%", 1000, 1e6, throttles);
        check_found(*state, limits[i], 0.05);
        assert_non_null(strstr(((struct fixture *)*state)->search.stopped_by, "throttled"));
        assert_int_equal(((struct fixture *)*state)->search.verdict.kind, VERDICT_STREAM);
        memset(*state, 0, sizeof(struct fixture));
    }
}

static void a_knee_of_latency_is_found(void **state)
{
    static const double limits[] = {1500, 4000, 7777, 250000};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        limit_per_s = limits[i];
        search_in(*state, "p99<100ms", 1000, 1e6, queues);
        check_found(*state, limits[i], 0.05);
        memset(*state, 0, sizeof(struct fixture));
        search_in(*state, "p99<20ms", 1000, 1e6, bends);
        check_found(*state, limits[i], 0.06);
        memset(*state, 0, sizeof(struct fixture));
    }
}

static void what_lags_or_loses_has_not_held(void **state)
{
    struct fixture *f = *state;
    limit_per_s = 40000;
    search_in(f, "p99<1s", 1000, 1e6, lags);
    check_found(f, limit_per_s / 0.95, 0.05); /* 5 % are allowed */
    assert_non_null(strstr(f->search.stopped_by, "lag"));
    search_in(f, "p99<1s", 1000, 1e6, loses_some);
    check_found(f, limit_per_s, 0.05);
    assert_non_null(strstr(f->search.stopped_by, "events failed"));
    search_in(f, "p99<1s,failed<1%", 1000, 1e6, loses_some); /* the condition allows that much */
    check_found(f, 1e6, 1e-9);
}

static void a_failure_is_believed_when_seen_again(void **state)
{
    struct fixture *f = *state;
    limit_per_s = 6000;
    search_in(f, "throttled<0.5%,p99<1s", 1000, 1e5, hiccups);
    check_found(f, limit_per_s, 0.06);
    size_t outliers = 0;
    for (size_t i = 0; i < f->search.steps_count; i++)
        outliers += !f->search.steps[i].held && f->search.steps[i].rate < limit_per_s;
    assert_true(outliers > 0); /* there were some, and they did not count */
}

static void a_confirmation_that_fails_lowers_the_rate(void **state)
{
    struct fixture *f = *state;
    limit_per_s = 10000;
    search_in(f, "throttled<0.5%", 1000, 1e6, bursts);
    check_found(f, limit_per_s, 0.1);
    assert_true(f->search.found <= limit_per_s * 1.01);
    size_t refused = 0;
    for (size_t i = 0; i < f->search.steps_count; i++)
        refused += f->search.steps[i].confirming && !f->search.steps[i].held;
    assert_true(refused >= 2);
}

static void without_a_limit_it_ends_at_the_top(void **state)
{
    struct fixture *f = *state;
    search_in(f, "p99<1s", 1000, 50000, never_fails);
    assert_int_equal(f->search.state, SEARCH_FOUND);
    near(f->search.found, 50000);
    assert_non_null(strstr(f->search.stopped_by, "--to"));
    /* 1k 2k 4k 8k 16k 32k 50k, and 50k for confirmation */
    assert_int_equal(f->search.steps_count, 8);
}

static void when_the_first_rate_fails_there_is_nothing(void **state)
{
    struct fixture *f = *state;
    search_in(f, "p99<100ms", 1000, 50000, always_fails);
    assert_int_equal(f->search.state, SEARCH_NONE);
    assert_true(f->search.found <= 0);
    assert_int_equal(f->search.steps_count, 2); /* seen twice */
    assert_string_equal(f->search.stopped_by, "at 1.00k events/s: p99 900ms, not < 100ms");
}

static void one_rate_can_be_asked_about(void **state)
{
    struct fixture *f = *state;
    search_in(f, "p99<1s", 7000, 7000, never_fails);
    check_found(f, 7000, 1e-9);
}

static void a_run_that_ends_stops_it(void **state)
{
    struct fixture *f = *state;
    char error[THRESHOLD_ERROR_MAX];
    f->plan = (struct search_plan){.from = 1000, .to = 50000, .hold_us = 5 * SECOND};
    assert_true(threshold_parse_list("p99<1s", &f->plan.conditions, error));
    search_init(&f->search, &f->plan);
    hold_once(f, never_fails);
    search_stop(&f->search);
    assert_int_equal(f->search.state, SEARCH_STOPPED);
    near(f->search.held, 1000);
    assert_true(f->search.found <= 0);
}

static struct rng dice;

static struct answer dices(double rate, double seconds, unsigned hold)
{
    struct answer answer = never_fails(rate, seconds, hold);
    answer.delivered_per_s *= rng_unit(&dice) < 0.5 ? 1 : rng_unit(&dice);
    answer.throttled = rng_unit(&dice) < 0.5 ? 0 : rate;
    return answer;
}

/* Whatever a target does, the search ends within its bounds. */
static void it_always_ends(void **state)
{
    struct fixture *f = *state;
    char error[THRESHOLD_ERROR_MAX];
    f->plan = (struct search_plan){.from = 1, .to = 1e9, .hold_us = SECOND};
    assert_true(threshold_parse_list("throttled<0.5%", &f->plan.conditions, error));
    for (uint64_t seed = 0; seed < 2000; seed++) {
        rng_init(&dice, seed, 0);
        search_init(&f->search, &f->plan);
        while (!search_over(&f->search)) {
            assert_true(f->search.steps_count < SEARCH_STEPS_MAX);
            assert_true(f->search.rate >= 1 && f->search.rate <= 1e9);
            hold_once(f, dices);
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_hard_throttle_is_found),
        CASE(a_knee_of_latency_is_found),
        CASE(what_lags_or_loses_has_not_held),
        CASE(a_failure_is_believed_when_seen_again),
        CASE(a_confirmation_that_fails_lowers_the_rate),
        CASE(without_a_limit_it_ends_at_the_top),
        CASE(when_the_first_rate_fails_there_is_nothing),
        CASE(one_rate_can_be_asked_about),
        CASE(a_run_that_ends_stops_it),
        CASE(it_always_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
