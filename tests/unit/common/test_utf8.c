/* utf8 - what RFC 3629 allows, and what it does not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/utf8.h"

static void the_ends_of_every_length_are_good(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "\x01",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa5z"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(utf8_valid(good[i]));
}

static void what_lies_beyond_them_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2z",
                                      "\xe0\x9f\xbf",
                                      "\xe2\x82",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "ok\xe2\x82z",
                                      "\xf0\x9f\x92z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_valid(bad[i]));
}

static void the_good_beginning_has_its_length(void **state)
{
    (void)state;
    assert_int_equal(utf8_span("", 0), 0);
    assert_int_equal(utf8_span("a\0b\xc3\xa9", 5), 5);
    assert_int_equal(utf8_span("a\0b\xc3\xa9", 4), 3); /* cut in the middle of a character */
    assert_int_equal(utf8_span("\xe2\x82\xac\xf0\x9f\x92\xa5", 6), 3);
    assert_int_equal(utf8_span("ok\xffok", 5), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ends_of_every_length_are_good),
        cmocka_unit_test(what_lies_beyond_them_is_not),
        cmocka_unit_test(the_good_beginning_has_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
