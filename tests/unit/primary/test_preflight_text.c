#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "primary/preflight_text.h"

#include <string.h>

/* Four provisioned shards: 1,000 records/s and 1 MiB/s each. */
static const struct wire_preflight four_shards = {.ok = true,
                                                  .mode = "PROVISIONED",
                                                  .shards = 4,
                                                  .events_per_s = 4000,
                                                  .bytes_per_s = 4194304,
                                                  .event_bytes = 150,
                                                  .place = "eu-central-1"};

static const struct target demo = {.kind = TARGET_KINESIS, .stream = "DemoStream"};

static void a_stream_is_told_in_one_line(void **state)
{
    (void)state;
    struct plan plan = {.target = demo, .model = PLAN_RATE, .rate = 100};
    char text[PREFLIGHT_TEXT_MAX];
    assert_true(preflight_text_facts(&four_shards, &plan, text));
    assert_string_equal(text,
                        "DemoStream: PROVISIONED, 4 shards, 4,000 events/s and 4.2 MB/s write capacity, "
                        "eu-central-1");
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct plan plan = {.target = demo, .model = PLAN_RATE, .rate = 100};
    struct wire_preflight answer = {.ok = true, .mode = "ON_DEMAND", .shards = 1};
    char text[PREFLIGHT_TEXT_MAX];
    assert_true(preflight_text_facts(&answer, &plan, text));
    assert_string_equal(text, "DemoStream: ON_DEMAND, 1 shard");
    struct wire_preflight nothing = {.ok = true};
    plan.target = (struct target){.kind = TARGET_NULL};
    assert_false(preflight_text_facts(&nothing, &plan, text));
}

static void a_topic_has_partitions_and_brokers(void **state)
{
    (void)state;
    struct plan plan = {.target = {.kind = TARGET_KAFKA, .brokers = "h:1", .topic = "sensors"}};
    struct wire_preflight answer = {.ok = true, .shards = 12, .place = "3 brokers"};
    char text[PREFLIGHT_TEXT_MAX];
    assert_true(preflight_text_facts(&answer, &plan, text));
    assert_string_equal(text, "sensors: 12 partitions, 3 brokers");
}

static void too_many_events_are_warned_of(void **state)
{
    (void)state;
    struct plan plan = {.target = demo, .model = PLAN_RATE, .rate = 4000};
    char text[PREFLIGHT_TEXT_MAX];
    assert_false(preflight_text_warning(&four_shards, &plan, text)); /* exactly the capacity */
    plan.rate = 1234567;
    assert_true(preflight_text_warning(&four_shards, &plan, text));
    assert_string_equal(
        text,
        "1,234,567 events/s are asked for, and the write capacity is 4,000 events/s: expect throttling");
}

static void too_many_bytes_are_warned_of(void **state)
{
    (void)state;
    struct plan plan = {.target = demo, .model = PLAN_RATE, .rate = 3000};
    struct wire_preflight answer = four_shards;
    answer.event_bytes = 2000; /* 6.0 MB/s */
    char text[PREFLIGHT_TEXT_MAX];
    assert_true(preflight_text_warning(&answer, &plan, text));
    assert_string_equal(text,
                        "6.0 MB/s are asked for, and the write capacity is 4.2 MB/s: expect throttling");
}

static void users_ask_for_a_batch_each_wait(void **state)
{
    (void)state;
    struct plan plan = {.target = demo,
                        .model = PLAN_USERS,
                        .users = 10,
                        .batch_size = 500,
                        .wait = {.kind = WAIT_BETWEEN, .min_us = 500000, .max_us = 1500000}};
    assert_true(preflight_text_asked(&plan) > 4999.9 && preflight_text_asked(&plan) < 5000.1);
    plan.wait = (struct wait_rule){.kind = WAIT_PACING, .min_us = 2000000};
    assert_true(preflight_text_asked(&plan) > 2499.9 && preflight_text_asked(&plan) < 2500.1);
    plan.wait = (struct wait_rule){.kind = WAIT_BETWEEN}; /* no wait: as fast as the answers come */
    char text[PREFLIGHT_TEXT_MAX];
    assert_false(preflight_text_warning(&four_shards, &plan, text));
}

static void a_shard_that_would_get_too_much_is_named(void **state)
{
    (void)state;
    struct wire_predicted shares[] = {{"shardId-000000000000", 0.19},
                                      {"shardId-000000000001", 0.19},
                                      {"shardId-000000000002", 0.42},
                                      {"shardId-000000000003", 0.2}};
    struct wire_preflight answer = four_shards;
    answer.predicted = shares;
    answer.predicted_count = 4;
    struct plan plan = {.target = demo, .model = PLAN_RATE, .rate = 20000};
    char text[PREFLIGHT_TEXT_MAX];
    assert_true(preflight_text_keys(&answer, &plan, text));
    assert_string_equal(
        text, "keys: shard shardId-000000000002 would get 42 % of the events: 8.40k events/s of its "
              "1.00k");
    plan.rate = 2380; /* 999.6 */
    assert_false(preflight_text_keys(&answer, &plan, text));
    answer.event_bytes = 2000;
    assert_true(preflight_text_keys(&answer, &plan, text));
    assert_non_null(strstr(text, "1.91 MiB/s of its 1.00 MiB"));
    for (size_t i = 0; i < 4; i++)
        shares[i].share =
            i == 0 ? 0.255 : 0.2483; /* even, but for chance: the capacity's warning is enough */
    plan.rate = 20000;
    assert_false(preflight_text_keys(&answer, &plan, text));
    answer.predicted_count = 0;
    assert_false(preflight_text_keys(&answer, &plan, text));
}

static void shards_without_known_limits_are_not_warned_of(void **state)
{
    (void)state;
    struct wire_predicted shares[] = {{"partition-0000", 0.9}, {"partition-0001", 0.1}};
    struct wire_preflight answer = {
        .ok = true, .shards = 2, .event_bytes = 1000, .predicted = shares, .predicted_count = 2};
    struct plan plan = {.target = demo, .model = PLAN_RATE, .rate = 1e9};
    char text[PREFLIGHT_TEXT_MAX];
    assert_false(preflight_text_keys(&answer, &plan, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_told_in_one_line),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(too_many_events_are_warned_of),
        cmocka_unit_test(too_many_bytes_are_warned_of),
        cmocka_unit_test(a_shard_that_would_get_too_much_is_named),
        cmocka_unit_test(shards_without_known_limits_are_not_warned_of),
        cmocka_unit_test(users_ask_for_a_batch_each_wait),
        cmocka_unit_test(a_topic_has_partitions_and_brokers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
