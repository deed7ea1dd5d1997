/* Offsets of clocks: figures worked out by hand on two clocks that are known here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "primary/skew.h"

#define WALL UINT64_C(1675686126000000) /* of the primary at its monotonic 1,000,000 */

static uint64_t wall_at(uint64_t now_us)
{
    return WALL + now_us - 1000000;
}

static void an_even_way_gives_the_offset_exactly(void **state)
{
    (void)state;
    /* Theirs is 3 s ahead. Ours leaves at 1,000,000, is there 400 later, is held for 50,000, needs 400 back.
     */
    struct skew skew = {.count = 0};
    struct skew_sample best, last;
    assert_false(skew_best(&skew, &best));
    struct skew_answer answer = {.echo_us = 1000000, .held_us = 50000, .wall_us = wall_at(1050400) + 3000000};
    assert_true(skew_note(&skew, &answer, 1050800, wall_at(1050800), &last));
    assert_true(skew_best(&skew, &best));
    assert_int_equal(best.round_trip_us, 800);
    assert_int_equal(best.offset_us, 3000000);
    assert_int_equal(skew_error_us(&best), 400);
}

static void an_uneven_way_errs_by_half_of_it_at_most(void **state)
{
    (void)state;
    /* Theirs is 2 s behind; all of the 901 is spent on the way there, none on the way back. */
    struct skew skew = {.count = 0};
    struct skew_sample best, last;
    struct skew_answer answer = {.echo_us = 1000000, .wall_us = wall_at(1000901) - 2000000};
    assert_true(skew_note(&skew, &answer, 1000901, wall_at(1000901), &last));
    assert_true(skew_best(&skew, &best));
    assert_int_equal(best.round_trip_us, 901);
    assert_int_equal(best.offset_us, -2000000 + 450);
    assert_int_equal(skew_error_us(&best), 451);
}

static void the_shortest_of_the_last_eight_counts(void **state)
{
    (void)state;
    struct skew skew = {.count = 0};
    struct skew_sample best, last;
    static const uint64_t trips[] = {900, 300, 5000, 700};
    uint64_t now_us = 1000000;
    for (size_t i = 0; i < 4; i++, now_us += 1000000) {
        struct skew_answer answer = {.echo_us = now_us, .wall_us = wall_at(now_us)};
        assert_true(skew_note(&skew, &answer, now_us + trips[i], wall_at(now_us + trips[i]), &last));
    }
    assert_true(skew_best(&skew, &best));
    assert_int_equal(best.round_trip_us, 300);
    /* It was the second: with the ninth it is still among the last eight, with the tenth no more. */
    for (size_t i = 0; i < 6; i++, now_us += 1000000) {
        assert_true(skew_best(&skew, &best));
        assert_int_equal(best.round_trip_us, 300);
        struct skew_answer answer = {.echo_us = now_us, .wall_us = wall_at(now_us)};
        assert_true(skew_note(&skew, &answer, now_us + 1000 + i, wall_at(now_us + 1000 + i), &last));
    }
    assert_true(skew_best(&skew, &best));
    assert_int_equal(best.round_trip_us, 700);
    assert_int_equal(skew_slowest_us(&skew), 5000);
}

static void what_can_not_be_true_changes_nothing(void **state)
{
    (void)state;
    struct skew skew = {.count = 0};
    struct skew_sample best, last;
    struct skew_answer nothing = {.wall_us = WALL};
    struct skew_answer future = {.echo_us = 1000001, .wall_us = WALL};
    struct skew_answer held = {.echo_us = 999000, .held_us = 1001, .wall_us = WALL};
    struct skew_answer beyond = {.echo_us = 999000, .wall_us = UINT64_MAX};
    assert_false(skew_note(&skew, &nothing, 1000000, WALL, &last));
    assert_false(skew_note(&skew, &future, 1000000, WALL, &last));
    assert_false(skew_note(&skew, &held, 1000000, WALL, &last));
    assert_false(skew_note(&skew, &beyond, 1000000, WALL, &last));
    assert_false(skew_best(&skew, &best));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_even_way_gives_the_offset_exactly),
        cmocka_unit_test(an_uneven_way_errs_by_half_of_it_at_most),
        cmocka_unit_test(the_shortest_of_the_last_eight_counts),
        cmocka_unit_test(what_can_not_be_true_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
