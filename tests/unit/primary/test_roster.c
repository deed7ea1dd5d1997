/* The roster's story: who joins, falls silent, returns and leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "primary/roster.h"

static void one_falls_silent_and_returns(void **state)
{
    (void)state;
    roster_t *roster = roster_new(4, 3000);
    size_t index = 99, lost[4];
    assert_int_equal(roster_see(roster, "a", 900, &index), ROSTER_STRANGER);
    assert_int_equal(roster_join(roster, "a", "0.1.0", true, 1000, &index), ROSTER_JOINED);
    assert_int_equal(index, 0);
    assert_int_equal(roster_join(roster, "b", "2.46.3", false, 3000, &index), ROSTER_JOINED);
    assert_int_equal(index, 1);
    assert_int_equal(roster_sweep(roster, 4000, lost), 0);
    assert_int_equal(roster_sweep(roster, 4001, lost), 1);
    assert_int_equal(lost[0], 0);
    assert_int_equal(roster_sweep(roster, 5000, lost), 0);
    assert_int_equal(roster_alive_count(roster), 1);
    assert_int_equal(roster_see(roster, "a", 6000, &index), ROSTER_RETURNED);
    assert_int_equal(index, 0);
    assert_int_equal(roster_see(roster, "a", 6001, &index), ROSTER_KNOWN);
    assert_true(roster_at(roster, 0)->freshet);
    assert_string_equal(roster_at(roster, 1)->version, "2.46.3");
    roster_destroy(&roster);
    roster_destroy(&roster);
    assert_null(roster);
}

static void one_leaves_and_joins_again_at_its_place(void **state)
{
    (void)state;
    roster_t *roster = roster_new(2, 3000);
    size_t index;
    assert_int_equal(roster_join(roster, "a", "", true, 1, &index), ROSTER_JOINED);
    roster_set_state(roster, index, ROSTER_RUNNING);
    roster_set_users(roster, index, 7);
    assert_int_equal(roster_join(roster, "a", "", true, 2, &index), ROSTER_KNOWN);
    assert_int_equal(roster_at(roster, 0)->state, ROSTER_RUNNING);
    roster_leave(roster, 0);
    assert_int_equal(roster_at(roster, 0)->users, 0);
    assert_int_equal(roster_see(roster, "a", 3, &index), ROSTER_STRANGER);
    assert_int_equal(roster_join(roster, "a", "", true, 4, &index), ROSTER_JOINED);
    assert_int_equal(index, 0);
    /* Its process ends: what was still on the way changes nothing. */
    assert_true(roster_end(roster, 0));
    assert_false(roster_end(roster, 0));
    assert_int_equal(roster_at(roster, 0)->state, ROSTER_MISSING);
    assert_int_equal(roster_see(roster, "a", 5, &index), ROSTER_KNOWN);
    assert_int_equal(roster_join(roster, "a", "", true, 6, &index), ROSTER_KNOWN);
    assert_false(roster_alive(roster, 0));
    roster_destroy(&roster);
}

static void a_newcomer_takes_the_place_of_a_missing_one_on_its_host(void **state)
{
    (void)state;
    roster_t *roster = roster_new(8, 3000);
    size_t index, replaced = 99, lost[8];
    assert_int_equal(roster_join(roster, "one_a", "", true, 1000, &index), ROSTER_JOINED);
    assert_int_equal(roster_join(roster, "two_b", "", true, 1000, &index), ROSTER_JOINED);
    assert_int_equal(roster_sweep(roster, 5000, lost), 2);
    /* Of another host, though its name begins alike. */
    assert_int_equal(roster_join(roster, "on_c", "", true, 5000, &index), ROSTER_JOINED);
    assert_false(roster_replace(roster, index, &replaced));
    assert_int_equal(roster_join(roster, "two_d", "", true, 5000, &index), ROSTER_JOINED);
    assert_true(roster_replace(roster, index, &replaced));
    assert_int_equal(replaced, 1);
    assert_int_equal(roster_at(roster, 1)->state, ROSTER_REPLACED);
    assert_int_equal(roster_at(roster, 0)->state, ROSTER_MISSING);
    assert_false(roster_replace(roster, index, &replaced)); /* nobody else is missing there */
    /* It was not dead after all. */
    assert_int_equal(roster_see(roster, "two_b", 6000, &index), ROSTER_RETURNED);
    assert_int_equal(index, 1);
    assert_true(roster_alive(roster, 1));
    assert_string_equal(roster_state_name(ROSTER_REPLACED), "replaced");
    roster_destroy(&roster);
}

static void a_slow_line_is_given_more_time(void **state)
{
    (void)state;
    roster_t *roster = roster_new(4, 8000000);
    size_t index, lost[4];
    static const uint64_t slowest_us[] = {0, 1000, 2000000, 60000000};
    static const uint64_t silences_us[] = {8000000, 8004000, 16000000, 30000000};
    for (size_t i = 0; i < 4; i++) {
        char id[] = {'a', (char)('0' + i), '\0'};
        assert_int_equal(roster_join(roster, id, "", true, 1000, &index), ROSTER_JOINED);
        roster_set_slowest(roster, index, slowest_us[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(roster_sweep(roster, 1000 + silences_us[i], lost), 0);
        assert_int_equal(roster_sweep(roster, 1001 + silences_us[i], lost), 1);
        assert_int_equal(lost[0], i);
    }
    roster_destroy(&roster);
}

static void our_own_standstill_is_nobodys_silence(void **state)
{
    (void)state;
    roster_t *roster = roster_new(2, 3000);
    size_t index, lost[2];
    assert_int_equal(roster_join(roster, "a", "", true, 1000, &index), ROSTER_JOINED);
    roster_excuse(roster, 20000, 21500); /* from 1,500 to 21,500 the primary stood still */
    assert_int_equal(roster_sweep(roster, 21500, lost), 0);
    assert_int_equal(roster_sweep(roster, 24000, lost), 0);
    assert_int_equal(roster_sweep(roster, 24001, lost), 1);
    /* One was heard of in that time: by now at the most. */
    assert_int_equal(roster_see(roster, "a", 30000, &index), ROSTER_RETURNED);
    roster_excuse(roster, 5000, 31000);
    assert_int_equal(roster_see(roster, "a", 31000, &index), ROSTER_KNOWN);
    roster_destroy(&roster);
}

static void bad_ids_and_a_full_house_are_refused(void **state)
{
    (void)state;
    roster_t *roster = roster_new(1, 3000);
    size_t index;
    char longest[WIRE_ID_MAX + 1];
    memset(longest, 'x', sizeof longest);
    longest[WIRE_ID_MAX] = '\0';
    assert_int_equal(roster_join(roster, "", "", true, 1, &index), ROSTER_BAD_ID);
    assert_int_equal(roster_join(roster, longest, "", true, 1, &index), ROSTER_BAD_ID);
    longest[WIRE_ID_MAX - 1] = '\0';
    assert_int_equal(roster_join(roster, longest, "", true, 1, &index), ROSTER_JOINED);
    assert_int_equal(roster_join(roster, "b", "", true, 1, &index), ROSTER_FULL);
    assert_true(roster_end(roster, 0));
    roster_prune(roster);
    assert_int_equal(roster_count(roster), 0);
    assert_int_equal(roster_join(roster, "b", "", true, 2, &index), ROSTER_JOINED);
    assert_int_equal(index, 0);
    roster_destroy(&roster);
}

static void ten_thousand_keep_their_indexes(void **state)
{
    (void)state;
    roster_t *roster = roster_new(ROSTER_CAPACITY, ROSTER_SILENCE_US);
    char id[32];
    size_t index;
    for (size_t i = 0; i < ROSTER_CAPACITY; i++) {
        snprintf(id, sizeof id, "host_%zu", i);
        assert_int_equal(roster_join(roster, id, "0.1.0", true, i, &index), ROSTER_JOINED);
        assert_int_equal(index, i);
    }
    for (size_t i = 0; i < ROSTER_CAPACITY; i += 2)
        assert_true(roster_end(roster, i));
    roster_prune(roster); /* the even ones are forgotten, the odd ones stay where they are */
    for (size_t i = 0; i < ROSTER_CAPACITY; i++) {
        snprintf(id, sizeof id, "host_%zu", i);
        assert_int_equal(roster_find(roster, id, &index), i % 2);
        if (i % 2 == 1)
            assert_int_equal(index, i);
    }
    assert_int_equal(roster_alive_count(roster), ROSTER_CAPACITY / 2);
    roster_destroy(&roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_falls_silent_and_returns),
        cmocka_unit_test(one_leaves_and_joins_again_at_its_place),
        cmocka_unit_test(a_newcomer_takes_the_place_of_a_missing_one_on_its_host),
        cmocka_unit_test(a_slow_line_is_given_more_time),
        cmocka_unit_test(our_own_standstill_is_nobodys_silence),
        cmocka_unit_test(bad_ids_and_a_full_house_are_refused),
        cmocka_unit_test(ten_thousand_keep_their_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
