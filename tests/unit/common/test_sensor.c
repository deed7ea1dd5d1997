#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/workload/workload.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Every reading is the JSON of the specification, read by a library; shares of states as specified. */
static void test_readings_are_as_specified(void **state)
{
    (void)state;
    workload_t *sensor = sensor_new(42, 0);
    sensor->ops->begin(sensor, 7, 500, 1675686126310);
    unsigned cool = 0, cool_ok = 0, warning = 0, error = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        struct event event;
        assert_true(sensor->ops->next(sensor, i % 1500, &event));
        json_t *read = json_loadb(event.data, event.data_length, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(read);
        assert_int_equal(json_object_size(read), 4);
        const char *id = json_string_value(json_object_get(read, "sensorId"));
        assert_int_equal(strlen(id), event.key_length);
        assert_memory_equal(id, event.key, event.key_length);
        assert_int_equal(id[14], '4'); /* version 4 */
        assert_non_null(strchr("89ab", id[19]));
        assert_int_equal(strtoul(id + 37, NULL, 10), i % 1500);
        assert_int_equal(json_integer_value(json_object_get(read, "timestamp")), 1675686126310);
        double heat = json_real_value(json_object_get(read, "temperature"));
        const char *status = json_string_value(json_object_get(read, "status"));
        assert_true(heat >= 10 && heat < 180);
        if (heat > 160)
            assert_string_equal(status, "ERROR");
        else if (heat > 140)
            assert_string_not_equal(status, "OK");
        cool += heat <= 140;
        cool_ok += heat <= 140 && strcmp(status, "OK") == 0;
        warning += heat <= 160 && strcmp(status, "WARNING") == 0;
        error += heat <= 160 && strcmp(status, "ERROR") == 0;
        json_decref(read);
    }
    assert_in_range(cool, 14800, 15800);                        /* 130 of 170 degrees: 15,294 */
    assert_in_range(cool_ok * 100 / cool, 78, 81);              /* 80 % */
    assert_in_range(warning * 100 / (warning + error), 46, 54); /* evenly */
    sensor->ops->destroy(&sensor);
}

static void test_same_seed_same_readings_other_stream_other_ids(void **state)
{
    (void)state;
    workload_t *a = sensor_new(42, 0), *b = sensor_new(42, 0), *c = sensor_new(42, 1);
    struct event one, two, three;
    for (uint64_t user = 0; user < 50; user++) {
        a->ops->begin(a, user, 500, 1675686126310);
        b->ops->begin(b, user, 500, 1675686126310);
        c->ops->begin(c, user, 500, 1675686126310);
        assert_true(a->ops->next(a, 1, &one));
        assert_true(b->ops->next(b, 1, &two));
        assert_true(c->ops->next(c, 1, &three));
        assert_int_equal(one.data_length, two.data_length);
        assert_memory_equal(one.data, two.data, one.data_length);
        assert_memory_not_equal(one.key, three.key, 36);
    }
    a->ops->destroy(&a);
    b->ops->destroy(&b);
    c->ops->destroy(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings_are_as_specified),
        cmocka_unit_test(test_same_seed_same_readings_other_stream_other_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
