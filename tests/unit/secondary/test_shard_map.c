/* Which shard a key goes to: hashes and ranges from the service's documentation and from md5sum. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "secondary/kinesis/shard_map.h"

/* Four even shards, as CreateStream makes them, told in another order. */
static void four(struct shard_map *map)
{
    *map = (struct shard_map){0};
    assert_true(shard_map_add(map, "shardId-2", "170141183460469231731687303715884105728"));
    assert_true(shard_map_add(map, "shardId-0", "0"));
    assert_true(shard_map_add(map, "shardId-3", "255211775190703847597530955573826158592"));
    assert_true(shard_map_add(map, "shardId-1", "85070591730234615865843651857942052864"));
    shard_map_sort(map);
}

static void a_key_goes_by_its_md5(void **state)
{
    (void)state;
    struct shard_map map;
    four(&map);
    /* printf %s KEY | md5sum: the first hexadecimal digit is the quarter */
    assert_int_equal(shard_map_of_key(&map, "a", 1), 0);     /* 0cc1... */
    assert_int_equal(shard_map_of_key(&map, "key-0", 5), 2); /* b442... */
    assert_int_equal(shard_map_of_key(&map, "b", 1), 2);     /* 92eb... */
    assert_int_equal(shard_map_of_key(&map, "c", 1), 1);     /* 4a8a... */
    assert_int_equal(shard_map_of_key(&map, "", 0), 3);      /* d41d... */
    shard_map_fini(&map);
}

static void edges_of_ranges_belong_to_the_shard_that_begins_there(void **state)
{
    (void)state;
    struct shard_map map = {0};
    /* MD5 of "a" is 0cc175b9c0f1b6a831c399e269772661, in decimal: */
    assert_true(shard_map_add(&map, "low", "0"));
    assert_true(shard_map_add(&map, "high", "16955237001963240173058271559858726497"));
    shard_map_sort(&map);
    assert_int_equal(shard_map_of_key(&map, "a", 1), 1);
    shard_map_clear(&map);
    assert_true(shard_map_add(&map, "low", "0"));
    assert_true(shard_map_add(&map, "high", "16955237001963240173058271559858726498"));
    shard_map_sort(&map);
    assert_int_equal(shard_map_of_key(&map, "a", 1), 0);
    shard_map_fini(&map);
}

static void places_are_equal_parts_whatever_the_ranges(void **state)
{
    (void)state;
    struct shard_map map = {0}; /* of a stream that was split unevenly */
    assert_true(shard_map_add(&map, "a", "0"));
    assert_true(shard_map_add(&map, "b", "007"));
    assert_true(shard_map_add(&map, "c", "340282366920938463463374607431768211455"));
    shard_map_sort(&map);
    assert_string_equal(shard_map_at(&map, 0)->id, "a");
    assert_string_equal(shard_map_at(&map, UINT32_MAX / 3)->id, "a");
    assert_string_equal(shard_map_at(&map, UINT32_MAX / 3 + 1)->id, "b");
    assert_string_equal(shard_map_at(&map, UINT32_MAX)->id, "c");
    assert_string_equal(shard_map_at(&map, UINT32_MAX / 2)->hash,
                        "7"); /* the service refuses leading zeros */
    shard_map_fini(&map);
}

static void what_is_no_hash_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "x",
                                        "1x",
                                        "-1",
                                        " 1",
                                        "340282366920938463463374607431768211456",
                                        "1000000000000000000000000000000000000000"};
    struct shard_map map = {0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(shard_map_add(&map, "id", texts[i]));
    char long_id[SHARD_MAP_ID_MAX + 1];
    memset(long_id, 'x', SHARD_MAP_ID_MAX);
    long_id[SHARD_MAP_ID_MAX] = '\0';
    assert_false(shard_map_add(&map, long_id, "0"));
    assert_int_equal(map.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_goes_by_its_md5),
        cmocka_unit_test(edges_of_ranges_belong_to_the_shard_that_begins_there),
        cmocka_unit_test(places_are_equal_parts_whatever_the_ranges),
        cmocka_unit_test(what_is_no_hash_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
