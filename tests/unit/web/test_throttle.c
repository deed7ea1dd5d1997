/* throttle - wrong logins are slowed, right ones are not, and nobody can lock out another. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "web/server/throttle.h"

#define S UINT64_C(1000000)

enum { OPERATOR, VIEWER, NOBODY };

static throttle_t *throttle;

static int set_up(void **state)
{
    (void)state;
    throttle = throttle_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    throttle_destroy(&throttle);
    throttle_destroy(&throttle);
    return 0;
}

static struct throttle_address v4(unsigned last)
{
    struct throttle_address address = {{0}};
    address.bytes[10] = address.bytes[11] = 0xff;
    address.bytes[12] = 10;
    address.bytes[13] = (uint8_t)(last >> 16);
    address.bytes[14] = (uint8_t)(last >> 8);
    address.bytes[15] = (uint8_t)last;
    return address;
}

static uint64_t wait(unsigned from, uint64_t now_us)
{
    struct throttle_address address = v4(from);
    return throttle_wait_us(throttle, &address, OPERATOR, now_us);
}

static void wrong(unsigned from, uint64_t now_us)
{
    struct throttle_address address = v4(from);
    throttle_failed(throttle, &address, OPERATOR, now_us);
}

static void right(unsigned from, uint64_t now_us)
{
    struct throttle_address address = v4(from);
    throttle_passed(throttle, &address, OPERATOR, now_us);
}

static void the_wait_doubles_from_the_fifth_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        wrong(1, 10 * S);
        assert_int_equal(wait(1, 10 * S), 0);
    }
    wrong(1, 10 * S);
    assert_int_equal(wait(1, 10 * S), 1 * S);
    assert_int_equal(wait(1, 10 * S + 1), 1 * S - 1);
    assert_int_equal(wait(1, 11 * S), 0);
    wrong(1, 11 * S);
    assert_int_equal(wait(1, 11 * S), 2 * S);
    wrong(1, 13 * S);
    assert_int_equal(wait(1, 13 * S), 4 * S);
    assert_int_equal(wait(2, 13 * S), 0);
}

static void the_wait_ends_at_five_minutes(void **state)
{
    (void)state;
    uint64_t now_us = 0;
    for (unsigned i = 0; i < 200; i++) {
        wrong(1, now_us);
        now_us += wait(1, now_us);
    }
    wrong(1, now_us);
    assert_int_equal(wait(1, now_us), 300 * S);
}

static void a_right_one_clears(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        wrong(1, 0);
    right(1, 3 * S);
    assert_int_equal(wait(1, 3 * S), 0);
    for (unsigned i = 0; i < 4; i++)
        wrong(1, 3 * S);
    assert_int_equal(wait(1, 3 * S), 0);
}

static void fifteen_quiet_minutes_clear(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        wrong(1, 1);
    wrong(1, 1 + 900 * S);
    assert_int_equal(wait(1, 1 + 900 * S), 0);
}

static void an_account_guessed_at_from_everywhere_is_slowed_but_open_to_who_is_known(void **state)
{
    (void)state;
    right(1, 0);
    for (unsigned i = 0; i < 19; i++)
        wrong(100 + i, S);
    assert_int_equal(wait(200, S), 0);
    wrong(119, S);
    assert_int_equal(wait(200, S), 2 * S);
    assert_int_equal(wait(1, S), 0);
    struct throttle_address address = v4(200);
    assert_int_equal(throttle_wait_us(throttle, &address, VIEWER, S), 0);
    assert_int_equal(wait(200, 3 * S), 0);
    wrong(201, 3 * S);
    assert_int_equal(wait(202, 3 * S), 2 * S); /* never more, however often */
}

static void a_flood_of_addresses_pushes_out_the_oldest(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        wrong(1, 0);
    assert_true(wait(1, 5 * S) > 2 * S);
    for (unsigned i = 0; i < THROTTLE_ADDRESSES_MAX; i++)
        wrong(1000 + i, 4 * S);
    assert_true(wait(1, 5 * S) <= 2 * S);
}

static void neighbours_of_one_ipv6_network_are_one(void **state)
{
    (void)state;
    struct throttle_address one = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, [15] = 1}}, other = one, far = one;
    other.bytes[15] = 2;
    far.bytes[7] = 2;
    for (unsigned i = 0; i < 5; i++)
        throttle_failed(throttle, &one, VIEWER, 0);
    assert_int_equal(throttle_wait_us(throttle, &other, VIEWER, 0), S);
    assert_int_equal(throttle_wait_us(throttle, &far, VIEWER, 0), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_wait_doubles_from_the_fifth_on),
        TEST(the_wait_ends_at_five_minutes),
        TEST(a_right_one_clears),
        TEST(fifteen_quiet_minutes_clear),
        TEST(an_account_guessed_at_from_everywhere_is_slowed_but_open_to_who_is_known),
        TEST(a_flood_of_addresses_pushes_out_the_oldest),
        TEST(neighbours_of_one_ipv6_network_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
