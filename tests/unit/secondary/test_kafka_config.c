/* kafka_config, kafka_stats - properties as users write them, and what statistics tell of sending again. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/option_table.h"
#include "secondary/kafka/kafka_config.h"
#include "secondary/kafka/kafka_stats.h"

#include <string.h>

static void lines_are_names_and_values(void **state)
{
    (void)state;
    const char *text = "# a comment\n\n acks = 1\r\nsasl.password=a=b c\nssl.key.password=";
    struct kafka_property property;
    assert_int_equal(kafka_config_next(&text, &property), KAFKA_LINE_GOOD);
    assert_string_equal(property.name, "acks");
    assert_int_equal(property.value_length, 2); /* a value's leading blank may be meant */
    assert_memory_equal(property.value, " 1", 2);
    assert_int_equal(kafka_config_next(&text, &property), KAFKA_LINE_GOOD);
    assert_string_equal(property.name, "sasl.password");
    assert_memory_equal(property.value, "a=b c", property.value_length);
    assert_int_equal(kafka_config_next(&text, &property), KAFKA_LINE_GOOD);
    assert_int_equal(property.value_length, 0);
    assert_int_equal(kafka_config_next(&text, &property), KAFKA_LINE_END);
    static const char *const bad[] = {"acks", "=1", " = 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *one = bad[i];
        assert_int_equal(kafka_config_next(&one, &property), KAFKA_LINE_BAD);
    }
}

static void a_topic_is_partitions_and_perhaps_replication(void **state)
{
    (void)state;
    struct kafka_topic_wish wish;
    assert_true(kafka_config_topic(NULL, &wish));
    assert_false(wish.wanted);
    assert_true(kafka_config_topic("12", &wish));
    assert_true(wish.wanted && wish.partitions == 12 && wish.replication == -1);
    assert_true(kafka_config_topic("3:2", &wish));
    assert_true(wish.partitions == 3 && wish.replication == 2);
    static const char *const bad[] = {"0",  "-1", "1:",    "1:0",   "x",
                                      "1x", ":3", "10001", "1:2:3", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(kafka_config_topic(bad[i], &wish));
}

/* The configuration of one -X list; or NULL with the error's words. */
static rd_kafka_conf_t *configured(const char *list, struct sink_error *error)
{
    char words[OPTIONS_ERROR_MAX];
    struct target target;
    assert_true(target_parse("kafka://127.0.0.1:9092/sensors", &target, words, sizeof words));
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_SECONDARY);
    assert_true(options_set(options, OPT_KAFKA_PROPERTY, list, "test", words));
    rd_kafka_conf_t *conf = kafka_config_new(&target, options, error);
    options_destroy(&options);
    return conf;
}

static void assert_property(const rd_kafka_conf_t *conf, const char *name, const char *expected)
{
    char value[64];
    size_t size = sizeof value;
    assert_int_equal(rd_kafka_conf_get(conf, name, value, &size), RD_KAFKA_CONF_OK);
    assert_string_equal(value, expected);
}

static void properties_go_before_defaults_and_the_rest_stays(void **state)
{
    (void)state;
    struct sink_error error = {.code = ""};
    rd_kafka_conf_t *conf = configured("linger.ms=50\nenable.idempotence=true", &error);
    assert_non_null(conf);
    assert_property(conf, "linger.ms", "50");
    assert_property(conf, "enable.idempotence", "true");
    assert_property(conf, "bootstrap.servers", "127.0.0.1:9092");
    assert_property(conf, "compression.type", "none");
    rd_kafka_conf_destroy(conf);
}

static void wrong_properties_end_in_librdkafkas_words(void **state)
{
    (void)state;
    struct sink_error error;
    assert_null(configured("nonsense=1", &error));
    assert_string_equal(error.code, "BadOption");
    assert_non_null(strstr(error.message, "No such configuration property: \"nonsense\""));
    assert_null(configured("linger.ms=soon", &error));
    assert_non_null(strstr(error.message, "linger.ms"));
    assert_null(configured("hunter2", &error)); /* no name: may be a secret */
    assert_null(strstr(error.message, "hunter2"));
    static const char *const refused[] = {"bootstrap.servers=h:1", "plugin.library.paths=x",
                                          "transactional.id=t", "delivery.report.only.error=true"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_null(configured(refused[i], &error));
        assert_non_null(strstr(error.message, "can't be set"));
    }
}

static void statistics_tell_what_was_sent_again(void **state)
{
    (void)state;
    /* Partition 0: 1000 taken, 100 wait in its queues, so 900 went out; 950 sendings: 50 again. Partition 1:
     * none again. -1 holds those without a partition. */
    static const char json[] = "{\"topics\":{\"t\":{\"partitions\":{"
                               "\"0\":{\"msgs\":1000,\"msgq_cnt\":60,\"xmit_msgq_cnt\":40,\"txmsgs\":950},"
                               "\"1\":{\"msgs\":10,\"msgq_cnt\":0,\"xmit_msgq_cnt\":0,\"txmsgs\":9},"
                               "\"-1\":{\"msgs\":0,\"msgq_cnt\":0,\"xmit_msgq_cnt\":0,\"txmsgs\":7}}}}}";
    uint64_t retried = 99;
    assert_true(kafka_stats_retried(json, sizeof json - 1, &retried));
    assert_int_equal(retried, 50);
    static const char *const bad[] = {"", "{", "[]", "{}", "{\"topics\":3}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(kafka_stats_retried(bad[i], strlen(bad[i]), &retried));
        assert_int_equal(retried, 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_names_and_values),
        cmocka_unit_test(a_topic_is_partitions_and_perhaps_replication),
        cmocka_unit_test(properties_go_before_defaults_and_the_rest_stays),
        cmocka_unit_test(wrong_properties_end_in_librdkafkas_words),
        cmocka_unit_test(statistics_tell_what_was_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
