#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "primary/console.h"

static void letters_are_locusts(void **state)
{
    (void)state;
    assert_int_equal(console_key_of('w'), CONSOLE_KEY_MORE);
    assert_int_equal(console_key_of('W'), CONSOLE_KEY_MUCH_MORE);
    assert_int_equal(console_key_of('s'), CONSOLE_KEY_LESS);
    assert_int_equal(console_key_of('S'), CONSOLE_KEY_MUCH_LESS);
    assert_int_equal(console_key_of('x'), CONSOLE_KEY_NONE);
    assert_int_equal(console_key_of('\0'), CONSOLE_KEY_NONE);
}

static void users_step_by_one_and_ten_and_stay_above_zero(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_USERS, .users = 5};
    assert_true(console_apply(CONSOLE_KEY_MORE, &plan));
    assert_int_equal(plan.users, 6);
    assert_true(console_apply(CONSOLE_KEY_MUCH_MORE, &plan));
    assert_int_equal(plan.users, 16);
    assert_true(console_apply(CONSOLE_KEY_LESS, &plan));
    assert_int_equal(plan.users, 15);
    assert_true(console_apply(CONSOLE_KEY_MUCH_LESS, &plan));
    assert_int_equal(plan.users, 5);
    assert_true(console_apply(CONSOLE_KEY_MUCH_LESS, &plan));
    assert_int_equal(plan.users, 1);
    assert_false(console_apply(CONSOLE_KEY_LESS, &plan));
    assert_int_equal(plan.users, 1);
}

static void rate_steps_by_one_and_ten_percent(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_RATE, .rate = 1000};
    assert_true(console_apply(CONSOLE_KEY_MORE, &plan));
    assert_true(plan.rate > 1009.99 && plan.rate < 1010.01);
    plan.rate = 1000;
    assert_true(console_apply(CONSOLE_KEY_MUCH_MORE, &plan));
    assert_true(plan.rate > 1099.99 && plan.rate < 1100.01);
    plan.rate = 1000;
    assert_true(console_apply(CONSOLE_KEY_LESS, &plan));
    assert_true(plan.rate > 989.99 && plan.rate < 990.01);
    plan.rate = 1000;
    assert_true(console_apply(CONSOLE_KEY_MUCH_LESS, &plan));
    assert_true(plan.rate > 899.99 && plan.rate < 900.01);
    plan.rate = 1;
    assert_false(console_apply(CONSOLE_KEY_LESS, &plan));
    assert_true(plan.rate >= 1);
}

static void other_keys_change_nothing(void **state)
{
    (void)state;
    struct plan plan = {.model = PLAN_USERS, .users = 5};
    assert_false(console_apply(CONSOLE_KEY_NONE, &plan));
    assert_false(console_apply(CONSOLE_KEY_END, &plan));
    assert_int_equal(plan.users, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_locusts),
        cmocka_unit_test(users_step_by_one_and_ten_and_stay_above_zero),
        cmocka_unit_test(rate_steps_by_one_and_ten_percent),
        cmocka_unit_test(other_keys_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
