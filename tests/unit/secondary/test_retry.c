#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/retry.h"

static void test_waits_are_jittered_within_the_cap(void **state)
{
    (void)state;
    retry_t *retry = retry_new(2, 1, 0);
    struct batch batch = {.attempts = 1};
    for (int i = 0; i < 1000; i++) {
        batch.attempts = 1;
        retry_put(retry, &batch, false, 0);
        assert_in_range(batch.retry_us, 0, 49999);
        assert_ptr_equal(retry_take(retry, RETRY_NEVER), &batch);
        batch.attempts = 3; /* the third wait of a throttled one: below 100 ms * 4 */
        retry_put(retry, &batch, true, 0);
        assert_in_range(batch.retry_us, 0, 399999);
        assert_ptr_equal(retry_take(retry, RETRY_NEVER), &batch);
        batch.attempts = 60;
        retry_put(retry, &batch, true, 0);
        assert_in_range(batch.retry_us, 0, 19999999);
        assert_ptr_equal(retry_take(retry, RETRY_NEVER), &batch);
    }
    retry_destroy(&retry);
}

static void test_the_services_wish_is_the_least(void **state)
{
    (void)state;
    retry_t *retry = retry_new(2, 1, 0);
    struct batch late = {.attempts = 1, .retry_after_us = 3000000}, soon = {.attempts = 1};
    retry_put(retry, &late, true, 10);
    retry_put(retry, &soon, true, 10);
    assert_int_equal(late.retry_us, 3000010);
    assert_ptr_equal(retry_take(retry, 200000), &soon);
    assert_null(retry_take(retry, 3000009));
    assert_ptr_equal(retry_take(retry, 3000010), &late);
    assert_true(retry_next_us(retry) == RETRY_NEVER);
    assert_false(retry_spent(&late, 1));
    late.attempts = 2;
    assert_true(retry_spent(&late, 1));
    retry_destroy(&retry);
}

static void test_a_wish_adds_five_seconds_at_most(void **state)
{
    (void)state;
    retry_t *retry = retry_new(1, 1, 0);
    struct batch batch = {.attempts = 1, .retry_after_us = 60000000};
    retry_put(retry, &batch, true, 10);
    assert_in_range(batch.retry_us, 5000010, 5100009);
    retry_destroy(&retry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_are_jittered_within_the_cap),
        cmocka_unit_test(test_the_services_wish_is_the_least),
        cmocka_unit_test(test_a_wish_adds_five_seconds_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
