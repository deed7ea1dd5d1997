
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "secondary/kinesis/answer.h"
#include "secondary/kinesis/putrecords.h"

static const char throttled[] =
    "{\"ErrorCode\":\"ProvisionedThroughputExceededException\",\"ErrorMessage\":\"Rate "
    "exceeded for shard shardId-000000000001 in stream s under account 123456789012.\"}";

struct bench {
    tally_t *tally;
    answer_t *reader;
    struct batch batch;
};

static struct bench set_up(uint32_t count)
{
    struct bench self = {.tally = tally_new()};
    self.reader = answer_new(self.tally);
    batch_init(&self.batch, 500, 65536);
    struct putrecords writer;
    putrecords_init(&writer, "s", "", 5242880);
    putrecords_begin(&writer, &self.batch);
    for (uint32_t i = 0; i < count; i++)
        assert_true(
            putrecords_append(&writer, &self.batch,
                              &(struct event){.data = "d", .data_length = 1, .key = "k", .key_length = 1}));
    return self;
}

static void tear_down(struct bench *self)
{
    batch_fini(&self->batch);
    answer_destroy(&self->reader);
    tally_destroy(&self->tally);
}

static bool read_text(struct bench *self, const char *text)
{
    return answer_read(self->reader, &self->batch, text, strlen(text));
}

static uint64_t shard(const struct bench *self, const char *id)
{
    for (size_t i = 0; i < self->tally->shards_count; i++) {
        if (strcmp(self->tally->shards[i].id, id) == 0)
            return self->tally->shards[i].events;
    }
    return 0;
}

static void full_success_counts_by_shard(void **state)
{
    (void)state;
    struct bench self = set_up(3);
    for (int order = 0; order < 2; order++) {
        assert_true(read_text(
            &self, order == 0 ? "{\"FailedRecordCount\":0,\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":"
                                "\"shardId-000000000000\"},{\"SequenceNumber\":\"2\",\"ShardId\":\"shardId-"
                                "000000000001\"},{\"SequenceNumber\":\"3\",\"ShardId\":\"shardId-"
                                "000000000001\"}],\"EncryptionType\":\"NONE\"}"
                              : "{ \"EncryptionType\" : \"KMS\", \"Records\":[{\"ShardId\":"
                                "\"shardId-000000000000\",\"SequenceNumber\":\"1\"}, {\"SequenceNumber\":"
                                "\"2\",\"ShardId\":\"shardId-000000000001\"},{\"SequenceNumber\":\"3\","
                                "\"ShardId\":\"shardId-000000000001\"}]}"));
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(self.batch.verdicts[i].fate, EVENT_DELIVERED);
    }
    assert_int_equal(shard(&self, "shardId-000000000000"), 2);
    assert_int_equal(shard(&self, "shardId-000000000001"), 4);
    tally_clear(self.tally); /* a new run: remembered places are void */
    assert_true(read_text(&self,
                          "{\"Records\":[{\"SequenceNumber\":\"2\",\"ShardId\":\"shardId-000000000001\"},"
                          "{\"SequenceNumber\":\"1\",\"ShardId\":\"shardId-000000000000\"},"
                          "{\"SequenceNumber\":\"3\",\"ShardId\":\"shardId-000000000001\"}]}"));
    assert_int_equal(shard(&self, "shardId-000000000000"), 1);
    assert_int_equal(shard(&self, "shardId-000000000001"), 2);
    tear_down(&self);
}

static void each_event_has_its_own_verdict(void **state)
{
    (void)state;
    struct bench self = set_up(5);
    char text[2048];
    snprintf(
        text, sizeof text,
        "{\"FailedRecordCount\":4,\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"shardId-"
        "000000000000\"},%s,"
        "{\"ErrorCode\":\"InternalFailure\",\"ErrorMessage\":\"Internal service failure. "
        "12345678-1234-1234-1234-123456789abc\"},{\"ErrorCode\":\"SomethingNew\",\"ErrorMessage\":\"so\"},"
        "{\"ErrorCode\":\"InvalidArgumentException\",\"ErrorMessage\":\"no\"}],\"EncryptionType\":\"NONE\"}",
        throttled);
    assert_true(read_text(&self, text));
    static const enum event_fate fates[] = {EVENT_DELIVERED, EVENT_THROTTLED, EVENT_RETRY, EVENT_RETRY,
                                            EVENT_FAILED};
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(self.batch.verdicts[i].fate, fates[i]);
    const struct tally_error *error = &self.tally->errors[self.batch.verdicts[1].error];
    assert_string_equal(error->code, "ProvisionedThroughputExceededException");
    assert_string_equal(
        error->message,
        "Rate exceeded for shard shardId-000000000001 in stream s under account 123456789012.");
    assert_string_equal(self.tally->errors[self.batch.verdicts[2].error].message,
                        "Internal service failure. *");
    tear_down(&self);
}

static void null_counts_as_absent(void **state)
{
    (void)state;
    struct bench self = set_up(2);
    assert_true(read_text(
        &self, "{\"FailedRecordCount\":1,\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"shardId-7\","
               "\"ErrorCode\":"
               "null,\"ErrorMessage\":null},{\"SequenceNumber\":null,\"ShardId\":null,\"ErrorCode\":"
               "\"InternalFailure\",\"ErrorMessage\":null}]}"));
    assert_int_equal(self.batch.verdicts[0].fate, EVENT_DELIVERED);
    assert_int_equal(self.batch.verdicts[1].fate, EVENT_RETRY);
    assert_int_equal(shard(&self, "shardId-7"), 1);
    tear_down(&self);
}

/* Whatever is cut or wrong changes neither a verdict nor a count. */
static void what_cannot_be_read_changes_nothing(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"FailedRecordCount\":0,\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"},"
        "{\"SequenceNumber\":\"2\",\"ShardId\":\"a\"}],\"EncryptionType\":\"NONE\"}";
    static const char *const bad[] = {
        "", "null", "[]", "{}", "garbage", "{\"Records\":[]}",
        "{\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"}]}",
        "{\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"},{\"SequenceNumber\":\"1\"}]}",
        "{\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"},{}]}",
        "{\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"},7]}",
        /* clang-format off */
        "{\"Records\":[{\"SequenceNumber\":\"\",\"ShardId\":\"a\"},{\"SequenceNumber\":\"2\",\"ShardId\":\"\"}]}",
        "{\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"},{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"},{\"SequenceNumber\":\"1\",\"ShardId\":\"a\"}]}",
        /* clang-format on */
    };
    struct bench self = set_up(2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(read_text(&self, bad[i]));
    for (size_t length = 0; length < sizeof whole - 1; length++)
        assert_false(answer_read(self.reader, &self.batch, whole, length));
    assert_int_equal(self.batch.verdicts[0].fate, EVENT_PENDING);
    assert_int_equal(shard(&self, "a"), 0);
    assert_true(read_text(&self, whole));
    assert_int_equal(shard(&self, "a"), 2);
    tear_down(&self);
}

#define LONG_NUMBER "49607379534093459735622134104870091884531846245391499"

/* Answers that begin like the service's usual ones and then differ: as long, but with an escape, a quote or
 * an end where the usual one has a letter. The first record of each teaches the reader what is usual. */
static void what_looks_usual_is_still_read_with_care(void **state)
{
    (void)state;
    static const char first[] = "{\"Records\":[{\"SequenceNumber\":\"" LONG_NUMBER "314\",\"ShardId\":"
                                "\"shardId-000000000001\"}";
    static const struct {
        const char *second, *shard;
    } rows[] = {
        {",{\"SequenceNumber\":\"" LONG_NUMBER "315\",\"ShardId\":\"shardId-000000000002\"}]}",
         "shardId-000000000002"},
        {",{\"SequenceNumber\":\"" LONG_NUMBER "\\\\5\",\"ShardId\":\"shardId-000000000003\"}]}",
         "shardId-000000000003"},
        {",{\"SequenceNumber\":\"" LONG_NUMBER "316\",\"ShardId\":\"shardId-00000000\\u0034\"}]}",
         "shardId-000000004"},
        {",{\"SequenceNumber\":\"" LONG_NUMBER "317\",\"ShardId\":\"shardId-00000000000\"\"}]}", NULL},
        {",{\"SequenceNumber\":\"" LONG_NUMBER "3\"8\",\"ShardId\":\"shardId-000000000002\"}]}", NULL},
        {",{\"SequenceNumber\":\"" LONG_NUMBER "319\",\"ShardId\":\"shardId-000000000002\"", NULL},
        {",{\"SequenceNumber\":\"" LONG_NUMBER "319\",\"ShardId\":\"shardId-000000000002", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench self = set_up(2);
        char text[512];
        snprintf(text, sizeof text, "%s%s", first, rows[i].second);
        assert_int_equal(read_text(&self, text), rows[i].shard != NULL);
        assert_int_equal(shard(&self, "shardId-000000000001"), rows[i].shard != NULL);
        if (rows[i].shard != NULL)
            assert_int_equal(shard(&self, rows[i].shard), 1);
        tear_down(&self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_success_counts_by_shard),
        cmocka_unit_test(each_event_has_its_own_verdict),
        cmocka_unit_test(null_counts_as_absent),
        cmocka_unit_test(what_cannot_be_read_changes_nothing),
        cmocka_unit_test(what_looks_usual_is_still_read_with_care),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
