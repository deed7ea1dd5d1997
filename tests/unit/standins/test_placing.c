/* hash_range, shard_limit and sequence: where a record goes and whether it is taken. */
#include "standins/hash_range.h"
#include "standins/sequence.h"
#include "standins/shard_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_hash(const char *key, const char *decimal)
{
    char text[HASH_TEXT_MAX];
    hash128 parsed;
    assert_string_equal(hash_print(hash_of_key(key, strlen(key)), text), decimal);
    assert_true(hash_parse(decimal, strlen(decimal), &parsed));
    assert_true(parsed == hash_of_key(key, strlen(key)));
}

static void hashes_are_md5_in_decimal(void **state)
{
    (void)state;
    assert_hash("a", "16955237001963240173058271559858726497");
    assert_hash("b", "195289424170611159128911017612795795343");
    assert_hash("partitionKey1", "259883753084267508317526128829441085549");
}

static void ranges_meet_and_end_at_the_top(void **state)
{
    (void)state;
    char text[HASH_TEXT_MAX];
    assert_string_equal(hash_print(hash_range_last(3, 4), text), "340282366920938463463374607431768211455");
    assert_string_equal(hash_print(hash_range_first(1, 3), text), "113427455640312821154458202477256070485");
    assert_string_equal(hash_print(hash_range_first(2, 3), text), "226854911280625642308916404954512140970");
    for (uint32_t n = 1; n <= 7; n++) {
        hash128 firsts[7];
        for (uint32_t i = 0; i < n; i++)
            firsts[i] = hash_range_first(i, n);
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(hash_range_find(firsts[i], firsts, n), i);
            assert_int_equal(hash_range_find(hash_range_last(i, n), firsts, n), i);
        }
    }
}

static void refuses_what_is_no_hash(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "00",
                                      "-1",
                                      "1x",
                                      "340282366920938463463374607431768211456",
                                      "1000000000000000000000000000000000000000"};
    hash128 out;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(hash_parse(bad[i], strlen(bad[i]), &out));
}

static void a_slice_of_records_and_then_one_a_millisecond(void **state)
{
    (void)state;
    struct shard_limit limit;
    shard_limit_init(&limit, 1000);
    for (int i = 0; i < 200; i++)
        assert_true(shard_limit_take(&limit, 1000, 10));
    assert_false(shard_limit_take(&limit, 1999, 10));
    assert_true(shard_limit_take(&limit, 2000, 10));
    assert_false(shard_limit_take(&limit, 2000, 10));
}

static void a_large_record_goes_into_debt(void **state)
{
    (void)state;
    struct shard_limit limit;
    shard_limit_init(&limit, 0);
    assert_true(shard_limit_take(&limit, 0, 1024 * 1024)); /* a second's worth, less the 0.2 s at hand */
    assert_false(shard_limit_take(&limit, 790000, 1));
    assert_true(shard_limit_take(&limit, 810000, 1));
}

static void sequence_numbers_belong_to_one_shard(void **state)
{
    (void)state;
    char text[SEQUENCE_TEXT_MAX];
    uint64_t ordinal;
    sequence_print(7, 1795348800000, 42, text);
    assert_string_equal(text, "49"
                              "0000000007"
                              "000000000001795348800000"
                              "00000000000000000042");
    assert_true(sequence_parse(text, 7, 1795348800000, &ordinal));
    assert_int_equal(ordinal, 42);
    assert_false(sequence_parse(text, 8, 1795348800000, &ordinal));
    assert_false(sequence_parse(text, 7, 1795348800001, &ordinal));
    assert_false(sequence_parse("49", 7, 1795348800000, &ordinal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_md5_in_decimal),
        cmocka_unit_test(ranges_meet_and_end_at_the_top),
        cmocka_unit_test(refuses_what_is_no_hash),
        cmocka_unit_test(a_slice_of_records_and_then_one_a_millisecond),
        cmocka_unit_test(a_large_record_goes_into_debt),
        cmocka_unit_test(sequence_numbers_belong_to_one_shard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
