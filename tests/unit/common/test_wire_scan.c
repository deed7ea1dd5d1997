#include "common/mem.h"
#include "common/wire_scan.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Scan a copy of exactly `length` bytes, so that an over-read is seen. */
static const char *scan(const char *bytes, size_t length)
{
    uint8_t *copy = mem_new(length, 1);
    memcpy(copy, bytes, length);
    const char *reason = wire_scan(copy, length);
    free(copy);
    return reason;
}

/* A literal, its NULs included. */
#define SCAN(literal) scan(literal, sizeof(literal) - 1)

/* Each head of the msgpack specification, with the smallest payload. */
static const struct {
    const char *bytes;
    size_t length;
} kinds[] = {
    {"\x00", 1},
    {"\x7f", 1},
    {"\x80", 1},
    {"\x90", 1},
    {"\xa0", 1},
    {"\xbf"
     "1234567890123456789012345678901",
     32},
    {"\xc0", 1},
    {"\xc2", 1},
    {"\xc3", 1},
    {"\xc4\x01x", 3},
    {"\xc5\x00\x01x", 4},
    {"\xc6\x00\x00\x00\x01x", 6},
    {"\xc7\x01tx", 4},
    {"\xc8\x00\x01tx", 5},
    {"\xc9\x00\x00\x00\x01tx", 7},
    {"\xca"
     "1234",
     5},
    {"\xcb"
     "12345678",
     9},
    {"\xcc"
     "1",
     2},
    {"\xcd"
     "12",
     3},
    {"\xce"
     "1234",
     5},
    {"\xcf"
     "12345678",
     9},
    {"\xd0"
     "1",
     2},
    {"\xd1"
     "12",
     3},
    {"\xd2"
     "1234",
     5},
    {"\xd3"
     "12345678",
     9},
    {"\xd4t"
     "1",
     3},
    {"\xd5t"
     "12",
     4},
    {"\xd6t"
     "1234",
     6},
    {"\xd7t"
     "12345678",
     10},
    {"\xd8t"
     "1234567890123456",
     18},
    {"\xd9\x01x", 3},
    {"\xda\x00\x01x", 4},
    {"\xdb\x00\x00\x00\x01x", 6},
    {"\xe0", 1},
    {"\xff", 1},
};

static void one_of_every_kind_passes_and_is_cut_short_one_byte_earlier(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_null(scan(kinds[i].bytes, kinds[i].length));
        for (size_t cut = 0; cut < kinds[i].length; cut++)
            assert_string_equal(scan(kinds[i].bytes, cut), "cut short");
    }
    assert_string_equal(SCAN("\xc1"), "not msgpack");
}

static void containers_take_exactly_what_they_announce(void **state)
{
    (void)state;
    assert_null(SCAN("\x92\x01\x02"));
    assert_null(SCAN("\x81\x01\x02"));
    assert_null(SCAN("\xdc\x00\x02\x01\x02"));
    assert_null(SCAN("\xdd\x00\x00\x00\x02\x01\x02"));
    assert_null(SCAN("\xde\x00\x01\x01\x02"));
    assert_null(SCAN("\xdf\x00\x00\x00\x01\x01\x02"));
    assert_null(SCAN("\x92\x91\x01\x81\x02\x90"));
    assert_string_equal(SCAN("\x92\x01\x02\x03"), "bytes after the message");
    assert_string_equal(SCAN("\x92\xd9\x02xy"), "cut short");
}

/* Each of these would make the library allocate what the header announces. */
static void hostile_headers_are_refused(void **state)
{
    (void)state;
    const char *more = "an array or map announces more than there is";
    assert_string_equal(SCAN("\xdd\xff\xff\xff\xff"), more);
    assert_string_equal(SCAN("\x92\x01\xdf\xff\xff\xff\xff\xc0"), more);
    assert_string_equal(SCAN("\x92\x01\xdf\x80\x00\x00\x00\xc0"), more); /* x 2 passes 32 bits */
    assert_string_equal(SCAN("\x92\x01\xdd\x7f\xff\xff\xff\x00\x00"), more);
    assert_string_equal(SCAN("\x91\xdb\xff\xff\xff\xff"
                             "a"),
                        "cut short");
    assert_string_equal(SCAN("\x91\xc6\xff\xff\xff\xff"
                             "a"),
                        "cut short");
    assert_string_equal(SCAN("\x91\xc9\xff\xff\xff\xff\x01"
                             "a"),
                        "cut short");
    assert_string_equal(SCAN("\xdc"), "cut short");
    assert_string_equal(SCAN("\xdd\x00\x00"), "cut short");
}

static void sixteen_deep_is_enough(void **state)
{
    (void)state;
    char bytes[WIRE_DEPTH_MAX + 2];
    memset(bytes, '\x91', sizeof bytes);
    bytes[WIRE_DEPTH_MAX] = '\xc0';
    assert_null(scan(bytes, WIRE_DEPTH_MAX + 1));
    bytes[WIRE_DEPTH_MAX] = '\x91';
    bytes[WIRE_DEPTH_MAX + 1] = '\xc0';
    assert_string_equal(scan(bytes, WIRE_DEPTH_MAX + 2), "nested too deep");
}

static void a_million_values_are_enough(void **state)
{
    (void)state;
    char *bytes = mem_new(5 + WIRE_ELEMENTS_MAX + 1, 1);
    memcpy(bytes, "\xdd\x00\x0f\x42\x40", 5); /* 1,000,000 */
    assert_null(scan(bytes, 5 + WIRE_ELEMENTS_MAX));
    bytes[4] = '\x41';
    assert_string_equal(scan(bytes, 5 + WIRE_ELEMENTS_MAX + 1), "too many values");
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_every_kind_passes_and_is_cut_short_one_byte_earlier),
        cmocka_unit_test(containers_take_exactly_what_they_announce),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(sixteen_deep_is_enough),
        cmocka_unit_test(a_million_values_are_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
