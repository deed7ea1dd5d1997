/* forward - warnings kept for the primary: the new ones for ours, all of them for Locust's, never without
 * bound. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/forward.h"

#include <stdio.h>
#include <string.h>

static void say(forward_t *forward, const char *text, uint64_t now_us)
{
    forward_add(forward, LOG_LEVEL_WARNING, "secondary-7", text, now_us, 1763805600000);
}

static void new_lines_go_once_to_a_freshet_primary(void **state)
{
    (void)state;
    forward_t *forward = forward_new();
    struct wire_message message;
    assert_false(forward_message(forward, true, &message));
    forward_note(forward, LOG_LEVEL_INFO, "secondary-7", "of no concern");
    assert_false(forward_message(forward, true, &message));
    say(forward, "one", 1);
    say(forward,
        "b\xc3\xa4"
        "d \xff\n",
        1);
    assert_true(forward_message(forward, true, &message));
    assert_int_equal(message.first, 1);
    assert_int_equal(message.lines_count, 2);
    assert_non_null(strstr(message.lines[0], "[2025-11-22T10:00:00.000Z] "));
    assert_non_null(strstr(message.lines[0], "/WARNING/secondary-7: one"));
    assert_non_null(strstr(message.lines[1], ": b??d ??")); /* whatever it was, it is text on the wire */
    wire_fini(&message);

    assert_true(forward_message(forward, true, &message)); /* it was not sent: the same again */
    assert_int_equal(message.lines_count, 2);
    forward_sent(forward, &message);
    wire_fini(&message);
    assert_false(forward_message(forward, true, &message));

    say(forward, "three", 2);
    assert_true(forward_message(forward, true, &message));
    assert_int_equal(message.first, 3);
    assert_int_equal(message.lines_count, 1);
    forward_sent(forward, &message);
    wire_fini(&message);
    forward_again(forward); /* another primary */
    assert_true(forward_message(forward, true, &message));
    assert_int_equal(message.first, 1);
    assert_int_equal(message.lines_count, 3);
    wire_fini(&message);
    forward_destroy(&forward);
}

static void a_locust_master_gets_the_whole_list(void **state)
{
    (void)state;
    forward_t *forward = forward_new();
    struct wire_message message;
    say(forward, "one", 1);
    assert_true(forward_message(forward, false, &message));
    forward_sent(forward, &message);
    wire_fini(&message);
    assert_false(forward_message(forward, false, &message));
    say(forward, "two", 1);
    assert_true(forward_message(forward, false, &message));
    assert_int_equal(message.lines_count, 2);
    assert_false(message.has_freshet);
    wire_fini(&message);
    forward_destroy(&forward);
}

static void a_flood_is_cut_short_and_said(void **state)
{
    (void)state;
    forward_t *forward = forward_new();
    struct wire_message message;
    for (size_t i = 0; i < 1000; i++)
        say(forward, "again", 1);
    assert_true(forward_message(forward, true, &message));
    assert_int_equal(message.lines_count, FORWARD_BURST);
    forward_sent(forward, &message);
    wire_fini(&message);
    say(forward, "later", 1 + FORWARD_BURST_US);
    assert_true(forward_message(forward, true, &message));
    assert_int_equal(message.lines_count, 2);
    assert_non_null(strstr(message.lines[0], "left out here: 980"));
    assert_non_null(strstr(message.lines[1], "later"));
    wire_fini(&message);
    for (uint64_t i = 2; i < 20; i++) { /* more than are kept: the oldest go */
        for (size_t j = 0; j < FORWARD_BURST; j++)
            say(forward, "more", i * (FORWARD_BURST_US + 1));
    }
    assert_true(forward_message(forward, true, &message));
    assert_int_equal(message.lines_count, FORWARD_LINES);
    wire_fini(&message);
    forward_destroy(&forward);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_lines_go_once_to_a_freshet_primary),
        cmocka_unit_test(a_locust_master_gets_the_whole_list),
        cmocka_unit_test(a_flood_is_cut_short_and_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
