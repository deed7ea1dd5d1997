/* How much of the primary's time a peer may take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "primary/budget.h"

static size_t taken(budget_t *budget, const char *who, size_t messages, size_t bytes, uint64_t now_us)
{
    size_t count = 0;
    for (size_t i = 0; i < messages; i++)
        count += budget_take(budget, who, 2, bytes, now_us);
    return count;
}

static void a_thousand_messages_a_second_are_taken_of_each(void **state)
{
    (void)state;
    budget_t *budget = budget_new(1);
    assert_int_equal(taken(budget, "aa", 10000, 100, 5000000), 1000);
    assert_int_equal(taken(budget, "bb", 300, 100, 5000000), 300); /* another is not touched by that */
    assert_int_equal(taken(budget, "aa", 1, 100, 5999999), 0);
    assert_int_equal(taken(budget, "aa", 10000, 100, 6000000), 1000); /* a new second */
    budget_destroy(&budget);
    budget_destroy(&budget);
}

static void large_messages_count_by_their_bytes(void **state)
{
    (void)state;
    budget_t *budget = budget_new(1);
    assert_int_equal(taken(budget, "aa", 10, 4 << 20, 1), 2);
    assert_int_equal(taken(budget, "aa", 10, 1, 1), 0); /* not one byte is left */
    assert_int_equal(taken(budget, "bb", 10, 3 << 20, 1), 2);
    assert_int_equal(taken(budget, "bb", 1, 2 << 20, 1), 1);
    assert_int_equal(taken(budget, "cc", 1, SIZE_MAX, 1), 0);
    assert_int_equal(taken(budget, "", 0, 0, 1), 0);
    budget_destroy(&budget);
}

static void ten_thousand_hardly_ever_share_a_budget(void **state)
{
    (void)state;
    budget_t *budget = budget_new(99);
    size_t short_of = 0;
    for (int i = 0; i < 10000; i++) {
        char id[24];
        int length = snprintf(id, sizeof id, "host-%d_%08x", i / 64, (unsigned)i * 2654435761U);
        size_t count = 0;
        for (int k = 0; k < 200; k++) /* as many as a busy one sends */
            count += budget_take(budget, id, (size_t)length, 1000, 7);
        short_of += count < 200;
    }
    /* 10,000 over 32,768 places: more than five at one is what it takes to run short; Poisson says a handful.
     */
    assert_true(short_of < 20);
    budget_destroy(&budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_messages_a_second_are_taken_of_each),
        cmocka_unit_test(large_messages_count_by_their_bytes),
        cmocka_unit_test(ten_thousand_hardly_ever_share_a_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
