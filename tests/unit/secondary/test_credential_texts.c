/* The texts that credentials are read from: ini files, profiles, XML and JSON answers, command lines. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "secondary/kinesis/ini.h"
#include "secondary/kinesis/kinesis_error.h"
#include "secondary/kinesis/metadata.h"
#include "secondary/kinesis/process.h"
#include "secondary/kinesis/profiles.h"
#include "secondary/kinesis/sts.h"

static void ini_knows_sections_comments_and_one_nested_level(void **state)
{
    (void)state;
    static const char text[] =
        "stray = 1\n[ a ]\r\n# no\n; no\nKey = v = w  # said\r\nhash = x#y\n[b]\nkinesis =\n"
        "  endpoint_url = http://x\n[a]\nkey=last\nnonsense\n[empty]\n[open\nkey=lost";
    ini_t *self = ini_parse(text, strlen(text));
    assert_string_equal(ini_get(self, "a", "key", NULL), "last");
    assert_string_equal(ini_get(self, "a", "hash", NULL), "x#y");
    assert_string_equal(ini_get(self, "b", "kinesis", "endpoint_url"), "http://x");
    assert_string_equal(ini_get(self, "b", "kinesis", NULL), "");
    assert_null(ini_get(self, "b", "endpoint_url", NULL));
    assert_true(ini_has(self, "empty"));
    assert_false(ini_has(self, "open"));
    ini_destroy(&self);
}

static void the_credentials_file_wins_and_names_may_be_quoted(void **state)
{
    (void)state;
    profiles_t *self =
        profiles_new("[x]\nregion=c\n", "[profile x]\nregion=d\noutput=j\n[profile \"my own\"]\nregion=e\n");
    assert_string_equal(profiles_get(self, "x", "region"), "c");
    assert_string_equal(profiles_get(self, "x", "output"), "j");
    assert_string_equal(profiles_get(self, "my own", "region"), "e");
    assert_false(profiles_has(self, "default"));
    profiles_destroy(&self);
}

static void sts_answers_must_be_whole(void **state)
{
    (void)state;
    static const char whole[] =
        "<R><Credentials><AccessKeyId> A&amp;B </AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        "<SessionToken>t</SessionToken><Expiration>2026-11-22T12:00:00Z</Expiration>"
        "</Credentials></R>";
    struct sigv4_keys keys;
    int64_t expires_s = 0;
    assert_true(sts_read(whole, strlen(whole), &keys, &expires_s));
    assert_string_equal(keys.id, "A&B");
    assert_int_equal(expires_s, 1795348800);
    size_t needed = (size_t)(strstr(whole, "</Credentials>") - whole) + strlen("</Credentials>");
    for (size_t length = 0; length < needed; length++)
        assert_false(sts_read(whole, length, &keys, &expires_s));
    assert_true(sts_time("2026-11-22T13:00:00.5+01:00", &expires_s));
    assert_int_equal(expires_s, 1795348800);
    assert_false(sts_time("2026-11-22", &expires_s));
}

static void a_command_line_is_split_as_a_shell_would(void **state)
{
    (void)state;
    char line[] = "  a \"b c\" 'd \\e' f\\ g\"h\" ";
    char *words[PROCESS_WORDS_MAX + 1];
    assert_true(process_split(line, words));
    assert_string_equal(words[0], "a");
    assert_string_equal(words[1], "b c");
    assert_string_equal(words[2], "d \\e");
    assert_string_equal(words[3], "f gh");
    assert_null(words[4]);
    char open[] = "a \"b", empty[] = "  ";
    assert_false(process_split(open, words));
    assert_false(process_split(empty, words));
}

static void errors_are_named_and_judged(void **state)
{
    (void)state;
    struct kinesis_error error;
    static const char body[] =
        "{\"__type\":\"com.x#ResourceNotFoundException:http://y/\",\"Message\":\"none\"}";
    kinesis_error_read(400, "", body, strlen(body), &error);
    assert_string_equal(error.code, "ResourceNotFoundException");
    assert_string_equal(error.message, "none");
    assert_int_equal(error.fault, FAULT_FINAL);
    kinesis_error_read(503, "", "<html>", 6, &error);
    assert_int_equal(error.fault, FAULT_TRANSIENT);
    assert_false(error.refused);
    kinesis_error_read(413, "", "", 0, &error);
    assert_int_equal(error.fault, FAULT_FINAL);
    kinesis_error_read(400, "ThrottlingException", "", 0, &error);
    assert_int_equal(error.fault, FAULT_THROTTLED);
    assert_true(error.refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ini_knows_sections_comments_and_one_nested_level),
        cmocka_unit_test(the_credentials_file_wins_and_names_may_be_quoted),
        cmocka_unit_test(sts_answers_must_be_whole),
        cmocka_unit_test(a_command_line_is_split_as_a_shell_would),
        cmocka_unit_test(errors_are_named_and_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
