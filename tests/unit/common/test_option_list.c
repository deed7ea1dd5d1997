/* options - an option that may be given many times, and one whose value is never told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/options.h"

#include <string.h>

static const struct option table[] = {
    {.name = "item",
     .letter = 'X',
     .type = OPTION_LIST,
     .value = "ITEM",
     .max = 12,
     .flags = OPTION_PRIMARY | OPTION_SECRET,
     .group = "G",
     .help = "An item"},
};

static const char *variable(const char *name)
{
    return strcmp(name, "FRESHET_ITEM") == 0 ? "v=1\nw=2" : NULL;
}

static void arguments_add_up_and_go_before_the_variable(void **state)
{
    (void)state;
    char error[OPTIONS_ERROR_MAX];
    options_t *options = options_new(table, 1, OPTION_PRIMARY);
    assert_true(options_environment(options, variable, error));
    assert_string_equal(options_text(options, 0), "v=1\nw=2");
    char *const argv[] = {(char *)"p", (char *)"-X", (char *)"a=1", (char *)"--item=b=2", (char *)"-Xc"};
    assert_true(options_arguments(options, 5, argv, error));
    assert_string_equal(options_text(options, 0), "a=1\nb=2\nc");
    assert_true(options_set(options, 0, "d=4", "form", error)); /* set at run time: all of it is told anew */
    assert_string_equal(options_text(options, 0), "d=4");
    options_destroy(&options);
}

static void the_whole_list_has_a_limit_and_errors_keep_it_secret(void **state)
{
    (void)state;
    char error[OPTIONS_ERROR_MAX] = "";
    options_t *options = options_new(table, 1, OPTION_PRIMARY);
    char *const argv[] = {(char *)"p", (char *)"-X", (char *)"123456", (char *)"-X", (char *)"hunter2"};
    assert_false(options_arguments(options, 5, argv, error)); /* 6 + 1 + 7 = 14 bytes */
    assert_non_null(strstr(error, "-X/--item"));
    assert_null(strstr(error, "hunter2"));
    assert_string_equal(options_text(options, 0), "123456");
    assert_false(options_set(options, 0, "a\tb", "form", error));
    options_destroy(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_add_up_and_go_before_the_variable),
        cmocka_unit_test(the_whole_list_has_a_limit_and_errors_keep_it_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
