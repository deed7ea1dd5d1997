#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/rng.h"
#include "common/workload/template.h"
#include "tests/unit/common/workload_texts.h"

#include <math.h>

static void makes(const char *template, const char *expected)
{
    texts_expect(WORKLOAD_TEMPLATE, template, expected);
}

/* The template that AWS publishes with its enrichment sample, unchanged: what KDG's documentation promises.
 */
static void test_published_template_runs_unchanged(void **state)
{
    (void)state;
    workload_t *workload = texts_open(WORKLOAD_TEMPLATE,
                                      "{\"sensorId\": {{random.number(100000)}}, \"temperature\": "
                                      "{{random.number({\"min\":10,\"max\":150})}}, "
                                      "\"status\": \"{{random.arrayElement([\"OK\",\"FAIL\",\"WARN\"])}}\", "
                                      "\"timestamp\": \"{{date.now(\"x\")}}\"}",
                                      42);
    workload->ops->begin(workload, 3, 3000, texts_now_ms);
    unsigned ok = 0, cold = 0;
    for (uint32_t i = 0; i < 3000; i++) {
        struct event event;
        assert_true(workload->ops->next(workload, i, &event));
        json_t *read = json_loadb(event.data, event.data_length, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(read);
        assert_in_range(json_integer_value(json_object_get(read, "sensorId")), 0, 100000);
        assert_in_range(json_integer_value(json_object_get(read, "temperature")), 10, 150);
        assert_string_equal(json_string_value(json_object_get(read, "timestamp")), "1675686126310");
        const char *status = json_string_value(json_object_get(read, "status"));
        assert_true(strcmp(status, "OK") == 0 || strcmp(status, "FAIL") == 0 || strcmp(status, "WARN") == 0);
        ok += strcmp(status, "OK") == 0;
        cold += json_integer_value(json_object_get(read, "temperature")) < 80;
        assert_in_range(event.key_length, 38, 41); /* uuid, underscore, number */
        assert_int_equal(strtoul(event.key + 37, NULL, 10), i);
        json_decref(read);
    }
    assert_in_range(ok, 850, 1150);    /* a third; four standard deviations are 103 */
    assert_in_range(cold, 1380, 1600); /* 70 of 141 values */
    workload->ops->destroy(&workload);
}

static void test_ids_and_numbers_of_ours(void **state)
{
    (void)state;
    workload_t *workload =
        texts_open(WORKLOAD_TEMPLATE, "{{sensor.id}} {{ user.id }} {{event.n}} {{run.id}} {{event.n()}}", 1);
    for (unsigned batch = 0; batch < 3; batch++) {
        workload->ops->begin(workload, batch, 20, texts_now_ms);
        for (uint32_t i = 0; i < 20; i++) {
            struct event event;
            assert_true(workload->ops->next(workload, i, &event));
            char expected[256];
            snprintf(expected, sizeof expected, "%.*s %.36s %u 77 %u", (int)event.key_length, event.key,
                     event.key, batch * 20 + i + 1, batch * 20 + i + 1);
            assert_int_equal(event.data_length, strlen(expected));
            assert_memory_equal(event.data, expected, event.data_length);
        }
    }
    workload->ops->destroy(&workload);
}

/* The sensors of a template have the names that those of the built-in workload have. */
static void test_sensors_have_the_names_they_always_have(void **state)
{
    (void)state;
    workload_t *template = texts_open(WORKLOAD_TEMPLATE, "x", 5);
    workload_t *sensor = sensor_new(5, 0);
    template->ops->begin(template, 9, 1200, texts_now_ms);
    sensor->ops->begin(sensor, 9, 1200, texts_now_ms);
    for (uint32_t i = 0; i < 1200; i++) {
        struct event one, two;
        assert_true(template->ops->next(template, i, &one));
        assert_true(sensor->ops->next(sensor, i, &two));
        assert_int_equal(one.key_length, two.key_length);
        assert_memory_equal(one.key, two.key, one.key_length);
    }
    template->ops->destroy(&template);
    sensor->ops->destroy(&sensor);
}

static void test_values_fit_where_they_stand(void **state)
{
    (void)state;
    /* in a JSON string: escaped */
    makes("{\"a\":\"{{random.arrayElement([\"q\\\" b\\\\ n\\n t\\u0001 \\u20ac \\ud83d\\ude00\"])}}\"}",
          "{\"a\":\"q\\\" b\\\\ n\\n t\\u0001 \xe2\x82\xac \xf0\x9f\x98\x80\"}");
    /* a long one, with what needs care at its very end */
    makes("{\"a\":\"{{random.arrayElement([\"0123456789abcdefghij\\\"\"])}}\"}",
          "{\"a\":\"0123456789abcdefghij\\\"\"}");
    /* outside of one: numbers, words and numbers in text are bare, other text gets quotes */
    makes("{\"a\":{{random.arrayElement([12])}},\"b\":{{random.arrayElement([-0.5])}}}",
          "{\"a\":12,\"b\":-0.5}");
    makes("[{{random.arrayElement([true])}},{{random.arrayElement([\"x\"])}},{{random.arrayElement([\"200\"])"
          "}},"
          "{{random.arrayElement([\"007\"])}},{{random.arrayElement([\"it's\"])}}]",
          "[true,\"x\",200,\"007\",\"it's\"]");
    makes("{\"a\":{{random.arrayElement([[1,\"b\"]])}},\"b\":\"{{random.arrayElement([[\"c\"]])}}\"}",
          "{\"a\":[1,\"b\"],\"b\":\"[\\\"c\\\"]\"}");
    makes("[1] {\"a\":{{random.arrayElement([\"x\"])}}}\n",
          "[1] {\"a\":\"x\"}\n"); /* one JSON after the other */
    makes("{\"a\":\"\\u0000\",\"b\":{{random.arrayElement([\"x\"])}}}", "{\"a\":\"\\u0000\",\"b\":\"x\"}");
    /* in text that is no JSON: as they are */
    makes(
        "GET \"{{random.arrayElement([\"a\\\"b\"])}}\" }} {{random.arrayElement([\"x\"])}}, {not {{event.n}}",
        "GET \"a\"b\" }} x, {not 1");
    makes("{\"a\": {{random.arrayElement([3])}}.{{random.arrayElement([14])}}}", "{\"a\": 3.14}");
    makes("{{{event.n}}} {{{{event.n}}", "{1} {{1");
    makes("", "");
    makes("{}", "{}");
}

static void test_numbers_are_printed_as_they_are(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0",          "7",        "99",        "100",
        "999",        "1000",     "9999",      "10000",
        "65536",      "99999",    "100000",    "999999",
        "1000000",    "12345678", "123456789", "1675686126310",
        "-1",         "-1000000", "0.5",       "1.25",
        "99.99",      "0.0001",   "-17.5",     "0.1",
        "123456.789", "1e+20",    "1.5e-07",   "3.1415926535897931"}; /* clang-format would be no better */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char template[128];
        snprintf(template, sizeof template, "{{random.arrayElement([%s])}}", numbers[i]);
        char *event = texts_first(WORKLOAD_TEMPLATE, template);
        assert_true(strtod(event, NULL) == strtod(numbers[i], NULL));
        assert_true(strlen(event) <= strlen(numbers[i]));
        free(event);
    }
}

/* A function of Lua sees at most 60 variables of others: however many expressions there are of each kind, all
 * do. */
static void test_many_functions_of_each_kind(void **state)
{
    (void)state;
    static const char *const kinds[] = {"{{date.now(\"x\")}}", "{{random.number(9)}}", "{{event.n}}",
                                        "{{sensor.id}}"};
    enum { KINDS = sizeof kinds / sizeof *kinds, EACH = 250 };
    for (size_t first = 0; first < KINDS; first++) {
        char *text = calloc(1, WORKLOAD_TEXT_MAX + 1), *at = text;
        assert_non_null(text);
        for (size_t i = 0; i < KINDS * EACH; i++) {
            const char *kind = kinds[(first + i / EACH) % KINDS];
            memcpy(at, kind, strlen(kind));
            at += strlen(kind);
        }
        char *event = texts_first(WORKLOAD_TEMPLATE, text);
        assert_null(strstr(event, "{{"));
        assert_true(strlen(event) >= EACH * (13 + 1 + 1 + 38));
        free(event);
        free(text);
    }
}

static void test_too_much_is_refused(void **state)
{
    (void)state;
    char error[WORKLOAD_ERROR_MAX];
    char *text = calloc(1, WORKLOAD_TEXT_MAX + 2);
    assert_non_null(text);
    for (size_t i = 0; i < 1001; i++)
        memcpy(text + i * 11, "{{event.n}}", 11);
    assert_non_null(
        strstr(texts_refused(WORKLOAD_TEMPLATE, text, error), "template:1:11001: more than 1000"));
    text[1000 * 11] = '\0';
    workload_t *workload = texts_open(WORKLOAD_TEMPLATE, text, 1);
    workload->ops->begin(workload, 1, 1, texts_now_ms);
    char *event = texts_next(workload, 0);
    assert_int_equal(strlen(event), 1000);
    free(event);
    workload->ops->destroy(&workload);
    memset(text, 'x', WORKLOAD_TEXT_MAX + 1);
    assert_non_null(strstr(texts_refused(WORKLOAD_TEMPLATE, text, error), "at most 262144 are allowed"));
    text[WORKLOAD_TEXT_MAX] = '\0';
    texts_expect(WORKLOAD_TEMPLATE, text, text);
    static const int depths[] = {101, 100000}; /* one too many for us, and for who reads it */
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        snprintf(text, WORKLOAD_TEXT_MAX, "{{random.arrayElement(%*s1%*s)}}", depths[i], "", depths[i], "");
        memset(text + 22, '[', (size_t)depths[i]);
        memset(text + 22 + depths[i] + 1, ']', (size_t)depths[i]);
        assert_non_null(strstr(texts_refused(WORKLOAD_TEMPLATE, text, error), "nested too deep"));
    }
    free(text);
}

/* Text of a template never becomes Lua, whatever it looks like. */
static void test_templates_are_not_code(void **state)
{
    (void)state;
    static const char *const texts[] = {"\") error(\"out\") --",
                                        "]] error('out') --[[",
                                        "\\\") os.exit() --",
                                        "\n\r\t\b\f end end end",
                                        "%s %d %n",
                                        "]==]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        makes(texts[i], texts[i]);
}

/* --- Distributions */

static double *sample(const char *template, size_t count)
{
    workload_t *workload = texts_open(WORKLOAD_TEMPLATE, template, 4711);
    double *values = calloc(count, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++) {
        if (i % 1000 == 0)
            workload->ops->begin(workload, 0, 1000, texts_now_ms);
        char *event = texts_next(workload, (uint32_t)(i % 1000));
        values[i] = strtod(event, NULL);
        free(event);
    }
    workload->ops->destroy(&workload);
    return values;
}

static void moments(const double *values, size_t count, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    *mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - *mean) * (values[i] - *mean);
    *deviation = sqrt(squares / (double)count);
}

static void test_normal_and_exponential(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    double mean, deviation;
    double *values = sample("{{normal(50, 5)}}", COUNT);
    moments(values, COUNT, &mean, &deviation);
    assert_true(fabs(mean - 50) < 0.2 && fabs(deviation - 5) < 0.15);
    size_t within = 0;
    for (size_t i = 0; i < COUNT; i++)
        within += fabs(values[i] - 50) < 5;
    assert_in_range(within, 13300, 14000); /* 68.27 % are 13,654 */
    free(values);
    values = sample("{{exponential(20)}}", COUNT);
    moments(values, COUNT, &mean, &deviation);
    assert_true(fabs(mean - 20) < 0.8 && fabs(deviation - 20) < 1.2);
    free(values);
    values = sample("{{normal(0, 1, 1)}}", 500);
    for (size_t i = 0; i < 500; i++)
        assert_true(fabs(values[i] * 10 - round(values[i] * 10)) < 1e-9);
    free(values);
}

/* Chi-square over ten values of Zipf's law: below 27.88 in 999 of 1,000 cases (9 degrees of freedom). */
static void test_zipf(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    double *values = sample("{{zipf(10, 1.2)}}", COUNT);
    double seen[11] = {0}, sum = 0, chi = 0;
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(values[i] >= 1 && values[i] <= 10 && values[i] == floor(values[i]));
        seen[(size_t)values[i]]++;
    }
    for (int k = 1; k <= 10; k++)
        sum += pow(k, -1.2);
    for (int k = 1; k <= 10; k++) {
        double expected = COUNT * pow(k, -1.2) / sum;
        chi += (seen[k] - expected) * (seen[k] - expected) / expected;
    }
    assert_true(chi < 27.88);
    free(values);
}

static void test_walk_is_each_sensors_own(void **state)
{
    (void)state;
    workload_t *workload = texts_open(WORKLOAD_TEMPLATE, "{{walk(10, 20, 0.5)}}", 1);
    double last[2][20] = {{0}};
    bool moved = false;
    for (unsigned turn = 0; turn < 200; turn++) {
        for (unsigned user = 0; user < 2; user++) {
            workload->ops->begin(workload, user, 20, texts_now_ms);
            for (uint32_t i = 0; i < 20; i++) {
                char *event = texts_next(workload, i);
                double value = strtod(event, NULL);
                assert_true(value >= 10 && value <= 20);
                if (turn > 0)
                    assert_true(fabs(value - last[user][i]) <=
                                0.5 + 0.0101); /* both are rounded to hundredths */
                moved |= turn > 0 && value != last[user][i];
                last[user][i] = value;
                free(event);
            }
        }
    }
    assert_true(moved);
    workload->ops->destroy(&workload);
}

/* --- Any JSON template gives JSON */

static void append(char *text, size_t room, const char *more)
{
    size_t length = strlen(text);
    assert_true(length + strlen(more) < room);
    snprintf(text + length, room - length, "%s", more);
}

static const char *expression(struct rng *rng)
{
    static const char *const expressions[] = {
        "{{random.number(100)}}",
        "{{random.arrayElement([\"a\\\"b\",\"c\\\\\",\"\\u0007\",\"\",\"12\",\"1e\"])}}",
        "{{event.n}}",
        "{{ sensor.id }}",
        "{{random.arrayElement([true,1.5,\"nul\",{\"k\":[1,\"v\"]}])}}",
        "{{normal(0,1000)}}",
        "{{date.now(\"x\")}}",
        "{{run.id}}",
        "{{user.id}}",
        "{{walk(0,1,0.1)}}",
        "{{random.uuid}}",
        "{{lorem.sentence}}",
        "{{name.findName}}"};
    return expressions[rng_below(rng, sizeof expressions / sizeof *expressions)];
}

static void random_json(struct rng *rng, unsigned depth, char *text, size_t room)
{
    static const char *const pieces[] = {"x",        " ",  "\\\"", "\\\\", "\\u00e9",
                                         "\xc3\xa9", "}}", "{ {",  "\\n",  "'"};
    unsigned kind = rng_below(rng, depth >= 3 ? 3 : 5);
    if (kind == 0) {
        append(text, room, expression(rng));
    } else if (kind == 1) {
        append(text, room, "\"");
        for (uint32_t i = rng_below(rng, 6); i > 0; i--)
            append(text, room, rng_below(rng, 2) == 0 ? expression(rng) : pieces[rng_below(rng, 10)]);
        append(text, room, "\"");
    } else if (kind == 2) {
        static const char *const values[] = {"null", "true", "-1.5e3", "0", "{}", "[ ]"};
        append(text, room, values[rng_below(rng, 6)]);
    } else {
        append(text, room, kind == 3 ? "[" : "{\n");
        for (uint32_t i = rng_below(rng, 4); i > 0; i--) {
            if (kind == 4) {
                append(text, room, "\"k");
                append(text, room, rng_below(rng, 2) == 0 ? expression(rng) : "");
                append(text, room, "\" : ");
            }
            random_json(rng, depth + 1, text, room);
            append(text, room, i > 1 ? "," : " ");
        }
        append(text, room, kind == 3 ? "]" : "}");
    }
}

static void test_json_templates_give_json(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 2026, 0);
    static char text[65536];
    for (unsigned round = 0; round < 60; round++) {
        snprintf(text, sizeof text, "[");
        random_json(&rng, 0, text, sizeof text);
        append(text, sizeof text, "]");
        workload_t *workload = texts_open(WORKLOAD_TEMPLATE, text, round);
        workload->ops->begin(workload, round, 40, texts_now_ms);
        for (uint32_t i = 0; i < 40; i++) {
            struct event event;
            assert_true(workload->ops->next(workload, i, &event));
            json_error_t why;
            json_t *read = json_loadb(event.data, event.data_length, 0, &why);
            if (read == NULL)
                fail_msg("%s\ngave %.*s\n%s", text, (int)event.data_length, event.data, why.text);
            json_decref(read);
        }
        workload->ops->destroy(&workload);
    }
}

static void test_same_seed_same_events(void **state)
{
    (void)state;
    const char *text = "{{random.number(1000000)}} {{normal(0,1)}} {{walk(0,1,0.1)}}";
    workload_t *a = texts_open(WORKLOAD_TEMPLATE, text, 3), *b = texts_open(WORKLOAD_TEMPLATE, text, 3);
    workload_t *c = texts_open(WORKLOAD_TEMPLATE, text, 4);
    unsigned same_as_c = 0;
    for (unsigned batch = 0; batch < 5; batch++) {
        a->ops->begin(a, 1, 300, texts_now_ms);
        b->ops->begin(b, 1, 300, texts_now_ms);
        c->ops->begin(c, 1, 300, texts_now_ms);
        for (uint32_t i = 0; i < 300; i++) {
            char *one = texts_next(a, i), *two = texts_next(b, i), *three = texts_next(c, i);
            assert_string_equal(one, two);
            same_as_c += strcmp(one, three) == 0;
            free(one);
            free(two);
            free(three);
        }
    }
    assert_int_equal(same_as_c, 0);
    a->ops->destroy(&a);
    b->ops->destroy(&b);
    c->ops->destroy(&c);
}

static void count_function(void *user, const char *name, const char *arguments, const char *help)
{
    unsigned *count = user;
    assert_non_null(strchr(name, '.') != NULL ? name : strstr("exponential normal walk zipf", name));
    assert_non_null(arguments);
    assert_true(strlen(help) > 5);
    (*count)++;
}

static void test_functions_are_listed(void **state)
{
    (void)state;
    unsigned count = 0;
    template_functions(count_function, &count);
    assert_true(count > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_template_runs_unchanged),
        cmocka_unit_test(test_ids_and_numbers_of_ours),
        cmocka_unit_test(test_sensors_have_the_names_they_always_have),
        cmocka_unit_test(test_values_fit_where_they_stand),
        cmocka_unit_test(test_numbers_are_printed_as_they_are),
        cmocka_unit_test(test_many_functions_of_each_kind),
        cmocka_unit_test(test_too_much_is_refused),
        cmocka_unit_test(test_templates_are_not_code),
        cmocka_unit_test(test_normal_and_exponential),
        cmocka_unit_test(test_zipf),
        cmocka_unit_test(test_walk_is_each_sensors_own),
        cmocka_unit_test(test_json_templates_give_json),
        cmocka_unit_test(test_same_seed_same_events),
        cmocka_unit_test(test_functions_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
