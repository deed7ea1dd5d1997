/* putrecords_request: what the specialised reader takes, and what it leaves to jansson. */
#include "standins/putrecords_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    struct putrecords_request *request = calloc(1, sizeof *request);
    assert_non_null(request);
    putrecords_request_init(request);
    *state = request;
    return 0;
}

static int tear_down(void **state)
{
    putrecords_request_fini(*state);
    free(*state);
    return 0;
}

static void assert_text(struct putrecords_text text, const char *expected)
{
    assert_non_null(text.bytes);
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.length);
}

static void reads_members_in_any_order(void **state)
{
    struct putrecords_request *request = *state;
    static const char body[] = " {\"Records\" : [ {\"PartitionKey\":\"a\", \"Data\":\"aGVsbG8=\"},\n"
                               "{\"Data\":\"\",\"ExplicitHashKey\":\"0\",\"PartitionKey\":\"b\"}],\t"
                               "\"StreamName\":\"flood\"}\r\n";
    assert_true(putrecords_request_read(request, body, strlen(body)));
    assert_int_equal(request->count, 2);
    assert_text(request->stream_name, "flood");
    assert_null(request->stream_arn.bytes);
    assert_text(request->records[0].key, "a");
    assert_int_equal(request->records[0].data_bytes, 5);
    assert_null(request->records[0].hash_key.bytes);
    assert_int_equal(request->records[1].data_bytes, 0);
    assert_text(request->records[1].hash_key, "0");
}

static void unescapes_keys(void **state)
{
    struct putrecords_request *request = *state;
    static const char body[] = "{\"StreamName\":\"s\",\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":"
                               "\"\\u00fc\\ud83d\\ude00\\n\\\"\\/\xc3\xbc\"}]}";
    assert_true(putrecords_request_read(request, body, strlen(body)));
    assert_text(request->records[0].key, "\xc3\xbc\xf0\x9f\x98\x80\n\"/\xc3\xbc");
}

static void leaves_the_rest_to_jansson(void **state)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "{\"Records\":[]}",
        "{\"Records\":[{\"Data\":\"QQ==\"}]}",
        "{\"Records\":[{\"Data\":\"QQ=\",\"PartitionKey\":\"a\"}]}",
        "{\"Records\":[{\"Data\":\"Q===\",\"PartitionKey\":\"a\"}]}",
        "{\"Records\":[{\"Data\":\"Q!==\",\"PartitionKey\":\"a\"}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":null}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"\\ud800\"}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"\\u0000\"}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"\xff\"}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"\xed\xa0\x80\"}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"\n\"}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"a\",}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"a\"},]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"a\",\"PartitionKey\":\"b\"}]}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"a\"}],\"DryRun\":true}",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"a\"}]}x",
        "{\"Records\":[{\"Data\":\"QQ==\",\"PartitionKey\":\"a",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_false(putrecords_request_read(*state, bodies[i], strlen(bodies[i])));
}

/* A body of `count` equal records, which the caller frees. */
static char *body_of(size_t count)
{
    static const char head[] = "{\"StreamName\":\"s\",\"Records\":[";
    static const char record[] = "{\"Data\":\"QQ==\",\"PartitionKey\":\"a\"},";
    char *body = calloc(1, sizeof head + count * sizeof record + 4);
    assert_non_null(body);
    size_t length = sizeof head - 1;
    memcpy(body, head, length);
    for (size_t i = 0; i < count; i++) {
        memcpy(body + length, record, sizeof record - 1);
        length += sizeof record - 1;
    }
    memcpy(body + length - 1, "]}", 3);
    return body;
}

static void takes_500_and_not_501(void **state)
{
    struct putrecords_request *request = *state;
    char *body = body_of(500);
    assert_true(putrecords_request_read(request, body, strlen(body)));
    assert_int_equal(request->count, 500);
    free(body);
    body = body_of(501);
    assert_false(putrecords_request_read(request, body, strlen(body)));
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_members_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unescapes_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_the_rest_to_jansson, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_500_and_not_501, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
