/* session - a login, its cookie, its token, its end. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <string.h>

#include "web/server/session.h"

#define MINUTE_US (UINT64_C(60) * 1000000)
#define HOUR_US   (60 * MINUTE_US)

static sessions_t *sessions;
static struct session_view view;
static char token[SESSION_TOKEN_MAX];

static int set_up(void **state)
{
    (void)state;
    sessions = sessions_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sessions_destroy(&sessions);
    sessions_destroy(&sessions);
    return 0;
}

static void open_with(unsigned char first, uint64_t now_us)
{
    uint8_t random[SESSION_RANDOM_BYTES] = {0};
    random[0] = first;
    random[SESSION_SECRET_BYTES] = (uint8_t)(first + 1);
    session_open(sessions, "freshet", WEB_OPERATOR, random, now_us, token, &view);
}

static bool find(const char *cookie, uint64_t now_us)
{
    return session_find(sessions, cookie, strlen(cookie), now_us, &view);
}

static void a_cookie_opens_and_nothing_else_does(void **state)
{
    (void)state;
    open_with(0xab, 5);
    assert_int_equal(strlen(token), 64);
    assert_memory_equal(token, "ab00", 4);
    assert_memory_equal(view.csrf, "ac00", 4);
    assert_true(find(token, 6));
    assert_string_equal(view.user, "freshet");
    assert_int_equal(view.role, WEB_OPERATOR);
    assert_false(find("", 6));
    assert_false(find("ab00", 6));
    char other[SESSION_TOKEN_MAX];
    memcpy(other, token, sizeof other);
    other[63] = '1';
    assert_false(find(other, 6));
    assert_true(session_find(sessions, token, 64, 6, &view));
    assert_false(session_find(sessions, token, 63, 6, &view));
}

static void the_csrf_token_is_another(void **state)
{
    (void)state;
    open_with(1, 0);
    assert_string_not_equal(token, view.csrf);
    assert_true(session_csrf(&view, view.csrf));
    assert_false(session_csrf(&view, token));
    assert_false(session_csrf(&view, NULL));
    assert_false(session_csrf(&view, ""));
    struct session_view none = {0};
    assert_false(session_csrf(&none, ""));
}

static void unused_for_two_hours_is_over(void **state)
{
    (void)state;
    open_with(1, 0);
    assert_true(find(token, 2 * HOUR_US - 1));
    assert_true(find(token, 4 * HOUR_US - 2));
    assert_false(find(token, 6 * HOUR_US - 2));
    assert_false(find(token, 6 * HOUR_US - 3)); /* and stays over */
}

static void twelve_hours_are_the_end_even_in_use(void **state)
{
    (void)state;
    open_with(1, 7);
    for (uint64_t now_us = 7; now_us < 12 * HOUR_US + 7; now_us += HOUR_US)
        assert_true(session_touch(sessions, view.number, now_us));
    assert_true(find(token, 12 * HOUR_US + 6));
    assert_false(session_touch(sessions, view.number, 12 * HOUR_US + 7));
    assert_false(find(token, 12 * HOUR_US + 7));
}

static void logout_ends_one_session_only(void **state)
{
    (void)state;
    char first[SESSION_TOKEN_MAX];
    open_with(1, 0);
    memcpy(first, token, sizeof first);
    uint64_t number = view.number;
    open_with(2, 0);
    session_close(sessions, number);
    session_close(sessions, number);
    assert_false(find(first, 1));
    assert_false(session_touch(sessions, number, 1));
    assert_true(find(token, 1));
}

static void the_one_unused_for_longest_makes_room(void **state)
{
    (void)state;
    char first[SESSION_TOKEN_MAX], second[SESSION_TOKEN_MAX];
    open_with(1, 1);
    memcpy(first, token, sizeof first);
    open_with(2, 2);
    memcpy(second, token, sizeof second);
    for (uint64_t i = 3; i <= SESSIONS_MAX; i++)
        open_with((unsigned char)i, i);
    assert_true(find(first, SESSIONS_MAX + 1));
    open_with(3, SESSIONS_MAX + 2);
    assert_true(find(first, SESSIONS_MAX + 3));
    assert_false(find(second, SESSIONS_MAX + 3));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_cookie_opens_and_nothing_else_does), TEST(the_csrf_token_is_another),
        TEST(unused_for_two_hours_is_over),         TEST(twelve_hours_are_the_end_even_in_use),
        TEST(logout_ends_one_session_only),         TEST(the_one_unused_for_longest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
