/* What was foretold of each shard: found by its id, and told with the largest first. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "primary/predicted.h"

static struct wire_predicted three[] = {{"shard-0", 0.2}, {"shard-1", 0.7}, {"shard-2", 0.1}};
static const struct wire_preflight known = {.ok = true, .predicted = three, .predicted_count = 3};

static void a_share_is_found_by_its_id(void **state)
{
    (void)state;
    assert_true(predicted_share(&known, "shard-0") == 0.2);
    assert_true(predicted_share(&known, "shard-2") == 0.1);
    assert_true(predicted_share(&known, "shard-3") < 0); /* made by a split since */
    assert_true(predicted_share(&known, "") < 0);
    assert_true(predicted_share(NULL, "shard-0") < 0);
    static const struct wire_preflight none = {.ok = true};
    assert_true(predicted_share(&none, "shard-0") < 0);
}

static void the_largest_come_first(void **state)
{
    (void)state;
    json_t *out = predicted_document(&known, 2);
    assert_int_equal(json_array_size(out), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(out, 0), "id")), "shard-1");
    assert_true(json_number_value(json_object_get(json_array_get(out, 0), "predicted")) == 0.7);
    assert_string_equal(json_string_value(json_object_get(json_array_get(out, 1), "id")), "shard-0");
    json_decref(out);
    out = predicted_document(NULL, 2);
    assert_true(json_is_null(out));
    json_decref(out);
    out = predicted_number(-1);
    assert_true(json_is_null(out));
    json_decref(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_is_found_by_its_id),
        cmocka_unit_test(the_largest_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
