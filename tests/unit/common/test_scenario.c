#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/workload/events.h"
#include "common/workload/scenario.h"
#include "tests/unit/common/workload_texts.h"

#include <unistd.h>

static char *read_file(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/../workloads/%s", TESTS_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, WORKLOAD_TEXT_MAX + 1);
    assert_non_null(text);
    assert_true(fread(text, 1, WORKLOAD_TEXT_MAX, file) > 0);
    fclose(file);
    return text;
}

/* The scenario that we ship makes what the built-in workload makes, byte for byte. */
static void test_sensor_scenario_is_the_built_in_workload(void **state)
{
    (void)state;
    char *text = read_file("sensor.lua");
    struct workload_source source = texts_source(WORKLOAD_SCENARIO, text);
    static const struct {
        uint64_t seed, stream;
    } cases[] = {{0, 0}, {42, 0}, {42, 1}, {UINT64_MAX, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[WORKLOAD_ERROR_MAX];
        workload_t *scenario = texts_try(&source, cases[i].seed, cases[i].stream, error);
        workload_t *sensor = sensor_new(cases[i].seed, cases[i].stream);
        assert_non_null(scenario);
        for (unsigned batch = 0; batch < 6; batch++) {
            uint32_t count = batch % 3 == 0 ? 1 : batch % 3 == 1 ? 300 : 1100;
            scenario->ops->begin(scenario, batch % 5, count, texts_now_ms + batch);
            sensor->ops->begin(sensor, batch % 5, count, texts_now_ms + batch);
            for (uint32_t k = 0; k < count; k++) {
                struct event one, two;
                if (!scenario->ops->next(scenario, k, &one))
                    fail_msg("%s", scenario->ops->error(scenario));
                assert_true(sensor->ops->next(sensor, k, &two));
                assert_int_equal(one.data_length, two.data_length);
                assert_memory_equal(one.data, two.data, one.data_length);
                assert_int_equal(one.key_length, two.key_length);
                assert_memory_equal(one.key, two.key, one.key_length);
            }
        }
        scenario->ops->destroy(&scenario);
        sensor->ops->destroy(&sensor);
    }
    free(text);
}

static void makes(const char *body, const char *expected)
{
    char text[2048];
    snprintf(text, sizeof text, "return { reading = function(sensor_id, n, user) %s end }", body);
    texts_expect(WORKLOAD_SCENARIO, text, expected);
}

static void test_readings_become_json(void **state)
{
    (void)state;
    makes("return { b = 1, a = 'x\"y', c = { 1, 2.5, 'z', true }, d = { e = {} } }",
          "{\"a\":\"x\\\"y\",\"b\":1,\"c\":[1,2.5,\"z\",true],\"d\":{\"e\":{}}}");
    makes("return 'any text ' .. n", "any text 1");
    makes("return { a = 0 / 0, b = 1e300, c = 0.1, d = now.ms(), e = '\\255' }",
          "{\"a\":null,\"b\":1e+300,\"c\":0.1,\"d\":1675686126310,\"e\":\"\\ufffd\"}");
    makes("return { a = fake('random.arrayElement', { 'only' })() }", "{\"a\":\"only\"}");
    texts_expect(WORKLOAD_SCENARIO,
                 "return { fields = { 'z', 'a', 'none', 'q\"' }, decimals = { a = 3, z = 0 },\n"
                 "reading = function() return { a = 1.5, z = 7.6, ['q\"'] = { 1 }, unnamed = 1 } end }",
                 "{\"z\":8,\"a\":1.500,\"q\\\"\":[1]}");
    texts_expect(WORKLOAD_SCENARIO, "return { fields = { 'a' }, reading = function() return {} end }", "{}");
}

static void test_keys_and_users(void **state)
{
    (void)state;
    workload_t *workload =
        texts_open(WORKLOAD_SCENARIO,
                   "local started = 0\n"
                   "return { on_start = function(user) assert(#user == 36) started = started + 1 end,\n"
                   "reading = function(id, n, user) assert(id:sub(1, 36) == user)\n"
                   "  return { n = n, started = started, id = id } end,\n"
                   "key = function(reading) return 'k' .. reading.n % 3 end }",
                   1);
    for (unsigned batch = 0; batch < 6; batch++) {
        workload->ops->begin(workload, batch % 2, 10, texts_now_ms);
        for (uint32_t i = 0; i < 10; i++) {
            struct event event;
            assert_true(workload->ops->next(workload, i, &event));
            unsigned n = batch * 10 + i + 1;
            json_t *read = json_loadb(event.data, event.data_length, 0, NULL);
            assert_int_equal(json_integer_value(json_object_get(read, "n")), n);
            assert_int_equal(json_integer_value(json_object_get(read, "started")), batch == 0 ? 1 : 2);
            json_decref(read);
            char key[4];
            snprintf(key, sizeof key, "k%u", n % 3);
            assert_int_equal(event.key_length, 2);
            assert_memory_equal(event.key, key, 2);
        }
    }
    workload->ops->destroy(&workload);
}

static void test_options_are_told_as_text(void **state)
{
    (void)state;
    struct workload_source source = texts_source(
        WORKLOAD_SCENARIO,
        "return { rate = '10k', run_time = '1m', users = 1e6, [\"batch-size\"] = 250, headless = true,\n"
        "threshold = { 'p99<250ms', 'failed<0.1%' }, spawn_rate = 0.5, shape = 'sine' }");
    char error[WORKLOAD_ERROR_MAX];
    scenario_t *scenario = scenario_open(&source, error);
    assert_non_null(scenario);
    static const char *const expected[][2] = {{"batch-size", "250"},
                                              {"headless", "true"},
                                              {"rate", "10k"},
                                              {"run_time", "1m"},
                                              {"shape", "sine"},
                                              {"spawn_rate", "0.5"},
                                              {"threshold", "p99<250ms\nfailed<0.1%"},
                                              {"users", "1000000"}};
    assert_int_equal(scenario_option_count(scenario), 8);
    for (size_t i = 0; i < 8; i++) {
        const char *name, *value;
        scenario_option(scenario, i, &name, &value);
        assert_string_equal(name, expected[i][0]);
        assert_string_equal(value, expected[i][1]);
    }
    assert_false(scenario_has_reading(scenario));
    assert_false(scenario_has_shape(scenario));
    scenario_destroy(&scenario);
    /* without reading() the readings are the built-in ones */
    char *event = texts_first(WORKLOAD_SCENARIO, source.text);
    assert_non_null(strstr(event, "temperature"));
    free(event);
}

static void test_shape(void **state)
{
    (void)state;
    struct workload_source source = texts_source(
        WORKLOAD_SCENARIO,
        "return {\nshape = function(t)\n  if t > 200 then return nil end if t > 99 then error('over') end\n"
        "  if t > 50 then return -1 end\n  return 1000 + 10 * t\nend }");
    char error[WORKLOAD_ERROR_MAX];
    scenario_t *scenario = scenario_open(&source, error);
    assert_non_null(scenario);
    assert_true(scenario_has_shape(scenario));
    double value = 0;
    assert_true(scenario_shape(scenario, 2.5, &value, error));
    assert_true(value == 1025);
    assert_false(scenario_shape(scenario, 51, &value, error));
    assert_string_equal(error, "my.lua: shape(51) must return a number that is not negative, or nil to end");
    assert_false(scenario_shape(scenario, 100, &value, error));
    assert_string_equal(error, "my.lua:3: over");
    assert_false(scenario_shape(scenario, 201, &value, error)); /* the load ends */
    assert_string_equal(error, "");
    scenario_destroy(&scenario);
}

static void test_errors_name_file_and_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"return {\n reading = function( end }", "my.lua:2: <name> or '...' expected near 'end'"},
        {"\n\nerror('no')", "my.lua:3: no"},
        {"local x\nreturn { reading = x.y }", "my.lua:2: attempt to index local 'x'"},
        {"return 5", "my.lua: must return a table"},
        {"", "my.lua: must return a table"},
        {"return { readings = function() end }", "my.lua: readings is a function that nobody calls"},
        {"return { rate = {} }", "my.lua: rate must be"},
        {"return { 'x' }", "my.lua: the table has an entry without a name"},
        {"return { fields = 'a' }", "my.lua: fields must be a list"},
        {"return { decimals = { a = 10 } }", "my.lua: decimals must be"},
        {"local a = fake('name.frstName')",
         "my.lua:1: there is no name.frstName; did you mean name.firstName?"},
        {"\033LJ\002", "my.lua: compiled Lua is not taken"},
        {"local _tick = 1 return {}", "the name _tick is taken"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[WORKLOAD_ERROR_MAX];
        texts_refused(WORKLOAD_SCENARIO, cases[i][0], error);
        if (strstr(error, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], error);
    }
}

/* The events before a mistake are good; from then on there are none, and the reason says where. */
static void test_error_in_the_thousandth_event(void **state)
{
    (void)state;
    workload_t *workload =
        texts_open(WORKLOAD_SCENARIO,
                   "return { reading = function(id, n)\n"
                   "  if n == 1000 then\n    error('sensor on fire')\n  end\n  return { n = n }\nend }",
                   1);
    assert_null(workload->ops->error(workload));
    unsigned made = 0;
    for (unsigned batch = 0; batch < 4; batch++) {
        workload->ops->begin(workload, batch, 300, texts_now_ms);
        struct event event;
        for (uint32_t i = 0; i < 300 && workload->ops->next(workload, i, &event); i++) {
            char expected[32];
            snprintf(expected, sizeof expected, "{\"n\":%u}", ++made);
            assert_int_equal(event.data_length, strlen(expected));
            assert_memory_equal(event.data, expected, event.data_length);
        }
    }
    assert_int_equal(made, 999);
    assert_string_equal(workload->ops->error(workload), "my.lua:3: sensor on fire (event 1000)");
    struct event event;
    workload->ops->begin(workload, 9, 10, texts_now_ms);
    assert_false(workload->ops->next(workload, 0, &event));
    workload->ops->destroy(&workload);
}

static void fails(const char *body, const char *why)
{
    char text[2048];
    snprintf(text, sizeof text, "return { reading = function(id, n)\n%s\nend }", body);
    workload_t *workload = texts_open(WORKLOAD_SCENARIO, text, 1);
    workload->ops->begin(workload, 1, 3, texts_now_ms);
    struct event event;
    if (workload->ops->next(workload, 0, &event))
        fail_msg("%s made an event", body);
    if (strstr(workload->ops->error(workload), why) == NULL)
        fail_msg("%s: %s", body, workload->ops->error(workload));
    workload->ops->destroy(&workload);
}

static void test_readings_that_are_none(void **state)
{
    (void)state;
    fails("return nil", "my.lua: event 1: reading must return a table or a string, not a nil");
    fails("return { f = print or function() end }", "a function is no JSON");
    fails("local t = {} t.t = t return t", "nested deeper than 32");
    fails("return { 1, x = 2 }", "both names and numbers");
    fails("return ('x'):rep(1024 * 1024 * 2)", "larger than 1 MiB");
    fails("return { x = ('\\1'):rep(1024 * 512) }", "larger than 1 MiB");
    fails("return nil .. 'x'", "my.lua:2: attempt to concatenate");
    char *longest =
        texts_first(WORKLOAD_SCENARIO, "return { reading = function() return ('x'):rep(1024 * 1024) end }");
    assert_int_equal(strlen(longest), EVENTS_EVENT_MAX);
    free(longest);
}

static long resident_kib(void)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    return strtol(strchr(line, ' '), NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A script that makes garbage with every event needs no more memory after many events than after some. */
static void test_memory_is_steady(void **state)
{
    (void)state;
    workload_t *workload =
        texts_open(WORKLOAD_SCENARIO,
                   "return { reading = function(id, n)\n"
                   "  return { id = id, text = 'event ' .. n, list = { n, { n = n } } } end }",
                   1);
    enum { WARM = 40, BATCHES = 1200, CPU_US_MAX = 4000000 /* under valgrind it is some less */ };
    long before_kib = 0;
    uint64_t started_us = clock_cpu_us();
    for (unsigned batch = 0; batch < BATCHES && clock_cpu_us() - started_us < CPU_US_MAX; batch++) {
        if (batch == WARM)
            before_kib = resident_kib();
        workload->ops->begin(workload, batch % 8, 500, texts_now_ms);
        struct event event;
        for (uint32_t i = 0; i < 500; i++)
            assert_true(workload->ops->next(workload, i, &event));
    }
    long grown_kib = before_kib == 0 ? 0 : resident_kib() - before_kib;
    workload->ops->destroy(&workload);
    assert_true(grown_kib < 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sensor_scenario_is_the_built_in_workload),
        cmocka_unit_test(test_readings_become_json),
        cmocka_unit_test(test_keys_and_users),
        cmocka_unit_test(test_options_are_told_as_text),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_errors_name_file_and_line),
        cmocka_unit_test(test_error_in_the_thousandth_event),
        cmocka_unit_test(test_readings_that_are_none),
        cmocka_unit_test(test_memory_is_steady),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
