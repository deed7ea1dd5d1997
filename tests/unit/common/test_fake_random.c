#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/common/fake_lua.h"

#include <stdlib.h>

/*
 * Pearson's chi-square against expected shares. A right generator exceeds the bound with a chance of one in a
 * thousand; the seeds are fixed. Bounds: the 0.999 quantiles of the table for the degrees of freedom, cells
 * - 1.
 */
static void check_chi_square(const unsigned *seen, const double *expected, unsigned cells, double bound)
{
    double sum = 0;
    for (unsigned cell = 0; cell < cells; cell++) {
        double difference = seen[cell] - expected[cell];
        sum += difference * difference / expected[cell];
    }
    if (sum > bound)
        fail_msg("chi-square of %u cells: %f, above %f", cells, sum, bound);
}

enum { DRAWS = 100000 };

static void check_even(const unsigned *seen, unsigned cells, double bound)
{
    double expected[256];
    for (unsigned cell = 0; cell < cells; cell++)
        expected[cell] = (double)DRAWS / cells;
    check_chi_square(seen, expected, cells, bound);
}

/* Draws whole numbers low .. low + cells - 1 after the step, all others fail. */
static void count_numbers(struct fake *fake, double low, double step, unsigned *seen, unsigned cells)
{
    for (int draw = 0; draw < DRAWS; draw++) {
        double value = fake_number(fake);
        double cell = round((value - low) / step);
        assert_true(cell >= 0 && cell < cells);
        assert_true(fabs(low + cell * step - value) < 1e-9);
        seen[(unsigned)cell]++;
    }
}

static void test_numbers_are_even_and_reach_both_ends(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1);
    unsigned nine[10] = {0}, negative[21] = {0}, hundredths[101] = {0};
    fake_must_bind(&fake, "random.number", "9");
    count_numbers(&fake, 0, 1, nine, 10);
    check_even(nine, 10, 27.877);
    fake_must_bind(&fake, "random.number", "{min = -10, max = 10}");
    count_numbers(&fake, -10, 1, negative, 21);
    check_even(negative, 21, 45.315);
    fake_must_bind(&fake, "random.number", "{min = 0, max = 1, precision = 0.01}");
    count_numbers(&fake, 0, 0.01, hundredths, 101);
    check_even(hundredths, 101, 149.449);
    fake_close(&fake);
}

/* 2^33 values are more than 32 bits can tell apart: the halves, and odd numbers, must come up all the same.
 */
static void test_wide_ranges_are_even(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 2);
    unsigned halves[2] = {0}, odd[2] = {0}, tenths[10] = {0};
    fake_must_bind(&fake, "random.number", "{min = 0, max = 8589934591}");
    for (int draw = 0; draw < DRAWS; draw++) {
        double value = fake_number(&fake);
        assert_true(value >= 0 && value <= 8589934591.0 && value == floor(value));
        halves[value >= 4294967296.0]++;
        odd[(uint64_t)value & 1]++;
    }
    check_even(halves, 2, 10.828);
    check_even(odd, 2, 10.828);
    fake_must_bind(&fake, "internet.session", "");
    for (int draw = 0; draw < DRAWS; draw++) {
        double value = fake_number(&fake);
        assert_true(value >= 1007199254740991.0 && value <= 9007199254740991.0 && value == floor(value));
        tenths[(unsigned)((value - 1007199254740991.0) / 800000000000000.2)]++;
    }
    check_even(tenths, 10, 27.877);
    fake_close(&fake);
}

/* Values are texts of one letter from 'a' on. */
static void count_letters(struct fake *fake, unsigned *seen, unsigned cells)
{
    for (int draw = 0; draw < DRAWS; draw++) {
        const char *text = fake_text(fake);
        unsigned cell = (unsigned)(text[0] - 'a');
        assert_true(cell < cells && text[1] == '\0');
        seen[cell]++;
    }
}

static void test_elements_of_lists_are_even(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 3);
    unsigned four[4] = {0}, three[3] = {0}, orders[256] = {0};
    fake_must_bind(&fake, "random.arrayElement", "{'a', 'b', 'c', 'd'}");
    count_letters(&fake, four, 4);
    check_even(four, 4, 16.266);
    fake_must_bind(&fake, "random.objectElement", "{x = 'a', y = 'b', z = 'c'}");
    count_letters(&fake, three, 3);
    check_even(three, 3, 13.816);
    /* Each of the six orders, not only each element in each place. */
    fake_must_bind(&fake, "helpers.shuffle", "{1, 2, 3}");
    for (int draw = 0; draw < DRAWS; draw++) {
        const char *text = fake_text(&fake);
        orders[(text[0] - '1') * 3 + (text[2] - '1')]++;
    }
    unsigned six[6] = {orders[1], orders[2], orders[3], orders[5], orders[6], orders[7]};
    check_even(six, 6, 20.515);
    fake_close(&fake);
}

static void check_weights(struct fake *fake, const char *arguments, const double *shares, unsigned cells,
                          double bound)
{
    unsigned seen[26] = {0};
    double expected[26];
    for (unsigned cell = 0; cell < cells; cell++)
        expected[cell] = shares[cell] * DRAWS;
    fake_must_bind(fake, "random.weightedArrayElement", arguments);
    count_letters(fake, seen, 26);
    check_chi_square(seen, expected, cells, bound);
}

/* The first is the example of KDG's help; weights need not add up to 1, and what weighs nothing never comes.
 */
static void test_weighted_elements_come_by_their_weights(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 4);
    check_weights(&fake, "{weights = {0.3, 0.2, 0.5}, data = {'a', 'b', 'c'}}", (double[]){0.3, 0.2, 0.5}, 3,
                  13.816);
    check_weights(&fake, "{weights = {1, 0.1, 70, 4, 24.9}, data = {'a', 'b', 'c', 'd', 'e'}}",
                  (double[]){0.01, 0.001, 0.7, 0.04, 0.249}, 5, 18.467);
    check_weights(&fake, "{weights = {5}, data = {'a'}}", (double[]){1}, 1, 0.001);

    fake_must_bind(&fake, "random.weightedArrayElement",
                   "{weights = {1, 0, 3, 0}, data = {'a', 'b', 'c', 'd'}}");
    unsigned seen[4] = {0};
    count_letters(&fake, seen, 4);
    assert_int_equal(seen[1] + seen[3], 0);
    unsigned heavy[2] = {seen[0], seen[2]};
    check_chi_square(heavy, (double[]){DRAWS * 0.25, DRAWS * 0.75}, 2, 10.828);
    fake_close(&fake);
}

static void test_booleans_are_even(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 5);
    unsigned seen[2] = {0};
    fake_must_bind(&fake, "random.boolean", "");
    for (int draw = 0; draw < DRAWS; draw++)
        seen[fake_text(&fake)[0] == 't']++;
    check_even(seen, 2, 10.828);
    fake_close(&fake);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* 122 random bits: among 100,000 two are the same with a chance of 10^-27. Every digit but version and
 * variant is even. */
static void test_uuids_are_unique_and_even(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 6);
    char(*uuids)[37] = calloc(DRAWS, sizeof *uuids);
    unsigned seen[36][16] = {{0}};
    assert_non_null(uuids);
    fake_must_bind(&fake, "random.uuid", "");
    for (int draw = 0; draw < DRAWS; draw++) {
        const char *text = fake_text(&fake);
        assert_int_equal(strlen(text), 36);
        memcpy(uuids[draw], text, 37);
        for (int at = 0; at < 36; at++)
            if (text[at] != '-')
                seen[at][strtoul((char[]){text[at], '\0'}, NULL, 16)]++;
    }
    for (int at = 0; at < 36; at++) {
        if (at == 19)
            check_even(seen[at] + 8, 4, 16.266); /* the variant: 8, 9, a or b */
        else if (at != 8 && at != 13 && at != 14 && at != 18 && at != 23)
            check_even(seen[at], 16,
                       42.0); /* 31 of them: a chance of 1 in 4,000 each, 37.697 is 1 in 1,000 */
    }
    assert_int_equal(seen[14][4], DRAWS); /* the version */
    qsort(uuids, DRAWS, sizeof *uuids, compare_texts);
    for (int draw = 1; draw < DRAWS; draw++)
        assert_string_not_equal(uuids[draw], uuids[draw - 1]);
    free(uuids);
    fake_close(&fake);
}

static void test_addresses_of_the_internet_use_every_octet(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 7);
    unsigned seen[4][256] = {{0}};
    fake_must_bind(&fake, "internet.ip", "");
    for (int draw = 0; draw < DRAWS; draw++) {
        char *rest;
        unsigned long octet = strtoul(fake_text(&fake), &rest, 10);
        seen[0][octet]++;
        for (int at = 1; at < 4; at++) {
            octet = strtoul(rest + 1, &rest, 10);
            seen[at][octet]++;
        }
    }
    for (int at = 0; at < 4; at++)
        check_even(seen[at], 256, 330.52);
    fake_close(&fake);
}

/* The distance by the haversine formula on the sphere of the equator's radius; the disc is filled evenly, so
 * that a quarter lies within half the radius. */
static void test_coordinates_nearby_lie_within_the_radius(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 8);
    const double radians = 3.14159265358979323846 / 180;
    double lat = -33.8688 * radians, lng = 179.99 * radians;
    fake_must_bind(&fake, "address.nearbyGPSCoordinate",
                   "{coordinate = {'-33.8688', 179.99}, radius = 20, isMetric = true}");
    unsigned inner = 0, beyond = 0;
    for (int draw = 0; draw < 20000; draw++) {
        char *rest;
        double there_lat = strtod(fake_text(&fake), &rest) * radians;
        double there_lng = strtod(rest + 1, NULL) * radians;
        double a = pow(sin((there_lat - lat) / 2), 2) +
                   cos(lat) * cos(there_lat) * pow(sin((there_lng - lng) / 2), 2);
        double km = 2 * 6378.137 * asin(sqrt(a));
        assert_true(km < 20.02); /* four decimals are 11 m */
        inner += km < 10;
        beyond += there_lng < 0; /* across the 180th meridian */
    }
    assert_in_range(inner, 4800, 5200); /* 5000, and three standard deviations of 61 */
    assert_in_range(beyond, 7000, 10000);
    fake_close(&fake);
}

static void test_prices_are_even_to_the_cent(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 9);
    unsigned seen[101] = {0};
    fake_must_bind(&fake, "commerce.price", "1, 2");
    count_numbers(&fake, 1, 0.01, seen, 101);
    check_even(seen, 101, 149.449);
    fake_close(&fake);
}

/* One name in nine has a prefix, one a suffix, as in Faker.js. */
static void test_some_names_have_a_prefix_or_a_suffix(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 11);
    unsigned seen[3] = {0};
    fake_must_bind(&fake, "name.findName", "'Ada', 'Byron'");
    for (int draw = 0; draw < DRAWS; draw++) {
        const char *text = fake_text(&fake);
        seen[strncmp(text, "Ada", 3) != 0 ? 0 : strcmp(text, "Ada Byron") != 0 ? 1 : 2]++;
    }
    check_chi_square(seen, (double[]){DRAWS / 9.0, DRAWS / 9.0, DRAWS * 7 / 9.0}, 3, 13.816);
    fake_close(&fake);
}

struct refusal {
    const char *name, *arguments, *words;
};

/* `words` are in the message. */
static const struct refusal refusals[] = {
    {"random.number", "{min = 5, max = 4}", "min is 5, above max 4"},
    {"random.number", "-1", "min is 0, above max -1"},
    {"random.number", "{min = 100000}", "above max 99999"},
    {"random.number", "{min = '1'}", "min is \"1\""},
    {"random.number", "{mni = 1}", "no member \"mni\", only min, max, precision"},
    {"random.number", "'100'", "the argument is \"100\""},
    {"random.number", "{1, 2}", "a list or an object"},
    {"random.number", "1, 2", "one argument, not 2"},
    {"random.number", "{max = 1, precision = 0}", "precision is 0"},
    {"random.number", "{min = 1, max = 2, precision = 5}", "no multiple of precision 5"},
    {"random.number", "{max = 1e300}", "max is 1e+300"},
    {"random.number", "{max = 1e9, precision = 1e-9}", "more than 2^53"},
    {"random.number", "0/0", "max is nan"},
    {"random.arrayElement", "{}", "the list is empty"},
    {"random.arrayElement", "'abc'", "a list like"},
    {"random.arrayElement", "{a = 1}", "a list like"},
    {"random.arrayElement", "{1, nil, 3}", "without gaps"},
    {"random.weightedArrayElement", "{weights = {1}, data = {1, 2}}", "1 weights for 2 data"},
    {"random.weightedArrayElement", "{weights = {0, 0}, data = {1, 2}}", "all weights are 0"},
    {"random.weightedArrayElement", "{weights = {1, -1}, data = {1, 2}}", "weight 2 is -1"},
    {"random.weightedArrayElement", "{weights = {1, 'x'}, data = {1, 2}}", "weight 2 is \"x\""},
    {"random.weightedArrayElement", "{weights = {}, data = {}}", "weights is empty"},
    {"random.weightedArrayElement", "{weights = {1}}", "data is nil"},
    {"random.weightedArrayElement", "{weights = {1}, data = {1}, x = 1}", "no member \"x\""},
    {"random.weightedArrayElement", "{1, 2}", "an object like"},
    {"random.objectElement", "{}", "an object like"},
    {"random.objectElement", "{a = 1}, 'value'", "field is \"value\""},
    {"random.uuid", "1", "no arguments, not 1"},
    {"random.uuid", "nil", "no arguments"},
    {"random.alphaNumeric", "0", "count is 0"},
    {"random.alphaNumeric", "1e9", "count is 1000000000"},
    {"random.alphaNumeric", "1.5", "count is 1.5"},
    {"random.words", "-1", "count is -1"},
    {"address.zipCode", "12345", "format is 12345"},
    {"address.city", "4", "format is 4"},
    {"address.state", "'true'", "useAbbr is \"true\"; true or false"},
    {"address.nearbyGPSCoordinate", "{coordinate = {1}}", "latitude and a longitude"},
    {"address.nearbyGPSCoordinate", "{coordinate = {91, 0}}", "latitude is 91"},
    {"address.nearbyGPSCoordinate", "{coordinate = {0, 'x'}}", "longitude is \"x\""},
    {"address.nearbyGPSCoordinate", "{radius = -1}", "radius is -1"},
    {"commerce.price", "-1", "min is -1"},
    {"commerce.price", "5, 4", "no amount lies between"},
    {"commerce.price", "0, 1, 20", "dec is 20"},
    {"commerce.price", "0, 1, 2, 3", "symbol is 3"},
    {"company.companyName", "3", "format is 3"},
    {"finance.account", "65", "length is 65"},
    {"finance.amount", "0, 1e12, 8", "beyond precision"},
    {"helpers.shuffle", "{{1}}", "element 1 is a list"},
    {"helpers.replaceSymbolWithNumber", "'##', 'ab'", "symbol is \"ab\""},
    {"helpers.mustache", "'{{a}}', 1", "data is 1"},
    {"helpers.mustache", "'{{a}}', {a = {}}", "\"a\" of data is a list"},
    {"image.cats", "0", "width is 0"},
    {"internet.color", "256", "baseRed255 is 256"},
    {"internet.password", "0", "len is 0"},
    {"internet.password", "9, false, 'abc'", "one class of characters"},
    {"internet.password", "9, false, '[^!-~]'", "a printable character"},
    {"lorem.words", "1001", "num is 1001"},
    {"lorem.sentences", "2, 3", "separator is 3"},
    {"name.firstName", "2", "gender is 2"},
    {"phone.phoneNumberFormat", "16", "phoneFormatsArrayIndex is 16"},
    {"system.fileExt", "true", "mimeType is true"},
    {"date.now", "5", "format is 5"},
    {"date.now", "string.rep('Y', 1001)", "longer than 1000 bytes"},
    {"date.past", "0", "years is 0"},
    {"date.past", "1, 'yesterday'", "refDate is \"yesterday\""},
    {"date.past", "1000, '0500-01-01'", "leaves the years 1 to 9999"},
    {"date.between", "'2024-01-01'", "to is nil"},
    {"date.between", "'2024-01-02', '2024-01-01'", "from is later than to"},
    {"date.between", "'2023-02-29', '2024-01-01'", "from is \"2023-02-29\""},
    {"date.recent", "1e9", "days is 1000000000"},
    {"date.month", "{short = true}", "no member \"short\""},
    {"date.weekday", "{abbr = 1}", "abbr is 1"},
};

static void test_wrong_arguments_are_refused_with_the_reason(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 10);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *refusal = &refusals[i];
        if (fake_bind(&fake, refusal->name, refusal->arguments))
            fail_msg("%s(%s) was taken", refusal->name, refusal->arguments);
        const char *message = lua_tostring(fake.lua, 2);
        if (strstr(message, refusal->words) == NULL || strstr(message, ".lua:") != NULL)
            fail_msg("%s(%s): %s", refusal->name, refusal->arguments, message);
    }
    fake_close(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_even_and_reach_both_ends),
        cmocka_unit_test(test_wide_ranges_are_even),
        cmocka_unit_test(test_elements_of_lists_are_even),
        cmocka_unit_test(test_weighted_elements_come_by_their_weights),
        cmocka_unit_test(test_booleans_are_even),
        cmocka_unit_test(test_uuids_are_unique_and_even),
        cmocka_unit_test(test_addresses_of_the_internet_use_every_octet),
        cmocka_unit_test(test_coordinates_nearby_lie_within_the_radius),
        cmocka_unit_test(test_prices_are_even_to_the_cent),
        cmocka_unit_test(test_some_names_have_a_prefix_or_a_suffix),
        cmocka_unit_test(test_wrong_arguments_are_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
