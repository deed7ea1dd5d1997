#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/window.h"

/* One interval of 100 ms with `events` delivered, work held back all the time. */
static void interval(struct window *window, uint64_t *now_us, uint64_t *events, uint64_t more)
{
    *now_us += 100000;
    *events += more;
    window_turn(window, *now_us, *events, *events, true);
}

static void test_grows_while_it_pays_and_steps_back(void **state)
{
    (void)state;
    struct window window;
    uint64_t now = 1, events = 0;
    window_init(&window, 64, true);
    assert_int_equal(window.now, 4);
    window_turn(&window, now, 0, 0, true);
    interval(&window, &now, &events, 1000);
    assert_int_equal(window.now, 6);
    interval(&window, &now, &events, 1200); /* settles */
    interval(&window, &now, &events, 1500); /* paid: and the next attempt begins */
    assert_int_equal(window.now, 9);
    interval(&window, &now, &events, 1500);
    interval(&window, &now, &events, 1520); /* 1.3 % more: not worth it */
    assert_int_equal(window.now, 6);
    for (int i = 0; i < 38; i++)
        interval(&window, &now, &events, 1500);
    assert_int_equal(window.now, 6); /* holds for 4 s */
    interval(&window, &now, &events, 1500);
    interval(&window, &now, &events, 1500);
    assert_int_equal(window.now, 9);
}

static void test_the_users_model_has_the_maximum(void **state)
{
    (void)state;
    struct window window;
    window_init(&window, 64, false);
    assert_int_equal(window.now, 64);
    window_init(&window, 2, true);
    assert_int_equal(window.now, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_while_it_pays_and_steps_back),
        cmocka_unit_test(test_the_users_model_has_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
