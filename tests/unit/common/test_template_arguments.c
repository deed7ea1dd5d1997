/* template - arguments of its functions, and the places of mistakes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/workload/template.h"
#include "tests/unit/common/workload_texts.h"

static void makes(const char *template, const char *expected)
{
    texts_expect(WORKLOAD_TEMPLATE, template, expected);
}

/* KDG hands what is no JSON to the function as one text; single quotes around it are ours. */
static void test_arguments_without_quotes_are_one_text(void **state)
{
    (void)state;
    makes("{{date.now(YYYY-MM-DD)}}", "2023-02-06");
    makes("{{ date.now( YYYY-MM-DD) }}", " 2023-02-06");
    makes("{{date.utc(MM/DD/YY, (YYYY))}}", "02/06/23, (2023)");
    makes("{{date.now('x')}} {{date.now(x)\n}}", "1675686126310 1675686126310");
    makes("{{helpers.slugify(foo bar)}}", "foo-bar");
    makes("{{helpers.slugify('foo bar')}}", "foo-bar");
    makes("{{helpers.slugify(true blue)}}", "true-blue");
    makes("{{helpers.slugify(it's 5 o'clock)}}", "its-5-oclock");
    makes("{{helpers.slugify(12 monkeys)}}", "12-monkeys");
    makes("{\"a\":{{helpers.slugify(a \xe2\x82\xac)}}}", "{\"a\":\"a-\"}");
    char *event = texts_first(WORKLOAD_TEMPLATE, "{{phone.phoneNumber(1-###-###-####)}}");
    unsigned a, b, c;
    int length = 0;
    assert_int_equal(sscanf(event, "1-%3u-%3u-%4u%n", &a, &b, &c, &length), 3);
    assert_int_equal(length, 14);
    free(event);
}

/* What JSON leaves open: whole numbers of any length, and that the last of two members counts. */
static void test_arguments_are_json(void **state)
{
    (void)state;
    makes("{{random.arrayElement([100000000000000000000])}}", "1e+20");
    makes("{{random.arrayElement([-9223372036854775809])}}", "-9.2233720368547758e+18");
    makes("[{{random.arrayElement([{\"a\":1,\"b\":{},\"a\":[true,{\"c\":null}]}])}}]",
          "[{\"a\":[true,{}],\"b\":{}}]");
    makes("{{random.number( \n {\"min\":7 ,\t\"max\": 7} ) }}", "7");
}

static void test_errors_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *template, *error;
        unsigned line, column;
    } cases[] = {
        {"{{random.nubmer(3)}}", "template:1:3: there is no random.nubmer; did you mean random.number?", 1,
         3},
        {"a\n\xe2\x82\xac {{ sensor.idd }}", "did you mean sensor.id?", 2, 6},
        {"{{qqqqqqqqqqqqq}}", "there is no qqqqqqqqqqqqq", 1, 3},
        {"{{}}", "the name of a function is missing", 1, 3},
        {"{{event.n", "'}}' is missing", 1, 10},
        {"{{event.n}", "'}}' is missing", 1, 10},
        {"{{event.n(}}", "is missing", 1, 11},
        {"{{zipf(10 20)}}", "',' or ')' is missing", 1, 11},
        {"{{walk(0, 1, x)}}", "a number, a string in double quotes", 1, 14},
        {"{{zipf(-1)}}", "zipf: n must be a number from 1 to", 1, 3},
        {"{{zipf(os.exit())}}", "zipf: n must be a number from 1 to", 1, 3},
        {"{{zipf(1e999)}}", "zipf: n must be a number from 1 to", 1, 3},
        {"{{phone.phoneNumbr(555-####)}}", "there is no phone.phoneNumbr; did you mean phone.phoneNumber?", 1,
         3},
        {"{{date.now(YYYY}} {{random.number(3)}}", "a number, a string in double quotes", 1, 12},
        {"{{random.arrayElement([\"a)}}", "a string without end", 1, 24},
        {"{{random.arrayElement([\"a\\\")}}", "a string without end", 1, 24},
        {"{{random.arrayElement(\n[\"a\nb\"])}}", "a control character in a string", 2, 4},
        {"{{random.arrayElement([\"\\q\"])}}", "no such escape", 1, 25},
        {"{{random.arrayElement([\"\\u12\"])}}", "no such escape", 1, 25},
        {"{{random.arrayElement([\"\\ud800\"])}}", "surrogates", 1, 24},
        {"{{random.arrayElement([\"\\u0000\"])}}", "\\u0000 has no place in a text", 1, 24},
        {"{{random.arrayElement([1,])}}", "is missing", 1, 26},
        {"{{random.arrayElement([01])}}", "is missing", 1, 24},
        {"{{random.arrayElement([1 \"a string of more than twenty\"])}}", "',' or ']' is missing", 1, 26},
        {"{{random.arrayElement([\"\xe2\x82\xac\", \xe2\x82\xac])}}", "is missing", 1, 29},
        {"{{random.arrayElement(['a'])}}", "a string in double quotes", 1, 24},
        {"{{random.arrayElement([anUnquotedWordThatIsLong])}}", "is missing", 1, 24},
        {"{{random.arrayElement([1e999])}}", "too large", 1, 24},
        {"{{random.arrayElement([null])}}", "null can't be in a list", 1, 23},
        {"{{random.arrayElement([1", "',' or ']' is missing", 1, 25},
        {"{{random.number({\"a\" 1})}}", "':' is missing", 1, 22},
        {"{{random.number({min: 1})}}", "a name in double quotes is missing", 1, 18},
        {"{{random.number({\"a\": 1 \"b\": 2})}}", "',' or '}' is missing", 1, 25},
        {"{{random.number({\"min\": 1, \"max\": })}}", "is missing", 1, 35},
        {"{{lorem.slug(\"a\"b)}}", "',' or ')' is missing", 1, 17},
        {"ok \xff", "not UTF-8", 1, 4},
        {"\xed\xa0\x80", "not UTF-8", 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct workload_source source = texts_source(WORKLOAD_TEMPLATE, cases[i].template);
        struct template_place place;
        char error[WORKLOAD_ERROR_MAX];
        assert_false(template_check(&source, error, &place));
        if (strstr(error, cases[i].error) == NULL || place.line != cases[i].line ||
            place.column != cases[i].column)
            fail_msg("%s: %u:%u: %s", cases[i].template, place.line, place.column, error);
    }
    struct workload_source good = texts_source(WORKLOAD_TEMPLATE, "{{event.n}}");
    struct template_place place;
    char error[WORKLOAD_ERROR_MAX];
    assert_true(template_check(&good, error, &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_without_quotes_are_one_text),
        cmocka_unit_test(test_arguments_are_json),
        cmocka_unit_test(test_errors_name_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
