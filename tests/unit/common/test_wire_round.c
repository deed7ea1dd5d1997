#include "common/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

static void response_times_round_as_locust_does(void **state)
{
    (void)state;
    /* computed with Python's round() to 0, -1, -2 and -3 digits */
    const struct {
        double ms;
        int64_t key;
    } cases[] = {
        {0, 0},
        {0.5, 0},
        {1.5, 2},
        {2.5, 2},
        {99.4, 99},
        {99.7, 100},
        {100, 100},
        {145, 140},
        {155, 160},
        {147, 150},
        {995, 1000},
        {999.9, 1000},
        {1050, 1000},
        {1050.1, 1100},
        {1150, 1200},
        {3432, 3400},
        {9949.9, 9900},
        {10500, 10000},
        {11500, 12000},
        {58760, 59000},
        {144.99999999999997, 140},
        {145.00000000000003, 150},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(wire_round_ms(cases[i].ms), cases[i].key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_times_round_as_locust_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
