#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/bounds.h"

static void test_only_what_was_acknowledged_is_in_force(void **state)
{
    (void)state;
    struct bounds bounds;
    bounds_start(&bounds, 1000, 500000);
    assert_int_equal(bounds.in_force, 1000);
    assert_int_equal(bounds_report(&bounds, 1, 100, false, 1000000), 1100);
    assert_int_equal(bounds.in_force, 1000);
    bounds_acknowledged(&bounds, 7, 1000100); /* never sent */
    assert_int_equal(bounds.in_force, 1000);
    bounds_acknowledged(&bounds, 1, 1010000);
    assert_int_equal(bounds.in_force, 1100);
    assert_int_equal(bounds.delay_us, 10000);
    /* 1,000 events in 0.5 s: 0.002 an us for two reports and four delays of 10 ms: 2,080 */
    assert_int_equal(bounds_report(&bounds, 2, 1100, false, 1500000), 1100 + 2080);
    bounds_acknowledged(&bounds, 1, 1600000);
    assert_int_equal(bounds.in_force, 1100);
}

static void test_reports_early_when_half_is_used(void **state)
{
    (void)state;
    struct bounds bounds;
    bounds_start(&bounds, 1000, 500000);
    (void)bounds_report(&bounds, 1, 0, false, 100000);
    assert_false(bounds_wants_report(&bounds, 500, 200000));
    assert_true(bounds_wants_report(&bounds, 501, 200000));
    assert_false(bounds_wants_report(&bounds, 501, 119999));                       /* at most one in 20 ms */
    assert_int_equal(bounds_report(&bounds, 2, 1000, true, 200000), 1000 + 10000); /* 0.01 an us * 1 s */
}

static void test_a_share_says_what_it_needs(void **state)
{
    (void)state;
    struct bounds bounds;
    bounds_start(&bounds, 8000, 500000); /* what is left of an earlier share */
    bounds_need(&bounds, 30);
    assert_int_equal(bounds_report(&bounds, 1, 7990, false, 1000000), 8020);
    /* 20 in a second: 20 for two reports of half a second; the share wants 30 */
    assert_int_equal(bounds_report(&bounds, 2, 8010, false, 2000000), 8040);
    bounds_need(&bounds, UINT64_MAX); /* whatever a primary says */
    assert_true(bounds_report(&bounds, 3, 8010, false, 2500000) == 8010 + (UINT64_C(1) << 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_was_acknowledged_is_in_force),
        cmocka_unit_test(test_reports_early_when_half_is_used),
        cmocka_unit_test(test_a_share_says_what_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
