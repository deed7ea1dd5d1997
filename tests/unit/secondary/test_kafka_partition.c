/* Partitions by key as the configured partitioner has them, and events as messages. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "secondary/kafka/kafka_fragment.h"
#include "secondary/kafka/kafka_partition.h"
#include "secondary/sink.h"

static size_t partition(const char *partitioner, const char *key)
{
    char words[128];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    assert_int_equal(rd_kafka_conf_set(conf, "log_level", "0", words, sizeof words), RD_KAFKA_CONF_OK);
    if (partitioner != NULL)
        assert_int_equal(rd_kafka_conf_set(conf, "partitioner", partitioner, words, sizeof words),
                         RD_KAFKA_CONF_OK);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof words);
    assert_non_null(client);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, "readings", NULL);
    size_t found =
        kafka_partition_of(kafka_partitioner_of(rd_kafka_conf(client)), topic, key, strlen(key), 1000);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    return found;
}

static void keys_go_as_the_partitioner_says(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* it does not know the threads of a client (C11's thrd_create), and falls over them */
#endif
    /* CRC-32 of "123456789" is cbf43926, the check value that every description of it gives: modulo 1000 */
    assert_int_equal(partition(NULL, "123456789"), 0xcbf43926U % 1000);
    assert_int_equal(partition("consistent_random", "123456789"), 0xcbf43926U % 1000);
    assert_int_equal(partition("consistent", "123456789"), 0xcbf43926U % 1000);
    /* Java's toPositive(murmur2("21")) and of "foobar", from Kafka's own UtilsTest: -973932308, -790332482 */
    assert_int_equal(partition("murmur2_random", "21"), (-973932308 & 0x7fffffff) % 1000);
    assert_int_equal(partition("murmur2", "foobar"), (-790332482 & 0x7fffffff) % 1000);
    assert_true(partition("random", "123456789") == SINK_ANY_SHARD);
    assert_true(partition("fnv1a_random", "123456789") < 1000);
    assert_int_equal(partition("fnv1a_random", "123456789"), partition("fnv1a", "123456789"));
}

static void events_become_messages(void **state)
{
    (void)state;
    struct batch batch;
    batch_init(&batch, 3, 64);
    struct event plain = {.data = "{\"a\":1}", .data_length = 7, .key = "k1", .key_length = 2};
    struct event placed = {
        .data = "x", .data_length = 1, .key = "", .placed = true, .place = UINT32_C(3) << 30};
    assert_true(kafka_fragment_append(&batch, &plain, 8));
    assert_true(kafka_fragment_append(&batch, &placed, 8));
    assert_true(kafka_fragment_append(&batch, &placed, 0)); /* partitions are not known */
    assert_false(kafka_fragment_append(&batch, &placed, 8));
    assert_int_equal(batch.payload_bytes, 9 + 1 + 1);
    rd_kafka_message_t message;
    kafka_fragment_read(&batch, 0, &message);
    assert_int_equal(message.partition, -1);
    assert_int_equal(message.len, 7);
    assert_memory_equal(message.payload, "{\"a\":1}", 7);
    assert_int_equal(message.key_len, 2);
    assert_memory_equal(message.key, "k1", 2);
    kafka_fragment_read(&batch, 1, &message);
    assert_int_equal(message.partition, 6); /* three quarters of 8 */
    assert_int_equal(message.len, 1);
    assert_int_equal(message.key_len, 0);
    kafka_fragment_read(&batch, 2, &message);
    assert_int_equal(message.partition, -1);
    batch_fini(&batch);
    batch_init(&batch, 3, 16);
    assert_false(kafka_fragment_append(&batch, &plain, 8)); /* 8 + 7 + 2 bytes */
    assert_int_equal(batch.count, 0);
    batch_fini(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_go_as_the_partitioner_says),
        cmocka_unit_test(events_become_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
