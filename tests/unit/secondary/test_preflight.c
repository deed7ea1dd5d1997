/* What the answers of DescribeStreamSummary and ListShards are read as, however odd they are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secondary/kinesis/preflight.h"

static bool summary(const char *text, struct wire_preflight *out)
{
    *out = (struct wire_preflight){0};
    return preflight_read_summary(text, strlen(text), out);
}

static void a_summary_says_mode_and_shards(void **state)
{
    (void)state;
    struct wire_preflight out;
    assert_true(summary("{\"StreamDescriptionSummary\":{\"StreamName\":\"s\",\"StreamStatus\":\"ACTIVE\","
                        "\"StreamModeDetails\":{\"StreamMode\":\"PROVISIONED\"},\"OpenShardCount\":4}}",
                        &out));
    assert_string_equal(out.mode, "PROVISIONED");
    assert_int_equal(out.shards, 4);
    assert_null(out.message);
    assert_true(summary("{\"StreamDescriptionSummary\":{\"StreamStatus\":\"UPDATING\"}}", &out));
    assert_string_equal(out.mode, "PROVISIONED"); /* before there were modes, all were */
    assert_int_equal(out.shards, 0);
}

static void an_on_demand_stream_is_told_and_its_warm_throughput_read(void **state)
{
    (void)state;
    struct wire_preflight out;
    assert_true(summary("{\"StreamDescriptionSummary\":{\"StreamStatus\":\"ACTIVE\",\"OpenShardCount\":4,"
                        "\"StreamModeDetails\":{\"StreamMode\":\"ON_DEMAND\"},"
                        "\"WarmThroughput\":{\"TargetMiBps\":9,\"CurrentMiBps\":2}}}",
                        &out));
    assert_string_equal(out.mode, "ON_DEMAND");
    assert_true(out.bytes_per_s == 2097152.0);
    assert_true(out.events_per_s == 0.0);
    assert_non_null(strstr(out.message, "on-demand"));
    free(out.message);
    assert_true(summary("{\"StreamDescriptionSummary\":{\"StreamStatus\":\"ACTIVE\",\"WarmThroughput\":null,"
                        "\"StreamModeDetails\":{\"StreamMode\":\"ON_DEMAND\"}}}",
                        &out));
    assert_true(out.bytes_per_s == 0.0);
    free(out.message);
}

static void a_stream_that_takes_nothing_is_refused(void **state)
{
    (void)state;
    static const char *const states[] = {"CREATING", "DELETING", "",
                                         "a state longer than any we have heard of"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"StreamDescriptionSummary\":{\"StreamStatus\":\"%s\","
                 "\"StreamModeDetails\":{\"StreamMode\":\"ON_DEMAND\"}}}",
                 states[i]);
        struct wire_preflight out;
        assert_false(summary(text, &out));
        assert_false(out.ok);
        assert_string_equal(out.code, "ResourceInUseException");
        assert_non_null(strstr(out.message, "not ACTIVE"));
        free(out.message);
    }
}

static void what_is_no_summary_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "null",
                                        "[]",
                                        "7",
                                        "{",
                                        "{}",
                                        "<html>",
                                        "{\"StreamDescriptionSummary\":null}",
                                        "{\"StreamDescriptionSummary\":[]}",
                                        "{\"StreamDescriptionSummary\":{}}",
                                        "{\"StreamDescriptionSummary\":{\"StreamStatus\":null}}",
                                        "{\"StreamDescriptionSummary\":{\"StreamStatus\":1}}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wire_preflight out;
        assert_false(summary(texts[i], &out));
        assert_string_equal(out.code, "UnreadableAnswer");
        assert_non_null(strstr(out.message, "DescribeStreamSummary"));
        free(out.message);
    }
}

static void odd_numbers_count_as_none(void **state)
{
    (void)state;
    static const char *const counts[] = {"null", "\"4\"", "-4", "1e300", "9223372036854775807", "{}"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"StreamDescriptionSummary\":{\"StreamStatus\":\"ACTIVE\",\"OpenShardCount\":%s}}",
                 counts[i]);
        struct wire_preflight out;
        assert_true(summary(text, &out));
        assert_int_equal(out.shards, 0);
    }
    struct wire_preflight out; /* a mode longer than its place is cut, not overrun */
    assert_true(
        summary("{\"StreamDescriptionSummary\":{\"StreamStatus\":\"ACTIVE\",\"StreamModeDetails\":"
                "{\"StreamMode\":\"a mode that is much longer than the place there is for it in us\"}}}",
                &out));
    assert_true(strlen(out.mode) < sizeof out.mode);
    assert_memory_equal(out.mode, "a mode", 6);
}

static bool shards(const char *text, struct shard_map *open, char next[PREFLIGHT_TOKEN_MAX])
{
    return preflight_read_shards(text, strlen(text), open, next);
}

#define RANGE(first) "\"HashKeyRange\":{\"StartingHashKey\":\"" first "\",\"EndingHashKey\":\"9\"}"

static void open_shards_are_listed_over_pages(void **state)
{
    (void)state;
    struct shard_map open = {0};
    char next[PREFLIGHT_TOKEN_MAX] = "old";
    assert_true(shards(
        "{\"Shards\":[{\"ShardId\":\"0\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"1\","
        "\"EndingSequenceNumber\":\"9\"}," RANGE(
            "0") "},"
                 "{\"ShardId\":\"1\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"1\"}," RANGE(
                     "7") "}],"
                          "\"NextToken\":\"page 2\"}",
        &open, next));
    assert_int_equal(open.count, 1); /* the other is closed */
    assert_string_equal(next, "page 2");
    assert_true(shards(
        "{\"Shards\":[{\"ShardId\":\"2\",\"SequenceNumberRange\":{\"EndingSequenceNumber\":null}," RANGE(
            "0") "},{\"ShardId\":\"3\"," RANGE("5") "}],\"NextToken\":null}",
        &open, next));
    assert_int_equal(open.count, 3); /* null or absent: no end */
    assert_string_equal(next, "");
    assert_true(shards("{\"Shards\":[]}", &open, next));
    assert_int_equal(open.count, 3);
    shard_map_sort(&open);
    assert_string_equal(open.shards[0].id, "2");
    assert_string_equal(open.shards[1].id, "3");
    assert_string_equal(open.shards[2].id, "1");
    shard_map_fini(&open);
}

static void what_is_no_list_of_shards_is_not_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "null",
                                        "[]",
                                        "{}",
                                        "{\"Shards\":null}",
                                        "{\"Shards\":{}}",
                                        "{\"Shards\":[{}",
                                        "{\"Shards\":[{}]}",
                                        "{\"Shards\":[{\"ShardId\":\"1\"}]}",
                                        "{\"Shards\":[{" RANGE("1") "}]}",
                                        "{\"Shards\":[{\"ShardId\":\"1\"," RANGE("x") "}]}",
                                        "{\"Shards\":[{\"ShardId\":\"1\"," RANGE("-1") "}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct shard_map open = {0};
        char next[PREFLIGHT_TOKEN_MAX] = "";
        assert_false(shards(texts[i], &open, next));
        assert_int_equal(open.count, 0);
        assert_string_equal(next, "");
    }
}

static void a_token_that_does_not_fit_is_no_token(void **state)
{
    (void)state;
    static char text[PREFLIGHT_TOKEN_MAX + 64], token[PREFLIGHT_TOKEN_MAX + 1];
    char next[PREFLIGHT_TOKEN_MAX];
    struct shard_map open = {0};
    memset(token, 'x', sizeof token - 1);
    snprintf(text, sizeof text, "{\"Shards\":[],\"NextToken\":\"%s\"}", token);
    assert_false(shards(text, &open, next)); /* cut, it would list something else */
    token[PREFLIGHT_TOKEN_MAX - 1] = '\0';
    snprintf(text, sizeof text, "{\"Shards\":[],\"NextToken\":\"%s\"}", token);
    assert_true(shards(text, &open, next));
    assert_string_equal(next, token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_says_mode_and_shards),
        cmocka_unit_test(an_on_demand_stream_is_told_and_its_warm_throughput_read),
        cmocka_unit_test(a_stream_that_takes_nothing_is_refused),
        cmocka_unit_test(what_is_no_summary_is_refused),
        cmocka_unit_test(odd_numbers_count_as_none),
        cmocka_unit_test(open_shards_are_listed_over_pages),
        cmocka_unit_test(what_is_no_list_of_shards_is_not_read),
        cmocka_unit_test(a_token_that_does_not_fit_is_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
