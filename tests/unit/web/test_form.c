/* form - flat lists from queries, forms and JSON; nothing of a bad input is kept. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "web/server/form.h"

static const char *why;

static int set_up(void **state)
{
    struct form *form = mem_new(1, sizeof *form);
    form_init(form);
    *state = form;
    return 0;
}

static int tear_down(void **state)
{
    form_fini(*state);
    free(*state);
    return 0;
}

static bool coded(struct form *form, const char *text)
{
    return form_urlencoded(form, text, strlen(text), &why);
}

static bool json(struct form *form, const char *text)
{
    return form_json(form, text, strlen(text), &why);
}

static void a_form_of_locust(void **state)
{
    struct form *form = *state;
    assert_true(coded(
        form, "user_count=10&spawn_rate=5&host=Demo%20Stream&user_classes=A&user_classes=B&empty=&bare"));
    assert_int_equal(form->count, 7);
    assert_string_equal(form_value(form, "user_count"), "10");
    assert_string_equal(form_value(form, "spawn-rate"), "5");
    assert_string_equal(form_value(form, "host"), "Demo Stream");
    assert_string_equal(form_value(form, "user_classes"), "A");
    assert_string_equal(form->list[4].value, "B");
    assert_string_equal(form_value(form, "empty"), "");
    assert_string_equal(form_value(form, "bare"), "");
    assert_null(form_value(form, "hos"));
}

static void an_object_of_options(void **state)
{
    struct form *form = *state;
    assert_true(json(
        form, "{\"target\":\"Demo\",\"rate\":50000,\"ramp\":0.1,\"on\":true,\"off\":false,\"users\":null,"
              "\"seed\":-9223372036854775808,\"big\":1e21}"));
    assert_string_equal(form_value(form, "target"), "Demo");
    assert_string_equal(form_value(form, "rate"), "50000");
    assert_string_equal(form_value(form, "ramp"), "0.1");
    assert_string_equal(form_value(form, "on"), "true");
    assert_string_equal(form_value(form, "off"), "false");
    assert_string_equal(form_value(form, "users"), "");
    assert_string_equal(form_value(form, "seed"), "-9223372036854775808");
    assert_string_equal(form_value(form, "big"), "1e+21");
}

static void the_body_is_found_before_the_query(void **state)
{
    struct form *form = *state;
    assert_true(json(form, "{\"a\":\"body\"}"));
    assert_true(coded(form, "a=query&b=2"));
    assert_string_equal(form_value(form, "a"), "body");
    assert_string_equal(form_value(form, "b"), "2");
    form_remove(form, "a");
    assert_null(form_value(form, "a"));
    assert_int_equal(form->count, 1);
}

static void bad_input_leaves_what_was_there(void **state)
{
    struct form *form = *state;
    assert_true(coded(form, "kept=1"));
    static const char *const forms[] = {
        "a=1&b=%",         "a=1&b=%zz",          "a=1&=2",       "a=1&b=%00", "a=1&b=%ff", "a=1&b=%c0%80",
        "a=1&b=%ed%a0%80", "a=1&b=%f4%90%80%80", "a=1&b=%e2%82", "%c1=1"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        assert_false(coded(form, forms[i]));
        assert_true(strlen(why) > 0);
        assert_int_equal(form->count, 1);
    }
    static const char *const objects[] = {"",
                                          "[]",
                                          "1",
                                          "{",
                                          "{\"a\":1,\"a\":2}",
                                          "{\"a\":1,\"b\":[1]}",
                                          "{\"a\":1,\"b\":{}}",
                                          "{\"a\":1} x",
                                          "{\"\":1}",
                                          "{\"a\":\"\\u0000\"}",
                                          "{\"a\":\"\xff\"}",
                                          "{\"a\":1e999}",
                                          "{\"a\":99999999999999999999}"};
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        assert_false(json(form, objects[i]));
        assert_true(strlen(why) > 0);
        assert_int_equal(form->count, 1);
    }
}

static void limits_hold_at_their_edge(void **state)
{
    struct form *form = *state;
    char *text = mem_new(FORM_VALUE_MAX + 64, 1);
    memset(text, 'v', FORM_VALUE_MAX + 32);
    memcpy(text, "a=", 2);
    assert_true(form_urlencoded(form, text, 2 + FORM_VALUE_MAX - 1, &why));
    assert_false(form_urlencoded(form, text, 2 + FORM_VALUE_MAX, &why));
    assert_string_equal(why, "a value is too long");
    assert_true(form_urlencoded(form, text + 2, FORM_NAME_MAX - 1, &why));
    assert_false(form_urlencoded(form, text + 2, FORM_NAME_MAX, &why));
    while (form->count < FORM_PARAMETERS_MAX)
        assert_true(coded(form, "x=1"));
    assert_false(coded(form, "x=1"));
    assert_string_equal(why, "too many parameters");
    assert_int_equal(form->count, FORM_PARAMETERS_MAX);
    free(text);
}

static void deep_json_does_not_blow_the_stack(void **state)
{
    struct form *form = *state;
    enum { DEPTH = 1024 * 1024 };
    char *text = mem_new(DEPTH, 1);
    memset(text, '[', DEPTH);
    assert_false(form_json(form, text, DEPTH, &why));
    free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_form_of_locust),
        TEST(an_object_of_options),
        TEST(the_body_is_found_before_the_query),
        TEST(bad_input_leaves_what_was_there),
        TEST(limits_hold_at_their_edge),
        TEST(deep_json_does_not_blow_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
