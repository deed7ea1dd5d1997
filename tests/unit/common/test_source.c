/* source - a run's template or scenario: from a file, from a form, from the primary; one of them at a time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/option_table.h"
#include "common/workload/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char error[OPTIONS_ERROR_MAX];
static char path[] = "/tmp/freshet-source-XXXXXX";
static const char *variable_value; /* of FRESHET_TEMPLATE; a lookup has no argument for it */

static int set_up(void **state)
{
    (void)state;
    memcpy(path, "/tmp/freshet-source-XXXXXX", sizeof path);
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    variable_value = NULL;
    error[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const void *bytes, size_t length)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static const char *variable(const char *name)
{
    return strcmp(name, "FRESHET_TEMPLATE") == 0 ? variable_value : NULL;
}

/* NULL, and `error`, when the source is no good. */
static options_t *read_arguments(const char *const *arguments)
{
    char *argv[8] = {(char *)(uintptr_t) "freshet"};
    int argc = 1;
    for (; arguments[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    assert_true(options_environment(options, variable, error));
    assert_true(options_arguments(options, argc, argv, error));
    if (!source_read(options, error))
        options_destroy(&options);
    return options;
}

#define READ(...) read_arguments((const char *const[]){__VA_ARGS__, NULL})

static void a_file_is_read_once_and_names_itself(void **state)
{
    (void)state;
    write_file("{\"a\":\t{{x}}}\r\n", 14);
    options_t *options = READ("--template", path);
    assert_non_null(options);
    unlink(path);
    struct workload_source source = source_of(options);
    assert_int_equal(source.kind, WORKLOAD_TEMPLATE);
    assert_string_equal(source.name, path);
    assert_string_equal(source.text, "{\"a\":\t{{x}}}"); /* an editor's line end is none of the event's */
    assert_int_equal(source.length, 12);
    options_destroy(&options);
    write_file("", 0); /* for the tear-down */
}

static void without_one_there_is_the_sensor(void **state)
{
    (void)state;
    options_t *options = READ("DemoStream");
    assert_int_equal(source_of(options).kind, WORKLOAD_SENSOR);
    assert_int_equal(source_of(options).length, 0);
    options_destroy(&options);
}

static void what_is_no_text_is_refused_by_name_and_line(void **state)
{
    (void)state;
    char *big = mem_new(65550, 1);
    memset(big, 'x', 65550);
    memcpy(big + 65536, "\r\n", 2);
    write_file(big, 65538);
    options_t *options = READ("--template", path);
    assert_non_null(options);
    assert_int_equal(source_of(options).length, 65536);
    options_destroy(&options);
    static const size_t too_long[] = {65539, 65540, 65550}; /* what follows a line end counts as well */
    for (size_t i = 0; i < sizeof too_long / sizeof too_long[0]; i++) {
        write_file(big, too_long[i]);
        assert_null(READ("--template", path));
        assert_non_null(strstr(error, "is longer than 64 KiB"));
    }
    write_file(big, 65537); /* up to the carriage return, which is half a line end */
    assert_null(READ("--template", path));
    free(big);
    write_file("a\nb\0c", 5);
    assert_null(READ("--template", path));
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, "line 2 has a control character (0x00)"));
    write_file("a\n\n\x1b[2J", 7);
    assert_null(READ("--template", path));
    assert_non_null(strstr(error, "line 3 has a control character (0x1b)"));
    write_file("\xff", 1);
    assert_null(READ("--template", path));
    assert_non_null(strstr(error, "is not UTF-8"));
    write_file("", 0);
    assert_null(READ("--template", path));
    assert_non_null(strstr(error, "is empty"));
    assert_null(READ("--template", "/nowhere/x.json"));
    assert_string_equal(error, "--template: \"/nowhere/x.json\": No such file or directory");
}

static void two_of_them_contradict_each_other_unless_one_is_stronger(void **state)
{
    (void)state;
    write_file("text", 4);
    assert_null(READ("--template", path, "--template-text", "x"));
    assert_non_null(strstr(error, "--template: excludes --template-text"));
    assert_null(READ("--template", path, "-f", path));
    assert_non_null(strstr(error, "--template: excludes --scenario"));
    assert_null(READ("--template", path, "--replay", "x.ndjson"));
    assert_non_null(strstr(error, "--template: excludes --replay"));
    variable_value = "/nowhere"; /* is not even looked for */
    options_t *options = READ("--template-text", "x");
    assert_string_equal(source_of(options).text, "x");
    assert_string_equal(source_of(options).name, "template");
    assert_null(options_text(options, OPT_TEMPLATE));
    options_destroy(&options);
}

static void a_form_overrules_what_was_given_at_the_start(void **state)
{
    (void)state;
    write_file("of the file", 11);
    options_t *options = READ("--template", path);
    assert_true(options_set(options, OPT_TEMPLATE_TEXT, "of the form", "field", error));
    assert_true(source_settle(options, error));
    assert_string_equal(source_of(options).text, "of the form");
    assert_string_equal(source_of(options).name, "template"); /* no more that of the file */
    options_clear(options, OPT_TEMPLATE_TEXT);
    assert_true(source_settle(options, error));
    assert_int_equal(source_of(options).kind, WORKLOAD_SENSOR);
    options_destroy(&options);
    options = READ("--replay", "x.ndjson");
    assert_true(options_set(options, OPT_TEMPLATE_TEXT, "of the form", "field", error));
    assert_true(source_settle(options, error));
    assert_null(options_text(options, OPT_REPLAY));
    assert_true(options_set(options, OPT_REPLAY, "y.ndjson", "field", error));
    assert_false(source_settle(options, error)); /* both said in the same form */
    options_destroy(&options);
}

static void what_a_primary_sends_replaces_all(void **state)
{
    (void)state;
    write_file("mine", 4);
    options_t *options = READ("--template", path);
    struct workload_source sent = {WORKLOAD_SCENARIO, "s.lua", "return {}", 9};
    assert_true(source_put(options, &sent, "primary", error));
    assert_true(source_settle(options, error));
    struct workload_source source = source_of(options);
    assert_int_equal(source.kind, WORKLOAD_SCENARIO);
    assert_string_equal(source.name, "s.lua");
    assert_string_equal(source.text, "return {}");
    assert_null(options_text(options, OPT_TEMPLATE_TEXT));
    sent.text = "esc \x1b";
    assert_false(source_put(options, &sent, "primary", error));
    options_destroy(&options);
}

static void a_long_path_is_named_by_its_end(void **state)
{
    (void)state;
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    char name[300];
    memset(name, 'd', sizeof name);
    memcpy(name + sizeof name - 10, "/kdg.json", 10);
    assert_true(options_set(options, OPT_TEMPLATE, name, "", error));
    assert_true(options_set(options, OPT_TEMPLATE_TEXT, "x", "", error));
    assert_string_equal(source_of(options).name, "kdg.json");
    memset(name, 'n', sizeof name - 1);
    assert_true(options_set(options, OPT_TEMPLATE, name, "", error));
    assert_int_equal(strlen(source_of(options).name), SOURCE_NAME_MAX - 1);
    options_destroy(&options);
}

/* Landon Curt Noll's test vectors of FNV-1a, 64 bits. */
static void the_hash_is_fnv_1a(void **state)
{
    (void)state;
    struct workload_source source = {.text = "", .length = 0};
    assert_true(source_hash(&source) == UINT64_C(0xcbf29ce484222325));
    source = (struct workload_source){.text = "a", .length = 1};
    assert_true(source_hash(&source) == UINT64_C(0xaf63dc4c8601ec8c));
    source = (struct workload_source){.text = "foobar", .length = 6};
    assert_true(source_hash(&source) == UINT64_C(0x85944171f73967e8));
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_file_is_read_once_and_names_itself),
        STORY(without_one_there_is_the_sensor),
        STORY(what_is_no_text_is_refused_by_name_and_line),
        STORY(two_of_them_contradict_each_other_unless_one_is_stronger),
        STORY(a_form_overrules_what_was_given_at_the_start),
        STORY(what_a_primary_sends_replaces_all),
        STORY(a_long_path_is_named_by_its_end),
        STORY(the_hash_is_fnv_1a),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
