#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/tally.h"

#include <stdio.h>
#include <string.h>

static uint8_t error_of(tally_t *tally, const char *code, const char *message)
{
    return tally_error(tally, code, strlen(code), message, strlen(message));
}

static uint32_t shard_of(tally_t *tally, const char *id)
{
    return tally_shard(tally, id, strlen(id));
}

static void test_equal_errors_share_an_index(void **state)
{
    (void)state;
    tally_t *tally = tally_new();
    uint8_t slow = error_of(tally, "Throttled", "Rate exceeded");
    uint8_t gone = error_of(tally, "Throttled", "Gone");
    assert_int_not_equal(slow, gone);
    assert_int_equal(error_of(tally, "Throttled", "Rate exceeded"), slow);
    assert_int_equal(tally_error(tally, "ThrottledX", 9, "GoneX", 4), gone); /* lengths count, not NULs */
    assert_int_equal(tally->errors_count, 2);
    assert_int_equal(tally->errors[slow].events, 0);
    tally_destroy(&tally);
    tally_destroy(&tally);
    assert_null(tally);
}

static void test_too_many_errors_are_other(void **state)
{
    (void)state;
    tally_t *tally = tally_new();
    char code[16];
    for (int i = 0; i < 127; i++) {
        snprintf(code, sizeof code, "E%d", i);
        assert_int_equal(error_of(tally, code, ""), i);
    }
    assert_int_equal(error_of(tally, "late", ""), 127);
    assert_int_equal(error_of(tally, "later", ""), 127);
    assert_int_equal(error_of(tally, "E5", ""), 5);
    assert_string_equal(tally->errors[127].code, "other");
    assert_int_equal(tally->errors_count, 128);
    tally_destroy(&tally);
}

static void test_long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    tally_t *tally = tally_new();
    char message[400];
    memset(message, 'a', sizeof message);
    memcpy(message + 254, "\xc3\xa9", 2); /* a two-byte character across the limit of 255 */
    uint8_t index = tally_error(tally, "C", 1, message, sizeof message);
    assert_int_equal(strlen(tally->errors[index].message), 254);
    assert_int_equal(tally_error(tally, "C", 1, message, sizeof message), index);
    tally_destroy(&tally);
}

static void test_shards_keep_their_places_while_growing(void **state)
{
    (void)state;
    tally_t *tally = tally_new();
    char id[32];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(id, sizeof id, "shardId-%012u", i);
        assert_int_equal(shard_of(tally, id), i);
        tally->shards[i].events = i;
    }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(id, sizeof id, "shardId-%012u", i);
        assert_int_equal(shard_of(tally, id), i);
        assert_int_equal(tally->shards[i].events, i);
        assert_string_equal(tally->shards[i].id, id);
    }
    assert_int_equal(tally->shards_count, 5000);
    tally_destroy(&tally);
}

static void test_shards_past_the_limit_are_other(void **state)
{
    (void)state;
    tally_t *tally = tally_new();
    char id[32];
    for (uint32_t i = 0; i < TALLY_SHARDS_MAX + 10; i++) {
        snprintf(id, sizeof id, "s%u", i);
        uint32_t want = i < TALLY_SHARDS_MAX - 1 ? i : TALLY_SHARDS_MAX - 1;
        assert_int_equal(shard_of(tally, id), want);
    }
    assert_string_equal(tally->shards[TALLY_SHARDS_MAX - 1].id, "other");
    assert_int_equal(shard_of(tally, "s7"), 7);
    tally_destroy(&tally);
}

static void test_a_new_run_starts_from_nothing(void **state)
{
    (void)state;
    tally_t *tally = tally_new();
    tally->counters.generated = 5;
    (void)error_of(tally, "A", "a");
    (void)shard_of(tally, "one");
    (void)shard_of(tally, "two");
    tally_clear(tally);
    assert_int_equal(tally->counters.generated, 0);
    assert_int_equal(tally->errors_count, 0);
    assert_int_equal(tally->shards_count, 0);
    assert_int_equal(tally->due.count, 0);
    assert_int_equal(shard_of(tally, "two"), 0);
    tally_destroy(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_errors_share_an_index),
        cmocka_unit_test(test_too_many_errors_are_other),
        cmocka_unit_test(test_long_texts_are_cut_between_characters),
        cmocka_unit_test(test_shards_keep_their_places_while_growing),
        cmocka_unit_test(test_shards_past_the_limit_are_other),
        cmocka_unit_test(test_a_new_run_starts_from_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
