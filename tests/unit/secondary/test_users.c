#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/users.h"

static void test_users_come_go_and_wait(void **state)
{
    (void)state;
    users_t *users = users_new(1, 0);
    struct wait_rule rule = {.kind = WAIT_BETWEEN, .min_us = 1000, .max_us = 1000};
    users_set_wait(users, &rule);
    assert_true(users_next_us(users) == USERS_NEVER);
    users_set_count(users, 3, 50);
    uint32_t user;
    uint64_t due;
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(users_take(users, 50, &user, &due));
        assert_int_equal(user, i);
        assert_int_equal(due, 50);
    }
    assert_false(users_take(users, 50, &user, &due));
    users_answered(users, 1, 200);
    assert_int_equal(users_next_us(users), 1200);
    users_set_count(users, 1, 300); /* 1 waits and goes at once; 2 goes after its answer */
    assert_int_equal(users_count(users), 2);
    users_answered(users, 2, 400);
    users_answered(users, 0, 500);
    assert_int_equal(users_count(users), 1);
    assert_int_equal(users_next_us(users), 1500);
    users_set_count(users, 2, 600); /* number 1 comes back, due now */
    assert_true(users_take(users, 600, &user, &due));
    assert_int_equal(user, 1);
    users_destroy(&users);
}

static void test_pacing_keeps_its_beat(void **state)
{
    (void)state;
    users_t *users = users_new(1, 0);
    struct wait_rule rule = {.kind = WAIT_PACING, .min_us = 1000, .max_us = 1000};
    users_set_wait(users, &rule);
    users_set_count(users, 1, 0);
    uint32_t user;
    uint64_t due;
    assert_true(users_take(users, 30, &user, &due));
    users_answered(users, 0, 400);
    assert_int_equal(users_next_us(users), 1000);
    assert_true(users_take(users, 1000, &user, &due));
    users_answered(users, 0, 2500); /* late: at once */
    assert_int_equal(users_next_us(users), 2500);
    users_destroy(&users);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_users_come_go_and_wait),
        cmocka_unit_test(test_pacing_keeps_its_beat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
