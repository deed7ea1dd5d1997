/* place - where in a template an error is, from how a workload words it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "primary/place.h"

static void line_and_column_are_found(void **state)
{
    (void)state;
    struct place place;
    assert_true(place_find("kdg.json:2:14: no function random.nmber", "kdg.json", &place));
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 14);
    assert_string_equal(place.words, "no function random.nmber");
    assert_true(place_find("s.lua:7: attempt to index a nil value", "s.lua", &place));
    assert_int_equal(place.line, 7);
    assert_int_equal(place.column, 0);
    assert_string_equal(place.words, "attempt to index a nil value");
    assert_true(place_find("C:1:2:3:4: x", "C:1:2", &place)); /* whatever the file is called */
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 4);
}

static void where_there_is_none_nothing_is_found(void **state)
{
    (void)state;
    struct place place;
    static const char *const none[] = {"",
                                       "kdg.json",
                                       "kdg.json: is empty",
                                       "kdg.json:: x",
                                       "kdg.json:2",
                                       "kdg.json:2:",
                                       "kdg.json:2:x",
                                       "other:2:14: x",
                                       "kdg.json:-2: x",
                                       "kdg.json:99999999999: x"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(place_find(none[i], "kdg.json", &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_and_column_are_found),
        cmocka_unit_test(where_there_is_none_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
