/* units - what people type as numbers, and what is printed for them. Expected values are worked out by hand.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/units.h"

#include <math.h>
#include <string.h>

#define UNTOUCHED UINT64_C(424242)

static uint64_t count(const char *text)
{
    uint64_t value = UNTOUCHED;
    if (!units_parse_count(text, &value))
        assert_int_equal(value, UNTOUCHED);
    return value;
}

static uint64_t duration_us(const char *text)
{
    uint64_t value = UNTOUCHED;
    if (!units_parse_duration(text, &value))
        assert_int_equal(value, UNTOUCHED);
    return value;
}

static uint64_t size_bytes(const char *text)
{
    uint64_t value = UNTOUCHED;
    if (!units_parse_size(text, &value))
        assert_int_equal(value, UNTOUCHED);
    return value;
}

static void counts_take_decimal_units(void **state)
{
    (void)state;
    assert_int_equal(count("0"), 0);
    assert_int_equal(count("12"), 12);
    assert_int_equal(count("007"), 7);
    assert_int_equal(count("50k"), 50000);
    assert_int_equal(count("50K"), 50000);
    assert_int_equal(count("1.5M"), 1500000);
    assert_int_equal(count("2G"), 2000000000);
    assert_int_equal(count(".5k"), 500);
    assert_int_equal(count("1.234567M"), 1234567);
    assert_int_equal(count("3.000"), 3);
    assert_int_equal(count("1.50000000000000000000000000000000000000000k"), 1500);
    assert_int_equal(count("0.1G"), 100000000);
}

static void counts_that_are_not_whole_or_too_large_are_refused(void **state)
{
    (void)state;
    assert_int_equal(count("1.0000001k"), UNTOUCHED);
    assert_int_equal(count("0.5"), UNTOUCHED);
    assert_int_equal(count("18446744073709551615"), UINT64_MAX);
    assert_int_equal(count("18446744073709551616"), UNTOUCHED);
    assert_int_equal(count("18446744073.709551615G"), UINT64_MAX);
    assert_int_equal(count("18446744074G"), UNTOUCHED);
    assert_int_equal(count("99999999999999999999999"), UNTOUCHED);
    assert_int_equal(count("0.0000000000000000000000000001G"), UNTOUCHED);
}

static void malformed_counts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    " ",   "k",    "-1",  "+1",   " 1",   "1 ",  "1 k",
                                      "5.",  ".",   "1..2", "1k5", "1kk",  "0x10", "1e3", "nan",
                                      "inf", "1,5", "1m",   "1T",  "1k/s", "ten"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(count(bad[i]), UNTOUCHED);
}

static void rates_are_real_numbers(void **state)
{
    (void)state;
    double rate = -1;
    assert_true(units_parse_rate("50k/s", &rate) && rate == 50000.0);
    assert_true(units_parse_rate("0.5", &rate) && rate == 0.5);
    assert_true(units_parse_rate("1.1k", &rate) && rate == 1100.0);
    assert_true(units_parse_rate("2.3M/s", &rate) && rate == 2300000.0);
    assert_true(units_parse_rate("0", &rate) && rate == 0.0);
    assert_true(units_parse_rate("33.333333333333336", &rate) && fabs(rate - 100.0 / 3) < 1e-12);
    assert_true(units_parse_rate("1.0000001k", &rate) && fabs(rate - 1000.0001) < 1e-9);
    rate = 42;
    static const char *const bad[] = {"",    "/s",  "k/s", "-5",   "1/m", "1/s/s",
                                      "nan", "inf", "1e9", "5 /s", "fast"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(units_parse_rate(bad[i], &rate));
    assert_true(rate == 42);
}

static void durations_add_up_their_parts(void **state)
{
    (void)state;
    assert_int_equal(duration_us("300s"), 300000000);
    assert_int_equal(duration_us("300"), 300000000);
    assert_int_equal(duration_us("0"), 0);
    assert_int_equal(duration_us("1.5"), 1500000);
    assert_int_equal(duration_us("20m"), 1200000000);
    assert_int_equal(duration_us("3h"), UINT64_C(10800000000));
    assert_int_equal(duration_us("1h30m"), UINT64_C(5400000000));
    assert_int_equal(duration_us("3h30m10s"), UINT64_C(12610000000));
    assert_int_equal(duration_us("1d"), UINT64_C(86400000000));
    assert_int_equal(duration_us("1d2h3m4s5ms6us"), UINT64_C(93784005006));
    assert_int_equal(duration_us("250ms"), 250000);
    assert_int_equal(duration_us("50us"), 50);
    assert_int_equal(duration_us("0.5s"), 500000);
    assert_int_equal(duration_us("0.000001s"), 1);
    assert_int_equal(duration_us("1.5h"), UINT64_C(5400000000));
}

static void malformed_durations_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "s",   "1h30",       "30m1h",       "1s1s",  "-1s",
                                      "1 h", "1w",  "1H",         "1.s",         "1ss",   "1mss",
                                      "1u",  "1sm", "0.5us",      "0.0000001s",  "1h 3m", "soon",
                                      "1k",  "1s ", "300000000d", "213503982d1d"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(duration_us(bad[i]), UNTOUCHED);
    /* 2^64 - 1 microseconds are 213503982 days and 8 h 1 m 49.551615 s. */
    assert_int_equal(duration_us("213503982d8h1m49.551615s"), UINT64_MAX);
    assert_int_equal(duration_us("213503982d8h1m49.551616s"), UNTOUCHED);
}

static void sizes_take_both_kinds_of_units(void **state)
{
    (void)state;
    assert_int_equal(size_bytes("128B"), 128);
    assert_int_equal(size_bytes("128"), 128);
    assert_int_equal(size_bytes("64KiB"), 65536);
    assert_int_equal(size_bytes("5MiB"), 5242880);
    assert_int_equal(size_bytes("1GiB"), 1073741824);
    assert_int_equal(size_bytes("1.5KiB"), 1536);
    assert_int_equal(size_bytes("0.25KiB"), 256);
    assert_int_equal(size_bytes("1kB"), 1000);
    assert_int_equal(size_bytes("5MB"), 5000000);
    assert_int_equal(size_bytes("1GB"), 1000000000);
    assert_int_equal(size_bytes("17179869183GiB"), UINT64_C(18446744072635809792));
    static const char *const bad[] = {"",   "B",   "1.5B", "0.1KiB", "1kib",          "1Ki",
                                      "1k", "-1B", "1 B",  "1BB",    "17179869184GiB"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(size_bytes(bad[i]), UNTOUCHED);
}

static void counts_are_printed_with_three_digits(void **state)
{
    (void)state;
    char out[UNITS_TEXT_MAX];
    assert_string_equal(units_print_count(0, out), "0");
    assert_string_equal(units_print_count(7, out), "7");
    assert_string_equal(units_print_count(0.25, out), "0.25");
    assert_string_equal(units_print_count(999, out), "999");
    assert_string_equal(units_print_count(999.6, out), "1.00k");
    assert_string_equal(units_print_count(1000, out), "1.00k");
    assert_string_equal(units_print_count(1234, out), "1.23k");
    assert_string_equal(units_print_count(9996, out), "10.0k");
    assert_string_equal(units_print_count(50000, out), "50.0k");
    assert_string_equal(units_print_count(99960, out), "100k");
    assert_string_equal(units_print_count(999499, out), "999k");
    assert_string_equal(units_print_count(999600, out), "1.00M");
    assert_string_equal(units_print_count(1.5e6, out), "1.50M");
    assert_string_equal(units_print_count(2.5e9, out), "2.50G");
    assert_string_equal(units_print_count(1.2e13, out), "12000G");
    assert_string_equal(units_print_count(NAN, out), "-");
    assert_string_equal(units_print_count(-1, out), "-");
    assert_true(strlen(units_print_count(1.7e308, out)) > 0);
}

static void durations_are_printed_in_the_unit_that_fits(void **state)
{
    (void)state;
    char out[UNITS_TEXT_MAX];
    assert_string_equal(units_print_duration(0, out), "0us");
    assert_string_equal(units_print_duration(850, out), "850us");
    assert_string_equal(units_print_duration(1000, out), "1.00ms");
    assert_string_equal(units_print_duration(12300, out), "12.3ms");
    assert_string_equal(units_print_duration(999600, out), "1.00s");
    assert_string_equal(units_print_duration(4560000, out), "4.56s");
    assert_string_equal(units_print_duration(59970000, out), "1m");
    assert_string_equal(units_print_duration(90000000, out), "1m30s");
    assert_string_equal(units_print_duration(UINT64_C(3599600000), out), "1h");
    assert_string_equal(units_print_duration(UINT64_C(5400000000), out), "1h30m");
    assert_string_equal(units_print_duration(UINT64_C(86399000000), out), "1d");
    assert_string_equal(units_print_duration(UINT64_C(93600000000), out), "1d2h");
    assert_string_equal(units_print_duration(UINT64_MAX, out), "213503982d8h");
}

static void sizes_are_printed_in_powers_of_1024(void **state)
{
    (void)state;
    char out[UNITS_TEXT_MAX];
    assert_string_equal(units_print_size(0, out), "0 B");
    assert_string_equal(units_print_size(512, out), "512 B");
    assert_string_equal(units_print_size(1024, out), "1.00 KiB");
    assert_string_equal(units_print_size(65536, out), "64.0 KiB");
    assert_string_equal(units_print_size(5505024, out), "5.25 MiB");
    assert_string_equal(units_print_size(1048575, out), "1.00 MiB");
    assert_string_equal(units_print_size(1073741824, out), "1.00 GiB");
    assert_string_equal(units_print_size(1099511627776.0, out), "1.00 TiB");
    assert_string_equal(units_print_size(INFINITY, out), "-");
    assert_true(strlen(units_print_size(1.7e308, out)) > 0);
}

static void whole_printed_durations_parse_back(void **state)
{
    (void)state;
    static const uint64_t whole_us[] = {
        0, 1, 999, 1000, 250000, 1000000, 60000000, 90000000, UINT64_C(5400000000)};
    char out[UNITS_TEXT_MAX];
    for (size_t i = 0; i < sizeof whole_us / sizeof *whole_us; i++)
        assert_int_equal(duration_us(units_print_duration(whole_us[i], out)), whole_us[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_take_decimal_units),
        cmocka_unit_test(counts_that_are_not_whole_or_too_large_are_refused),
        cmocka_unit_test(malformed_counts_are_refused),
        cmocka_unit_test(rates_are_real_numbers),
        cmocka_unit_test(durations_add_up_their_parts),
        cmocka_unit_test(malformed_durations_are_refused),
        cmocka_unit_test(sizes_take_both_kinds_of_units),
        cmocka_unit_test(counts_are_printed_with_three_digits),
        cmocka_unit_test(durations_are_printed_in_the_unit_that_fits),
        cmocka_unit_test(sizes_are_printed_in_powers_of_1024),
        cmocka_unit_test(whole_printed_durations_parse_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
