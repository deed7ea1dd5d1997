/* The queue behind --service-rate: who comes faster than the stream serves waits its turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "standins/control.h"

#define MS     UINT64_C(1000)
#define SECOND UINT64_C(1000000)

static void a_batch_waits_for_those_before_it(void **state)
{
    (void)state;
    struct service service = {.region = "eu-central-1"};
    struct faults faults;
    faults_init(&faults);
    control_t *control = control_new(&service, &faults);
    /* 1,000 records/s: a hundred take 100 ms. */
    assert_int_equal(control_queue_us(control, 100, 1000, 10 * SECOND), 100 * MS);
    assert_int_equal(control_queue_us(control, 100, 1000, 10 * SECOND), 200 * MS);
    assert_int_equal(control_queue_us(control, 100, 1000, 10 * SECOND + 150 * MS), 150 * MS);
    /* A pause saves nothing up. */
    assert_int_equal(control_queue_us(control, 100, 1000, 20 * SECOND), 100 * MS);
    assert_int_equal(control_queue_us(control, 100, 1000, 20 * SECOND), 200 * MS);
    control_destroy(&control);
}

static void nobody_waits_longer_than_a_minute(void **state)
{
    (void)state;
    struct service service = {.region = "eu-central-1"};
    struct faults faults;
    faults_init(&faults);
    control_t *control = control_new(&service, &faults);
    assert_int_equal(control_queue_us(control, 59000, 1000, SECOND), 59 * SECOND);
    assert_int_equal(control_queue_us(control, 5000, 1000, SECOND), 60 * SECOND);
    assert_int_equal(control_queue_us(control, 500, 1000, SECOND),
                     59 * SECOND + 500 * MS); /* they took no place */
    control_destroy(&control);
}

static bool set(struct faults *faults, json_t *value, char error[FAULTS_ERROR_MAX])
{
    json_t *object = json_pack("{s:o}", "service_rate", value);
    bool good = faults_set_json(faults, object, error);
    json_decref(object);
    return good;
}

static void it_is_set_as_a_fault(void **state)
{
    (void)state;
    struct faults faults;
    char error[FAULTS_ERROR_MAX];
    faults_init(&faults);
    assert_true(set(&faults, json_integer(4000), error));
    json_t *told = faults_json(&faults);
    assert_true(json_number_value(json_object_get(told, "service_rate")) > 3999.9);
    json_decref(told);
    assert_false(set(&faults, json_integer(-1), error));
    assert_non_null(strstr(error, "service_rate: -1"));
    assert_false(set(&faults, json_string("4k"), error));
    assert_non_null(strstr(error, "service_rate"));
    assert_true(faults.service_rate > 3999.9); /* as before */
    assert_true(set(&faults, json_integer(0), error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_waits_for_those_before_it),
        cmocka_unit_test(nobody_waits_longer_than_a_minute),
        cmocka_unit_test(it_is_set_as_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
