#include "common/counters.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

static void each_row_names_its_own_field(void **state)
{
    (void)state;
    struct counters counters = {.generated = 1, .throttled = 6, .wire_bytes = 11};
    assert_int_equal(COUNTERS_COUNT, 11);
    assert_string_equal(counters_row(0)->name, "generated");
    assert_string_equal(counters_row(5)->name, "throttled");
    assert_string_equal(counters_row(10)->name, "wire_bytes");
    assert_string_equal(counters_row(10)->unit, "bytes");
    assert_int_equal(counters_get(&counters, 0), 1);
    assert_int_equal(counters_get(&counters, 5), 6);
    assert_int_equal(counters_get(&counters, 10), 11);
    counters_set(&counters, 2, UINT64_MAX);
    assert_true(counters.failed == UINT64_MAX);
}

static void a_name_is_found_only_when_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        assert_int_equal(counters_find(counters_row(i)->name, strlen(counters_row(i)->name)), i);
    assert_int_equal(counters_find("delivered", 9), 1);
    assert_int_equal(counters_find("delivered", 8), COUNTERS_COUNT);
    assert_int_equal(counters_find("Delivered", 9), COUNTERS_COUNT);
    assert_int_equal(counters_find("", 0), COUNTERS_COUNT);
    assert_int_equal(counters_find(NULL, 0), COUNTERS_COUNT);
}

static void two_secondaries_add_up_and_the_difference_gives_one_back(void **state)
{
    (void)state;
    struct counters sum = {.generated = 10, .delivered = 7, .payload_bytes = 700};
    struct counters other = {.generated = 5, .failed = 2, .payload_bytes = 1};
    struct counters difference = {0};
    struct counters before = sum;
    counters_add(&sum, &other);
    assert_int_equal(sum.generated, 15);
    assert_int_equal(sum.delivered, 7);
    assert_int_equal(sum.failed, 2);
    assert_int_equal(sum.payload_bytes, 701);
    assert_true(counters_since(&sum, &before, &difference));
    assert_memory_equal(&difference, &other, sizeof other);
}

static void a_counter_that_went_back_is_refused_and_nothing_is_written(void **state)
{
    (void)state;
    struct counters earlier = {.generated = 10, .retried = 3};
    struct counters later = {.generated = 12, .retried = 2};
    struct counters out = {.unknown = 77};
    assert_false(counters_since(&later, &earlier, &out));
    assert_int_equal(out.unknown, 77);
    assert_int_equal(out.generated, 0);
}

static void in_flight_is_what_no_verdict_has_come_for(void **state)
{
    (void)state;
    struct counters counters = {.generated = 100, .delivered = 60, .failed = 10, .unknown = 5, .retried = 50};
    assert_int_equal(counters_in_flight(&counters), 25);
    counters.delivered = 85;
    assert_int_equal(counters_in_flight(&counters), 0);
    counters.unknown = UINT64_MAX; /* nonsense from a peer */
    assert_int_equal(counters_in_flight(&counters), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_names_its_own_field),
        cmocka_unit_test(a_name_is_found_only_when_whole),
        cmocka_unit_test(two_secondaries_add_up_and_the_difference_gives_one_back),
        cmocka_unit_test(a_counter_that_went_back_is_refused_and_nothing_is_written),
        cmocka_unit_test(in_flight_is_what_no_verdict_has_come_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
