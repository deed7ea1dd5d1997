#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/pacer.h"

static void test_a_third_of_a_second_never_drifts(void **state)
{
    (void)state;
    struct pacer pacer; /* 3 batches of 500 would be too coarse: 15 events/s make batches of 2 */
    pacer_start(&pacer, 15, 500, 0, 1000);
    assert_int_equal(pacer.batch_size, 2);
    pacer_start(&pacer, 3000, 100, 0, 1000); /* 30 batches a second: due every 33,333.3 us */
    assert_int_equal(pacer.batch_size, 100);
    uint64_t due = 0;
    for (int k = 0; k <= 3000; k++)
        assert_true(pacer_take(&pacer, pacer_next_us(&pacer), &due));
    assert_int_equal(due, 1000 + 100 * UINT64_C(1000000)); /* batch 3000: after 100 s to the microsecond */
}

static void test_phase_shifts_the_first_batch(void **state)
{
    (void)state;
    struct pacer pacer;
    pacer_start(&pacer, 1000, 100, 0.25, 0); /* every 100 ms, a quarter later */
    assert_int_equal(pacer_next_us(&pacer), 25000);
}

static void test_behind_goes_at_twice_the_pace(void **state)
{
    (void)state;
    struct pacer pacer;
    pacer_start(&pacer, 100000, 100, 0, 0); /* a batch a millisecond */
    uint64_t due, now = 5000000, released = 0;
    assert_int_equal(pacer_lag_us(&pacer, now), 5000000);
    for (uint64_t end = now + 1000000; now <= end; now += 100) {
        while (pacer_take(&pacer, now, &due))
            released++;
    }
    assert_in_range(released, 2000, 2000 + 2 * PACER_BURST_US / 1000 + 2);
}

static void test_a_new_rate_chases_nothing_and_zero_pauses(void **state)
{
    (void)state;
    struct pacer pacer;
    pacer_start(&pacer, 1000, 100, 0, 0);
    pacer_start(&pacer, 2000, 100, 0, 7000000);
    assert_int_equal(pacer_lag_us(&pacer, 7000000), 0);
    assert_int_equal(pacer_next_us(&pacer), 7000000);
    pacer_start(&pacer, 0, 100, 0, 8000000);
    uint64_t due;
    assert_true(pacer_next_us(&pacer) == PACER_NEVER);
    assert_false(pacer_take(&pacer, UINT64_MAX - 1, &due));
    assert_int_equal(pacer_lag_us(&pacer, 9000000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_third_of_a_second_never_drifts),
        cmocka_unit_test(test_phase_shifts_the_first_batch),
        cmocka_unit_test(test_behind_goes_at_twice_the_pace),
        cmocka_unit_test(test_a_new_rate_chases_nothing_and_zero_pauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
