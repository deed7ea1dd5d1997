/* wire - log lines on their way to a primary, and a primary's refusal. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/wire.h"
#include "tests/unit/common/wire_fixtures.h"
#include "tests/unit/common/wire_hex.h"

#include <stdlib.h>
#include <string.h>

static void log_lines_and_refusals_are_read(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, LOGS, WIRE_LOGS);
    assert_int_equal(message.lines_count, 1);
    assert_string_equal(message.lines[0], "a");
    assert_false(message.has_freshet);
    wire_fini(&message);
    decode_good(&message, LOGS_OURS, WIRE_LOGS);
    assert_int_equal(message.lines_count, 2);
    assert_string_equal(message.lines[1], "[t] h/ERROR/s: two");
    assert_int_equal(message.first, 7);
    wire_fini(&message);
    decode_good(&message, REFUSED, WIRE_REFUSED);
    assert_string_equal(message.text, "versions differ");
    wire_fini(&message);
}

static void wrong_log_lines_are_refused(void **state)
{
    (void)state;
    assert_refused(LOGS_NUMBER, "a log line is no text");
    assert_refused(LOGS_MANY, "logs is no list or too long");
}

static void log_lines_travel_there_and_back(void **state)
{
    (void)state;
    struct wire_message message = {.type = WIRE_LOGS, .has_freshet = true, .first = 12, .id = "h_1"}, again;
    char one[] = "one", two[] = "", *lines[] = {one, two};
    message.lines = lines;
    message.lines_count = 2;
    struct buffer out;
    buffer_init(&out, WIRE_MESSAGE_MAX);
    wire_encode(&message, &out);
    wire_decode(&again, out.bytes, out.length);
    assert_int_equal(again.type, WIRE_LOGS);
    assert_int_equal(again.first, 12);
    assert_int_equal(again.lines_count, 2);
    assert_string_equal(again.lines[0], "one");
    assert_string_equal(again.lines[1], "");
    wire_fini(&again);
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_lines_and_refusals_are_read),
        cmocka_unit_test(wrong_log_lines_are_refused),
        cmocka_unit_test(log_lines_travel_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
