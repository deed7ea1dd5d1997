/* options - an option that may be given many times, one whose value is never told, one of many lines, and who
 * is stronger than a file. */
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
    {.name = "lines",
     .type = OPTION_LINES,
     .value = "TEXT",
     .max = 10,
     .flags = OPTION_PRIMARY,
     .group = "G",
     .help = "Lines"},
    {.name = "rest",
     .type = OPTION_TEXT,
     .value = "TEXT",
     .max = 10,
     .fallback = "default",
     .group = "G",
     .help = "Of no program"},
};
enum { ITEM, LINES, REST, ROWS };

static const char *variable(const char *name)
{
    return strcmp(name, "FRESHET_ITEM") == 0 ? "v=1\nw=2" : NULL;
}

static void arguments_add_up_and_go_before_the_variable(void **state)
{
    (void)state;
    char error[OPTIONS_ERROR_MAX];
    options_t *options = options_new(table, ROWS, OPTION_PRIMARY);
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
    options_t *options = options_new(table, ROWS, OPTION_PRIMARY);
    char *const argv[] = {(char *)"p", (char *)"-X", (char *)"123456", (char *)"-X", (char *)"hunter2"};
    assert_false(options_arguments(options, 5, argv, error)); /* 6 + 1 + 7 = 14 bytes */
    assert_non_null(strstr(error, "-X/--item"));
    assert_null(strstr(error, "hunter2"));
    assert_string_equal(options_text(options, 0), "123456");
    assert_false(options_set(options, 0, "a\tb", "form", error));
    options_destroy(&options);
}

static void lines_may_hold_tabs_and_line_ends_and_no_other_control_characters(void **state)
{
    (void)state;
    char error[OPTIONS_ERROR_MAX] = "";
    options_t *options = options_new(table, ROWS, OPTION_PRIMARY);
    char *const argv[] = {(char *)"p", (char *)"--lines", (char *)"a\tb\r\nc\n"};
    assert_true(options_arguments(options, 3, argv, error));
    assert_string_equal(options_text(options, LINES), "a\tb\r\nc\n");
    char *const again[] = {(char *)"p", (char *)"--lines=d", (char *)"--lines=e"};
    assert_true(options_arguments(options, 3, again, error)); /* the last one counts: it is no list */
    assert_string_equal(options_text(options, LINES), "e");
    assert_false(options_set(options, LINES, "a\x0b", "form", error));
    assert_non_null(strstr(error, "without control characters but tabs and line ends"));
    assert_false(options_set(options, LINES, "a\x7f", "form", error));
    assert_false(options_set(options, LINES, "", "form", error));
    assert_true(options_set(options, LINES, "\n123456789", "form", error));
    assert_false(options_set(options, LINES, "\n1234567890", "form", error));
    assert_false(options_set(options, REST, "a\nb", "form", error));
    options_destroy(&options);
}

static void a_file_is_stronger_than_defaults_and_weaker_than_all_else(void **state)
{
    (void)state;
    char error[OPTIONS_ERROR_MAX] = "";
    options_t *options = options_new(table, ROWS, OPTION_PRIMARY);
    assert_true(options_offer(options, REST, OPTION_FILE, "file", "x.lua:", error));
    assert_string_equal(options_text(options, REST), "file");
    assert_true(options_given(options, REST));
    assert_int_equal(options_source(options, REST), OPTION_FILE);
    assert_true(options_environment(options, variable, error));
    assert_true(options_offer(options, ITEM, OPTION_FILE, "file=1", "x.lua:", error));
    assert_string_equal(options_text(options, ITEM), "v=1\nw=2"); /* of the variable */
    assert_false(options_offer(options, REST, OPTION_FILE, "much too long", "x.lua:", error));
    assert_int_equal(strncmp(error, "x.lua: rest: ", strlen("x.lua: rest: ")), 0);
    assert_string_equal(options_text(options, REST), "file");
    options_destroy(&options);
}

static void what_is_of_no_program_is_no_flag(void **state)
{
    (void)state;
    char error[OPTIONS_ERROR_MAX] = "";
    options_t *options = options_new(table, ROWS, OPTION_PRIMARY);
    char *const argv[] = {(char *)"p", (char *)"--rest=x"};
    assert_false(options_arguments(options, 2, argv, error));
    assert_true(options_has(options, LINES));
    assert_false(options_has(options, REST));
    options_destroy(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_add_up_and_go_before_the_variable),
        cmocka_unit_test(the_whole_list_has_a_limit_and_errors_keep_it_secret),
        cmocka_unit_test(lines_may_hold_tabs_and_line_ends_and_no_other_control_characters),
        cmocka_unit_test(a_file_is_stronger_than_defaults_and_weaker_than_all_else),
        cmocka_unit_test(what_is_of_no_program_is_no_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
