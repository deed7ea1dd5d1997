#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/common/fake_lua.h"

#include <stdlib.h>
#include <time.h>

struct example {
    double ms;
    const char *format, *text;
};

/* Times in comments; texts by hand from the documentation of moment.js. The first three formats are those of
 * KDG's help, which shows Z as moment.js 1 printed it, without the colon. */
static const struct example examples[] = {
    {1266161150000, "dddd, MMMM Do YYYY, h:mm:ss a",
     "Sunday, February 14th 2010, 3:25:50 pm"}, /* 2010-02-14 15:25:50 */
    {1266161150000, "ddd, hA", "Sun, 3PM"},
    {1247602342000, "DD/MMM/YYYY:HH:mm:ss Z", "14/Jul/2009:20:12:22 +00:00"}, /* 2009-07-14 20:12:22 */
    {1247602342000, "[DD] \\M\\Do [at the] D", "DD MDo at the 14"},
    {1247602342000, "[YYYY-[MM", "[2009-[07"},
    {1247602342000, "[a]b] c", "a]b c"},
    {1247602342000, "T'n\xc3\xa4\xe2\x82\xac,;", "T'n\xc3\xa4\xe2\x82\xac,;"},
    {1247602342000, "ZZ z zz", "+0000 UTC Coordinated Universal Time"},
    {1247602342000, "Q Qo", "3 3rd"},
    {1247602342000, "YYYYY YYYYYY Y", "02009 +002009 2009"},
    {1247602342000, "k kk Hmm Hmmss hmm hmmss", "20 20 2012 201222 812 81222"},
    {1247602342000, "LT|LTS|L|LL|LLL|LLLL",
     "8:12 PM|8:12:22 PM|07/14/2009|July 14, 2009|July 14, 2009 8:12 PM|Tuesday, July 14, 2009 8:12 PM"},
    {1247602342000, "l|ll|lll|llll", "7/14/2009|Jul 14, 2009|Jul 14, 2009 8:12 PM|Tue, Jul 14, 2009 8:12 PM"},
    {1247602342000, "YYYYMMDDHHmmss", "20090714201222"},
    {1247602342042, "S SS SSS SSSS SSSSSSSSS X x", "0 04 042 0420 042000000 1247602342 1247602342042"},
    {1247602342987, "ss.SSS", "22.987"},
    {0, "k kk h hh a A E e d dd do", "24 24 12 12 am AM 4 4 4 Th 4th"}, /* 1970-01-01 */
    {0, "X SSS", "0 000"},
    {-1, "YYYY-MM-DD HH:mm:ss.SSS X", "1969-12-31 23:59:59.999 -1"},
    {1325376000000, "w ww wo gggg gg W WW Wo GGGG GG",
     "1 01 1st 2012 12 52 52 52nd 2011 11"},                                    /* Sunday 2012-01-01 */
    {1325289600000, "w gggg W GGGG", "53 2011 52 2011"},                        /* Saturday 2011-12-31 */
    {1546128000000, "w gggg W GGGG ggggg GGGGG", "1 2019 52 2018 02019 02018"}, /* Sunday 2018-12-30 */
    {1609459200000, "w gggg W GGGG", "1 2021 53 2020"},                         /* Friday 2021-01-01 */
    {1735603200000, "DDD DDDo DDDD", "366 366th 366"},                          /* 2024-12-31 */
    {1704067200000, "DDD DDDo DDDD Mo", "1 1st 001 1st"},                       /* 2024-01-01 */
};

/* moment.js takes all up to the last ] before another [ as bracketed. */
static void test_formats_are_those_of_moment(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1);
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char quoted[256];
        snprintf(quoted, sizeof quoted, "[==[%s]==]", examples[i].format);
        fake.now_ms = examples[i].ms;
        fake_must_bind(&fake, "date.utc", quoted);
        const char *text = fake_text(&fake);
        if (strcmp(text, examples[i].text) != 0)
            fail_msg("%s: %s, not %s", examples[i].format, text, examples[i].text);
    }
    fake_close(&fake);
}

static const char *ordinal_ending(int value)
{
    if (value % 100 >= 11 && value % 100 <= 13)
        return "th";
    return value % 10 == 1 ? "st" : value % 10 == 2 ? "nd" : value % 10 == 3 ? "rd" : "th";
}

/* What the C library says of the same moment. */
static void expect(char *out, size_t room, time_t second, int milli)
{
    struct tm tm;
    char first[128], last[64];
    assert_non_null(gmtime_r(&second, &tm));
    strftime(first, sizeof first, "%Y|%m|%B|%b|%d|%j|%A|%a|%u|%w|%H|%I|%M|%S|%p", &tm);
    strftime(last, sizeof last, "%V|%G", &tm);
    snprintf(out, room, "%s|%s|%02d|%d|%d%s|%d|%d|%03d|%lld%03d", first, last, tm.tm_year % 100,
             tm.tm_mon + 1, tm.tm_mday, ordinal_ending(tm.tm_mday), tm.tm_hour, (tm.tm_hour + 11) % 12 + 1,
             milli, (long long)second, milli);
}

static const char fields[] = "YYYY|MM|MMMM|MMM|DD|DDDD|dddd|ddd|E|d|HH|hh|mm|ss|A|WW|GGGG|YY|M|Do|H|h|SSS|x";

/* One printer follows the clock through days, forwards and backwards, of the years 1971 to 2199. */
static void test_dates_agree_with_the_c_library(void **state)
{
    (void)state;
    struct fake fake;
    char arguments[256], expected[256];
    struct rng rng;
    rng_init(&rng, 77, 0);
    fake_open(&fake, 1);
    snprintf(arguments, sizeof arguments, "'%s'", fields);
    fake_must_bind(&fake, "date.now", arguments);
    for (int i = 0; i < 20000; i++) {
        time_t second = 31536000 + (time_t)rng_below(&rng, 84000) * 86400 + (time_t)rng_below(&rng, 86400);
        if (i % 4 == 0)
            second -= second % 86400; /* midnight */
        else if (i % 4 == 1)
            second += 86399 - second % 86400;
        int milli = (int)rng_below(&rng, 1000);
        fake.now_ms = (double)second * 1000 + milli;
        expect(expected, sizeof expected, second, milli);
        assert_string_equal(fake_text(&fake), expected);
    }
    fake_close(&fake);
}

/* The American week, counted day by day: it begins on Sunday, and the one with January 1 is the first. */
static void test_weeks_begin_on_sunday(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1);
    fake_must_bind(&fake, "date.utc", "'w gggg'");
    int week = 1, year = 2000; /* of Saturday 2000-01-01 */
    for (time_t day = 10957; day < 10957 + 40 * 366; day++) {
        time_t second = day * 86400, saturday = second + 6 * 86400;
        struct tm tm, end;
        char expected[32];
        gmtime_r(&second, &tm);
        gmtime_r(&saturday, &end);
        if (tm.tm_wday == 0) {
            week = end.tm_year + 1900 == year ? week + 1 : 1;
            year = end.tm_year + 1900;
        }
        fake.now_ms = (double)second * 1000;
        snprintf(expected, sizeof expected, "%d %d", week, year);
        assert_string_equal(fake_text(&fake), expected);
    }
    fake_close(&fake);
}

/* Fractions move within a second, whole seconds once in one; many of them in a format as well. */
static void test_a_printer_keeps_pace_with_the_clock(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1);
    fake_must_bind(&fake, "date.now", "'[<]ss[>]SSS[ms] S x'");
    for (int ms = 0; ms < 5000; ms += 7) {
        char expected[64];
        snprintf(expected, sizeof expected, "<%02d>%03dms %d 1700000%03d%03d", (20 + ms / 1000) % 60,
                 ms % 1000, ms / 100 % 10, ms / 1000, ms % 1000);
        fake.now_ms = 1700000000000.0 + ms; /* 22:13:20 */
        assert_string_equal(fake_text(&fake), expected);
    }
    fake_close(&fake);
}

static double parse_iso(const char *text)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    assert_non_null(rest);
    assert_int_equal(rest[0], '.');
    assert_string_equal(rest + 4, "Z");
    return (double)timegm(&tm) * 1000 + (double)strtol(rest + 1, NULL, 10);
}

struct interval {
    const char *name, *arguments;
    double from, to; /* milliseconds, both included */
};

#define DAY 86400000.0
#define NOW 1709164799999.0

static const struct interval intervals[] = {
    {"date.past", "", NOW - 365 * DAY, NOW - 1000},
    {"date.past", "10", NOW - 3650 * DAY, NOW - 1000},
    {"date.past", "1, '2001-01-01T00:00:00Z'", 978307200000 - 365 * DAY, 978307200000 - 1000},
    {"date.past", "1, 978307200000", 978307200000 - 365 * DAY, 978307200000 - 1000},
    {"date.future", "", NOW + 1000, NOW + 365 * DAY},
    {"date.future", "0.01, '2001-01-01 01:30:00.5+01:30'", 978307200500 + 1000, 978307200500 + 3.65 * DAY},
    {"date.recent", "", NOW - DAY, NOW - 1000},
    {"date.recent", "30", NOW - 30 * DAY, NOW - 1000},
    {"date.recent", "0.001", NOW - 86400, NOW - 1000}, /* the second before now is left out */
    {"date.between", "'2024-02-28', '2024-03-01T12:00'", 1709078400000, 1709294400000},
    {"date.between", "'1900-01-01', '2100-12-31T23:59:59.999-0100'", -2208988800000, 4133984399999},
};

/* Within the interval, and a hundredth of it at either end is reached. */
static void test_random_dates_fill_their_interval(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 21);
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        const struct interval *interval = &intervals[i];
        fake_must_bind(&fake, interval->name, interval->arguments);
        double low = INFINITY, high = -INFINITY;
        for (int draw = 0; draw < 3000; draw++) {
            double ms = parse_iso(fake_text(&fake));
            low = fmin(low, ms);
            high = fmax(high, ms);
        }
        double end = (interval->to - interval->from) / 100;
        if (low < interval->from || high > interval->to || low > interval->from + end ||
            high < interval->to - end)
            fail_msg("%s(%s): from %f to %f", interval->name, interval->arguments, low, high);
    }
    fake_must_bind(&fake, "date.between", "'2024-02-29T23:59:59.999Z', '2024-03-01'");
    unsigned seen = 0;
    for (int draw = 0; draw < 100; draw++)
        seen |= parse_iso(fake_text(&fake)) == 1709251200000 ? 1U : 2U;
    assert_int_equal(seen, 3); /* both ends are included */
    fake_close(&fake);
}

static void test_times_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "'2024'",
        "'2024-13-01'",
        "'2024-00-01'",
        "'2024-01-00'",
        "'2024-04-31'",
        "'1900-02-29'",
        "'2024-01-01T24:00'",
        "'2024-01-01T12:60'",
        "'2024-01-01T12:00:60'",
        "'2024-01-01T12'",
        "'2024-01-01Z'",
        "'2024-01-01T12:00 '",
        "'2024-01-01T12:00+1'",
        "'2024-01-01T12:00+24:00'",
        "'01/02/2024'",
        "''",
        "1e15",
        "0/0",
        "true",
        "{}",
        "'2024-01-01T12:00:00.'",
    };
    struct fake fake;
    fake_open(&fake, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "1, %s", wrong[i]);
        if (fake_bind(&fake, "date.past", arguments))
            fail_msg("%s was taken", wrong[i]);
        assert_non_null(strstr(lua_tostring(fake.lua, 2), "refDate is "));
    }
    fake_must_bind(&fake, "date.past", "1, '2000-02-29T23:59:59.999999999Z'");
    fake_must_bind(&fake, "date.past", "1, '0002-01-02'");
    fake_close(&fake);
}

static void test_an_empty_format_is_the_default(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1);
    fake_must_bind(&fake, "date.utc", "''");
    assert_string_equal(fake_text(&fake), "2024-02-28T23:59:59Z");
    fake_close(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats_are_those_of_moment),
        cmocka_unit_test(test_dates_agree_with_the_c_library),
        cmocka_unit_test(test_weeks_begin_on_sunday),
        cmocka_unit_test(test_a_printer_keeps_pace_with_the_clock),
        cmocka_unit_test(test_random_dates_fill_their_interval),
        cmocka_unit_test(test_times_that_are_none_are_refused),
        cmocka_unit_test(test_an_empty_format_is_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
