/* wire - log lines on their way to a primary, and a primary's refusal. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/wire.h"
#include "tests/unit/common/wire_fixtures.h"

#include <stdlib.h>
#include <string.h>

static const char id[] = "ip-10-0-0-7_3f0c9a4be1d2405c8e6f7a8b9c0d1e2f";

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Decode bytes written in hex, from a block of exactly their size so that an over-read is seen. */
static void decode_hex(struct wire_message *out, const char *hex)
{
    size_t length = strlen(hex) / 2;
    uint8_t *bytes = mem_new(length, 1);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    wire_decode(out, bytes, length);
    free(bytes);
}

static void decode_good(struct wire_message *out, const char *hex, enum wire_type type)
{
    decode_hex(out, hex);
    if (out->type == WIRE_BAD)
        fail_msg("refused: %s", out->reason);
    assert_int_equal(out->type, type);
    assert_string_equal(out->id, id);
    assert_null(out->reason);
}

static void assert_refused(const char *hex, const char *reason)
{
    struct wire_message message;
    decode_hex(&message, hex);
    assert_int_equal(message.type, WIRE_BAD);
    assert_string_equal(message.reason, reason);
    wire_fini(&message);
}

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
