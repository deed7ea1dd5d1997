/* target - every form that people may type, and the ones that must not pass. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/quote.h"
#include "common/target.h"

#include <string.h>

static char error[256];

static bool parse(const char *text, struct target *out)
{
    error[0] = '\0';
    return target_parse(text, out, error, sizeof error);
}

/* The text must be taken, be printed as `canonical`, and that must give the same target again. */
static struct target taken(const char *text, const char *canonical)
{
    struct target target, again;
    assert_true(parse(text, &target));
    char printed[TARGET_TEXT_MAX];
    target_print(&target, printed);
    assert_string_equal(printed, canonical);
    assert_true(parse(printed, &again));
    assert_memory_equal(&target, &again, sizeof target);
    return target;
}

static void refused(const char *text)
{
    struct target target;
    memset(&target, 0x5A, sizeof target);
    struct target before = target;
    assert_false(parse(text, &target));
    assert_memory_equal(&target, &before, sizeof target);
    assert_true(strlen(error) > 0);
}

static void a_bare_name_is_a_kinesis_stream(void **state)
{
    (void)state;
    struct target target = taken("DemoStream", "DemoStream");
    assert_int_equal(target.kind, TARGET_KINESIS);
    assert_string_equal(target.stream, "DemoStream");
    assert_string_equal(target.region, "");
    taken("a_b.c-9", "a_b.c-9");
    char longest[130];
    memset(longest, 'x', sizeof longest);
    longest[129] = '\0';
    refused(longest);
    longest[128] = '\0';
    taken(longest, longest);
}

static void a_kinesis_url_may_name_the_region(void **state)
{
    (void)state;
    struct target target = taken("kinesis://eu-central-1/DemoStream", "kinesis://eu-central-1/DemoStream");
    assert_string_equal(target.region, "eu-central-1");
    assert_string_equal(target.stream, "DemoStream");
    taken("kinesis://DemoStream", "DemoStream");
    refused("kinesis://");
    refused("kinesis:///DemoStream");
    refused("kinesis://eu-central-1/");
    refused("kinesis://eu-central-1/a/b");
    refused("kinesis://evil.example.com/DemoStream");
    refused("kinesis://EU/DemoStream");
    refused("kinesis://-eu/DemoStream");
    refused("kinesis://a@b/DemoStream");
}

static void an_arn_brings_region_and_stream(void **state)
{
    (void)state;
    static const char arn[] = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/DemoStream";
    struct target target = taken(arn, arn);
    assert_int_equal(target.kind, TARGET_KINESIS);
    assert_string_equal(target.arn, arn);
    assert_string_equal(target.region, "cn-north-1");
    assert_string_equal(target.stream, "DemoStream");
    refused("arn:aws:kinesis:eu-central-1:12345678901:stream/DemoStream");
    refused("arn:aws:kinesis:eu-central-1:12345678901x:stream/DemoStream");
    refused("arn:aws:firehose:eu-central-1:123456789012:stream/DemoStream");
    refused("arn:aws:kinesis:eu-central-1:123456789012:deliverystream/DemoStream");
    refused("arn:aws:kinesis:eu-central-1:123456789012:stream/a/b");
    refused("arn:aws:kinesis::123456789012:stream/DemoStream");
    refused("arn:aws:kinesis:eu-central-1:123456789012:stream/");
    refused("arn:");
}

static void a_kafka_url_has_brokers_and_a_topic(void **state)
{
    (void)state;
    struct target target = taken("kafka://b-1.example:9092,10.0.0.2:19092/readings.v1",
                                 "kafka://b-1.example:9092,10.0.0.2:19092/readings.v1");
    assert_int_equal(target.kind, TARGET_KAFKA);
    assert_string_equal(target.brokers, "b-1.example:9092,10.0.0.2:19092");
    assert_string_equal(target.topic, "readings.v1");
    taken("kafka://[::1]:9092/t", "kafka://[::1]:9092/t");
    taken("kafka://local/sensors", "kafka://local/sensors");
    static const char *const bad[] = {"kafka://",
                                      "kafka://h:9092",
                                      "kafka://h:9092/",
                                      "kafka://h/t",
                                      "kafka://h:/t",
                                      "kafka://h:0/t",
                                      "kafka://h:65536/t",
                                      "kafka://h:99999999999/t",
                                      "kafka://:9092/t",
                                      "kafka://h:9092,/t",
                                      "kafka://,h:9092/t",
                                      "kafka://h:9092/.",
                                      "kafka://h:9092/..",
                                      "kafka://h:9092/a b",
                                      "kafka://h:9092/a/b",
                                      "kafka://[::1]/t",
                                      "kafka://[::1:9092/t",
                                      "kafka://[]:9092/t",
                                      "kafka://h:09092/t",
                                      "kafka://h h:9092/t",
                                      "kafka://[",
                                      "kafka://[::1]x9092/t",
                                      "kafka://u:p@h:9092/t"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i]);
    taken("kafka://h:65535/t", "kafka://h:65535/t");
}

static void long_kafka_parts_are_bounded(void **state)
{
    (void)state;
    struct target target;
    char text[3000] = "kafka://h:9092/";
    size_t start = strlen(text);
    memset(text + start, 't', 250);
    assert_false(parse(text, &target));
    text[start + 249] = '\0';
    assert_true(parse(text, &target));
    assert_int_equal(strlen(target.topic), 249);
    strncpy(text, "kafka://h:1", sizeof text - 1);
    for (size_t length = strlen(text); length < 8 + 1023; length += 4)
        memcpy(text + length, ",h:1", 5);
    memcpy(text + strlen(text), "/t", 3);
    assert_int_equal(strlen(text), 8 + 1023 + 2);
    assert_true(parse(text, &target));
    memcpy(text + 8 + 1023, ",h:1/t", 7);
    assert_false(parse(text, &target));
}

static void null_is_a_target_and_other_things_are_not(void **state)
{
    (void)state;
    assert_int_equal(taken("null://", "null://").kind, TARGET_NULL);
    static const char *const bad[] = {
        "",     " ",           "null:",        "null://x",    "http://x.example", "sqs://x",
        "a b",  "Demo/Stream", "Demo\nStream", "KINESIS://x", "Str\xC3\xB6m",     " Demo",
        "Demo "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i]);
}

static void errors_name_the_text_and_what_is_allowed(void **state)
{
    (void)state;
    refused("http://x.example");
    assert_non_null(strstr(error, "\"http://x.example\""));
    assert_non_null(strstr(error, "kinesis://[region/]stream"));
    struct target target;
    char small[8];
    assert_false(target_parse("a b", &target, small, sizeof small));
    assert_int_equal(strlen(small), 7);
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(target_kind_name(TARGET_NULL), "null");
    assert_string_equal(target_kind_name(TARGET_KINESIS), "kinesis");
    assert_string_equal(target_kind_name(TARGET_KAFKA), "kafka");
}

static void quoted_text_cannot_spoil_a_message(void **state)
{
    (void)state;
    char out[QUOTE_MAX];
    assert_string_equal(quote("a\nb\x1b[2Jc", out), "\"a?b?[2Jc\"");
    assert_string_equal(quote("", out), "\"\"");
    char text[400];
    memset(text, 'x', sizeof text);
    text[122] = '\0'; /* exactly as much as is shown */
    quote(text, out);
    assert_int_equal(strlen(out), 124);
    text[122] = 'x';
    text[399] = '\0';
    quote(text, out);
    assert_int_equal(strlen(out), QUOTE_MAX - 1);
    assert_string_equal(out + strlen(out) - 4, "...\"");
    text[121] = '\xC3'; /* a character of two bytes across the cut is left out whole */
    text[122] = '\xB6';
    quote(text, out);
    assert_string_equal(out + strlen(out) - 5, "x...\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_name_is_a_kinesis_stream),
        cmocka_unit_test(a_kinesis_url_may_name_the_region),
        cmocka_unit_test(an_arn_brings_region_and_stream),
        cmocka_unit_test(a_kafka_url_has_brokers_and_a_topic),
        cmocka_unit_test(long_kafka_parts_are_bounded),
        cmocka_unit_test(null_is_a_target_and_other_things_are_not),
        cmocka_unit_test(errors_name_the_text_and_what_is_allowed),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(quoted_text_cannot_spoil_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
