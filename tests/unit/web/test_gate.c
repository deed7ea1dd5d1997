/* gate - a flood of half requests shuts out itself and nobody else. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "web/server/gate.h"

static gate_t *gate;
static int victim;

static int open_from(uint8_t who, uint64_t now_us)
{
    uint8_t address[GATE_ADDRESS_BYTES] = {who};
    return gate_open(gate, address, 100 + who, now_us, &victim);
}

static int tear_down(void **state)
{
    (void)state;
    gate_destroy(&gate);
    gate_destroy(&gate);
    return 0;
}

static void an_address_at_its_limit_gives_up_its_oldest_waiting_one(void **state)
{
    (void)state;
    gate = gate_new(100, 3);
    int first = open_from(1, 10);
    int second = open_from(1, 11);
    int third = open_from(1, 12);
    assert_int_equal(victim, GATE_NONE);
    gate_note(gate, first, GATE_ANSWER, 13); /* it has sent a whole request: not to be disturbed */
    int fourth = open_from(1, 14);
    assert_true(fourth != GATE_NONE);
    assert_int_equal(victim, second);
    assert_int_equal(gate_handle(gate, second), 101);
    assert_int_equal(open_from(2, 15) != GATE_NONE && victim == GATE_NONE, 1);
    gate_close(gate, second);
    gate_note(gate, third, GATE_SEND, 16);
    gate_note(gate, fourth, GATE_LIVE, 16);
    assert_int_equal(open_from(1, 17), GATE_NONE); /* all three are at work: the new one must go */
    assert_int_equal(gate_count(gate), 4);
}

static void a_full_house_gives_up_the_oldest_waiting_one_of_all(void **state)
{
    (void)state;
    gate = gate_new(4, 4);
    (void)open_from(1, 1);
    int oldest = open_from(2, 0);
    (void)open_from(3, 2);
    (void)open_from(4, 3);
    assert_int_equal(victim, GATE_NONE);
    assert_true(open_from(5, 4) != GATE_NONE);
    assert_int_equal(victim, oldest);
    assert_int_equal(gate_count(gate), 5); /* the victim keeps its slot until it has gone */
}

static void victims_that_do_not_leave_cannot_use_up_the_slots(void **state)
{
    (void)state;
    gate = gate_new(8, 8); /* has 8 + 8 / 4 + 1 = 11 slots */
    for (unsigned i = 0; i < 11; i++)
        assert_true(open_from((uint8_t)i, i) != GATE_NONE);
    assert_int_equal(open_from(50, 50), GATE_NONE);
    assert_int_equal(victim, GATE_NONE);
}

static void each_state_has_its_time(void **state)
{
    (void)state;
    gate = gate_new(10, 10);
    int head = open_from(1, 0);
    int body = open_from(1, 0);
    int answer = open_from(1, 0);
    int live = open_from(1, 0);
    gate_note(gate, body, GATE_BODY, 0);
    gate_note(gate, answer, GATE_ANSWER, 0);
    gate_note(gate, live, GATE_LIVE, 0);
    assert_int_equal(gate_overdue(gate, GATE_NONE, GATE_HEAD_US - 1), GATE_NONE);
    assert_int_equal(gate_overdue(gate, GATE_NONE, GATE_HEAD_US), head);
    assert_int_equal(gate_overdue(gate, head, GATE_HEAD_US), GATE_NONE);
    assert_int_equal(gate_overdue(gate, head, GATE_BODY_US), body);
    gate_note(gate, live, GATE_LIVE, GATE_LIVE_US - 1); /* an event got through */
    assert_int_equal(gate_overdue(gate, body, GATE_LIVE_US), GATE_NONE);
    gate_note(gate, answer, GATE_SEND, 0);
    assert_int_equal(gate_overdue(gate, body, GATE_SEND_US), answer);
    assert_int_equal(gate_overdue(gate, answer, 2 * GATE_LIVE_US - 1), live);
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_at_its_limit_gives_up_its_oldest_waiting_one),
        TEST(a_full_house_gives_up_the_oldest_waiting_one_of_all),
        TEST(victims_that_do_not_leave_cannot_use_up_the_slots),
        TEST(each_state_has_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
