
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "secondary/kinesis/putrecords.h"

static bool add(const struct putrecords *self, struct batch *batch, const char *key, const char *data)
{
    return putrecords_append(
        self, batch,
        &(struct event){.data = data, .data_length = strlen(data), .key = key, .key_length = strlen(key)});
}

static bool append_bytes(const struct putrecords *self, struct batch *batch, const char *key,
                         size_t key_length, const char *data, size_t data_length)
{
    return putrecords_append(
        self, batch,
        &(struct event){.data = data, .data_length = data_length, .key = key, .key_length = key_length});
}

static void a_body_is_what_the_service_documents(void **state)
{
    (void)state;
    struct putrecords self;
    struct batch batch;
    putrecords_init(&self, "flood", "", 5242880);
    batch_init(&batch, 500, 4096);
    putrecords_begin(&self, &batch);
    assert_true(add(&self, &batch, "a", "hello"));
    putrecords_close(&batch);
    batch.body[batch.body_length] = '\0';
    assert_string_equal(
        batch.body,
        "{\"StreamName\":\"flood\",\"Records\":[{\"Data\":\"aGVsbG8=\",\"PartitionKey\":\"a\"}]}");
    assert_int_equal(batch.payload_bytes, 6);
    batch_fini(&batch);
}

static void an_event_with_a_place_goes_to_that_shard(void **state)
{
    (void)state;
    struct putrecords self;
    struct batch batch;
    struct shard_map shards = {0};
    assert_true(shard_map_add(&shards, "low", "0"));
    assert_true(shard_map_add(&shards, "high", "170141183460469231731687303715884105728"));
    shard_map_sort(&shards);
    putrecords_init(&self, "flood", "", 5242880);
    batch_init(&batch, 500, 4096);
    putrecords_begin(&self, &batch);
    struct event event = {.data = "hello", .data_length = 5, .key = "a", .key_length = 1, .placed = true};
    assert_true(putrecords_append(&self, &batch, &event)); /* shards are not known: by its key */
    self.shards = &shards;
    assert_true(putrecords_append(&self, &batch, &event));
    event.place = UINT32_C(1) << 31;
    assert_true(putrecords_append(&self, &batch, &event));
    event.placed = false;
    assert_true(putrecords_append(&self, &batch, &event));
    putrecords_close(&batch);
    batch.body[batch.body_length] = '\0';
#define ONE(more) "{\"Data\":\"aGVsbG8=\",\"PartitionKey\":\"a\"" more "}"
    assert_string_equal(
        batch.body,
        "{\"StreamName\":\"flood\",\"Records\":[" ONE("") "," ONE(",\"ExplicitHashKey\":\"0\"") "," ONE(
            ",\"ExplicitHashKey\":"
            "\"170141183460469231731687303715884105728\"") "," ONE("") "]}");
    assert_int_equal(batch.payload_bytes, 24); /* data and keys */
    batch_fini(&batch);
    shard_map_fini(&shards);
}

/* Closed, answered in part, closed again, and even added to: it stays JSON. */
static void the_refused_make_a_body_again(void **state)
{
    (void)state;
    struct putrecords self;
    struct batch batch;
    putrecords_init(&self, "x", "arn:aws:kinesis:us-east-1:123456789012:stream/x", 5242880);
    batch_init(&batch, 500, 4096);
    putrecords_begin(&self, &batch);
    assert_true(add(&self, &batch, "a", "1"));
    assert_true(add(&self, &batch, "q\"\\\n\x01\xc3\xa9", "2"));
    assert_true(add(&self, &batch, "c", ""));
    putrecords_close(&batch);
    for (uint32_t i = 0; i < 3; i++)
        batch.verdicts[i].fate = i == 0 ? EVENT_DELIVERED : EVENT_RETRY;
    batch_keep_refused(&batch);
    putrecords_close(&batch);
    batch.verdicts[0].fate = batch.verdicts[1].fate = EVENT_THROTTLED;
    batch_keep_refused(&batch);
    assert_true(add(&self, &batch, "d", "4"));
    putrecords_close(&batch);
    json_t *root = json_loadb(batch.body, batch.body_length, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "StreamARN")),
                        "arn:aws:kinesis:us-east-1:123456789012:stream/x");
    json_t *records = json_object_get(root, "Records");
    assert_int_equal(json_array_size(records), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(records, 0), "PartitionKey")),
                        "q\"\\\n\x01\xc3\xa9");
    assert_string_equal(json_string_value(json_object_get(json_array_get(records, 1), "Data")), "");
    assert_string_equal(json_string_value(json_object_get(json_array_get(records, 2), "Data")), "NA==");
    json_decref(root);
    batch_fini(&batch);
}

static void limits_are_the_services(void **state)
{
    (void)state;
    struct putrecords self;
    struct batch batch;
    putrecords_init(&self, "x", "", 3000);
    batch_init(&batch, 501, 1 << 21);
    putrecords_begin(&self, &batch);
    for (int i = 0; i < 500; i++)
        assert_true(add(&self, &batch, "k", "v"));
    assert_false(add(&self, &batch, "k", "v")); /* 501 events */
    size_t length = batch.body_length;
    batch_clear(&batch);
    putrecords_begin(&self, &batch);
    char *data = calloc(1, PUTRECORDS_EVENT_BYTES_MAX + 1);
    assert_true(append_bytes(&self, &batch, "k", 1, data, 1499));
    assert_true(append_bytes(&self, &batch, "k", 1, data, 1499)); /* 3000 of 3000 */
    assert_false(append_bytes(&self, &batch, "k", 1, data, 0));
    assert_true(length > 0 && batch.count == 2);

    putrecords_init(&self, "x", "", 10485760);
    batch_clear(&batch);
    putrecords_begin(&self, &batch);
    assert_false(append_bytes(&self, &batch, "k", 1, data, PUTRECORDS_EVENT_BYTES_MAX));
    assert_true(append_bytes(&self, &batch, "k", 1, data, PUTRECORDS_EVENT_BYTES_MAX - 1));
    assert_false(
        append_bytes(&self, &batch, "k", 1, data, PUTRECORDS_EVENT_BYTES_MAX - 1)); /* arena is full */

    char key[257 * 2];
    for (size_t i = 0; i < 257; i++)
        memcpy(key + 2 * i, "\xc3\xa9", 2);
    assert_false(append_bytes(&self, &batch, key, 514, data, 1)); /* 257 characters */
    assert_true(append_bytes(&self, &batch, key, 512, data, 1));  /* 256 of two bytes each */
    assert_false(append_bytes(&self, &batch, key, 0, data, 1));
    free(data);
    batch_fini(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_what_the_service_documents),
        cmocka_unit_test(an_event_with_a_place_goes_to_that_shard),
        cmocka_unit_test(the_refused_make_a_body_again),
        cmocka_unit_test(limits_are_the_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
