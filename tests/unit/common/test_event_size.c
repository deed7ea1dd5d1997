/* Sizes of events: what is understood, and that what is filled up has the size and is still what it was. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/workload/event_size.h"
#include "tests/unit/common/made.h"

static void rules_are_read(void **state)
{
    (void)state;
    struct event_size_rule rule;
    assert_true(event_size_parse("128B", &rule) && rule.kind == EVENT_SIZE_FIXED && rule.low == 128);
    assert_true(event_size_parse("1MiB", &rule) && rule.low == 1048576);
    assert_true(event_size_parse("300", &rule) && rule.low == 300);
    assert_true(event_size_parse("uniform:100:2KiB", &rule) && rule.kind == EVENT_SIZE_UNIFORM);
    assert_true(rule.low == 100 && rule.high == 2048);
    assert_true(event_size_parse("uniform:5:5", &rule) && rule.low == 5 && rule.high == 5);
    assert_true(event_size_parse("normal:1KiB:200B", &rule) && rule.kind == EVENT_SIZE_NORMAL);
    assert_true(rule.low == 1024 && rule.high == 200);
    assert_true(event_size_parse("normal:1KiB:0", &rule) && rule.high == 0);
}

static void what_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "0",
                                        "1048577",
                                        "2MiB",
                                        "-1",
                                        "uniform",
                                        "uniform:",
                                        "uniform:1",
                                        "uniform:9:8",
                                        "uniform:0:8",
                                        "uniform:1:2:3",
                                        "uniform:1:2MiB",
                                        "normal:5",
                                        "normal:0:5",
                                        "normal:5:-1",
                                        "128 B",
                                        "12.5B",
                                        "size:3",
                                        "128B:",
                                        "normal:1:2MiB"};
    struct event_size_rule rule = {.low = 77};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (event_size_parse(texts[i], &rule))
            fail_msg("\"%s\" was taken", texts[i]);
        assert_int_equal(rule.low, 77);
    }
}

static void fill(const char *rule_text, const char *text, char *out, size_t *length)
{
    struct event_size_rule rule;
    struct event event;
    assert_true(event_size_parse(rule_text, &rule));
    workload_t *sized = event_size_new(&rule, made_new(text, -1), 1, 0);
    sized->ops->begin(sized, 0, 1, 0);
    assert_true(sized->ops->next(sized, 0, &event));
    assert_memory_equal(event.key, "own", 3);
    memcpy(out, event.data, event.data_length);
    out[event.data_length] = '\0';
    *length = event.data_length;
    sized->ops->destroy(&sized);
}

static void an_object_gets_a_last_member(void **state)
{
    (void)state;
    char out[256];
    size_t length;
    fill("32B", "{\"a\":1}", out, &length);
    assert_string_equal(out, "{\"a\":1,\"padding\":\"xxxxxxxxxxxx\"}");
    assert_int_equal(length, 32);
    fill("20B", "{\"a\":1}", out, &length);
    assert_string_equal(out, "{\"a\":1,\"padding\":\"\"}"); /* the smallest that has one */
    fill("19B", "{\"a\":1}", out, &length);
    assert_string_equal(out, "{\"a\":1            }"); /* and what is less gets blanks */
    fill("18B", "{}", out, &length);
    assert_string_equal(out, "{\"padding\":\"xxxx\"}");
    fill("24B", " { \"a\":1 }\n", out, &length);
    assert_string_equal(out, " { \"a\":1 ,\"padding\":\"\"}\n");
    fill("25B", "{ }", out, &length);
    assert_string_equal(out, "{ \"padding\":\"xxxxxxxxxx\"}");
}

static void other_text_gets_blanks(void **state)
{
    (void)state;
    char out[256];
    size_t length;
    fill("8B", "a,b", out, &length);
    assert_string_equal(out, "a,b     ");
    fill("24B", "[1]", out, &length);
    assert_string_equal(out, "[1]                     ");
    fill("24B", "}", out, &length);
    assert_int_equal(length, 24);
    fill("3B", "", out, &length);
    assert_string_equal(out, "   ");
    fill("9B", " \n", out, &length);
    assert_string_equal(out, " \n       ");
}

static void what_is_larger_stays(void **state)
{
    (void)state;
    char out[256];
    size_t length;
    fill("8B", "{\"a\":1234567}", out, &length);
    assert_string_equal(out, "{\"a\":1234567}");
    fill("8B", "{\"a\":12}", out, &length);
    assert_string_equal(out, "{\"a\":12}");
}

static void data_and_key_are_never_filled_past_what_kinesis_takes(void **state)
{
    (void)state;
    static char out[EVENT_SIZE_MAX + 1];
    size_t length;
    fill("1MiB", "{\"a\":1}", out, &length);
    assert_int_equal(length, 1048576 - 3);
    json_t *read = json_loadb(out, length, 0, NULL);
    assert_int_equal(json_object_size(read), 2);
    json_decref(read);
}

/* Whatever the size, it is what was asked for, and JSON with the members it had. */
static void every_size_is_exact_and_json(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"a\":1}", "{}", "{\"a\":{\"b\":[1,2]},\"c\":\"}\"}", " {\n}\n"};
    for (size_t row = 0; row < sizeof texts / sizeof texts[0]; row++) {
        for (unsigned size = 40; size < 140; size++) {
            char rule[16], out[256];
            size_t length;
            snprintf(rule, sizeof rule, "%uB", size);
            fill(rule, texts[row], out, &length);
            assert_int_equal(length, size);
            json_t *before = json_loads(texts[row], 0, NULL), *after = json_loadb(out, length, 0, NULL);
            assert_non_null(after);
            json_object_del(after, "padding");
            assert_true(json_equal(before, after));
            json_decref(before);
            json_decref(after);
        }
    }
}

/* Mean and deviation of many sizes. */
static void draw(const char *text, double *mean, double *deviation, size_t *least, size_t *most)
{
    enum { DRAWS = 20000 };
    struct event_size_rule rule;
    assert_true(event_size_parse(text, &rule));
    workload_t *sized = event_size_new(&rule, made_new("{\"a\":1}", -1), 9, 0);
    double sum = 0, squares = 0;
    *least = SIZE_MAX;
    *most = 0;
    for (unsigned i = 0; i < DRAWS; i++) {
        struct event event;
        assert_true(sized->ops->next(sized, 0, &event));
        double length = (double)event.data_length;
        sum += length;
        squares += length * length;
        *least = event.data_length < *least ? event.data_length : *least;
        *most = event.data_length > *most ? event.data_length : *most;
    }
    sized->ops->destroy(&sized);
    *mean = sum / DRAWS;
    *deviation = sqrt(squares / DRAWS - *mean * *mean);
}

static void sizes_are_spread_as_they_are_asked_for(void **state)
{
    (void)state;
    double mean, deviation;
    size_t least, most;
    draw("uniform:100:199", &mean, &deviation, &least, &most);
    assert_true(least == 100 && most == 199);
    assert_true(fabs(mean - 149.5) < 1);        /* five standard errors */
    assert_true(fabs(deviation - 28.87) < 0.6); /* (199 - 100 + 1) / sqrt 12 */
    draw("normal:1000:100", &mean, &deviation, &least, &most);
    assert_true(fabs(mean - 1000) < 3.6);
    assert_true(fabs(deviation - 100) < 2.5);
    assert_true(least > 400 && most < 1600);
    draw("normal:100:1000", &mean, &deviation, &least, &most); /* half of it would be below nothing */
    assert_int_equal(least, 7);                                /* nothing is cut */
}

static void a_failure_is_handed_on(void **state)
{
    (void)state;
    struct event_size_rule rule;
    struct event event;
    assert_true(event_size_parse("64B", &rule));
    workload_t *sized = event_size_new(&rule, made_new("{}", 0), 3, 0);
    assert_false(sized->ops->next(sized, 0, &event));
    assert_string_equal(sized->ops->error(sized), "made.lua, line 3: no more");
    sized->ops->destroy(&sized);
    assert_null(sized);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_read),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(an_object_gets_a_last_member),
        cmocka_unit_test(other_text_gets_blanks),
        cmocka_unit_test(what_is_larger_stays),
        cmocka_unit_test(data_and_key_are_never_filled_past_what_kinesis_takes),
        cmocka_unit_test(every_size_is_exact_and_json),
        cmocka_unit_test(sizes_are_spread_as_they_are_asked_for),
        cmocka_unit_test(a_failure_is_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
