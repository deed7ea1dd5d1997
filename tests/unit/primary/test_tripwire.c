/* Conditions that end a run: they must hold for their whole time, second after second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "primary/tripwire.h"

#define SECOND UINT64_C(1000000)

struct fixture {
    struct tripwire wire;
    struct histogram none;
    char error[THRESHOLD_ERROR_MAX];
    uint64_t now_us;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    histogram_init(&f->none);
    f->now_us = 100 * SECOND;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

/* A second in which `failed` of 100 events failed and `achieved` of what was asked was delivered. */
static const struct tripwire_rule *pass_second(struct fixture *f, uint64_t failed, double achieved, bool ramp)
{
    struct threshold_facts facts = {.counters = {.delivered = 100 - failed, .failed = failed},
                                    .due = &f->none,
                                    .service = &f->none,
                                    .achieved = achieved};
    f->now_us += SECOND;
    return tripwire_judge(&f->wire, &facts, ramp, f->now_us - SECOND, f->now_us);
}

static const struct tripwire_rule *pass_nothing(struct fixture *f)
{
    struct threshold_facts facts = {.due = &f->none, .service = &f->none, .achieved = -1};
    f->now_us += SECOND;
    return tripwire_judge(&f->wire, &facts, false, f->now_us - SECOND, f->now_us);
}

static void it_trips_when_it_held_for_all_its_time(void **state)
{
    struct fixture *f = *state;
    assert_true(tripwire_add(&f->wire, "failed>5%:3s", f->error));
    assert_null(pass_second(f, 6, 1, false));
    assert_null(pass_second(f, 7, 1, false));
    const struct tripwire_rule *tripped = pass_second(f, 100, 1, false);
    assert_non_null(tripped);
    assert_string_equal(tripped->text, "failed>5%:3s");
}

static void one_good_second_begins_it_anew(void **state)
{
    struct fixture *f = *state;
    assert_true(tripwire_add(&f->wire, "failed>5%:3s", f->error));
    for (int i = 0; i < 5; i++) {
        assert_null(pass_second(f, 50, 1, false));
        assert_null(pass_second(f, 50, 1, false));
        assert_null(pass_second(f, 5, 1, false)); /* not more than 5 % */
    }
}

static void a_second_without_events_changes_nothing(void **state)
{
    struct fixture *f = *state;
    assert_true(tripwire_add(&f->wire, "failed>5%:3s", f->error));
    assert_null(pass_nothing(f));
    assert_null(pass_second(f, 50, 1, false));
    assert_null(pass_nothing(f));
    assert_non_null(pass_second(f, 50, 1, false)); /* it goes on for three seconds now */
}

static void below_waits_for_the_ramp_to_end(void **state)
{
    struct fixture *f = *state;
    assert_true(tripwire_add_below(&f->wire, "95%:2s", f->error));
    for (int i = 0; i < 10; i++)
        assert_null(pass_second(f, 0, 0.1, true));
    assert_null(pass_second(f, 0, 0.949, false));
    const struct tripwire_rule *tripped = pass_second(f, 0, 0.949, false);
    assert_non_null(tripped);
    assert_string_equal(tripped->text, "delivered below 95%:2s");
}

static void the_first_of_many_that_trips_is_named(void **state)
{
    struct fixture *f = *state;
    assert_true(tripwire_add(&f->wire, "failed>50%:1s, failed>5%:2s\n e.code(A:b)>10:1m", f->error));
    assert_int_equal(f->wire.count, 3);
    assert_int_equal(f->wire.rules[2].hold_us, 60 * SECOND);
    assert_string_equal(f->wire.rules[2].condition.code, "A:b");
    assert_null(pass_second(f, 10, 1, false));
    assert_string_equal(pass_second(f, 10, 1, false)->text, "failed>5%:2s");
}

static void a_mistake_is_told(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {"failed>5%",      "failed>5%:",    "failed>5%:0s",
                                        "failed>5%:soon", "failure>5%:1s", "failed>5%:1s:"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(tripwire_add(&f->wire, wrong[i], f->error));
        assert_non_null(strstr(f->error, i == 4 ? "\"failure\"" : wrong[i]));
    }
    static const char *const below[] = {"95%", "95:30s", "95%:0", "101%:30s", "much:30s", ""};
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        assert_false(tripwire_add_below(&f->wire, below[i], f->error));
        assert_non_null(strstr(f->error, "95%:30s"));
    }
    assert_int_equal(f->wire.count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(it_trips_when_it_held_for_all_its_time),  CASE(one_good_second_begins_it_anew),
        CASE(a_second_without_events_changes_nothing), CASE(below_waits_for_the_ramp_to_end),
        CASE(the_first_of_many_that_trips_is_named),   CASE(a_mistake_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
