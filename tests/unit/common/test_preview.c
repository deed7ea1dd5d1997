/* preview - the first events of a run, as its first secondary makes them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/option_table.h"
#include "common/workload/preview.h"

#include <string.h>

enum { KEYS = 8, KEY_BYTES = 64 };

struct seen {
    char keys[KEYS][KEY_BYTES];
    size_t count, enough;
};

static bool see(void *context, const struct event *event)
{
    struct seen *self = context;
    assert_true(self->count < KEYS && event->key_length < KEY_BYTES);
    memcpy(self->keys[self->count], event->key, event->key_length);
    self->keys[self->count++][event->key_length] = '\0';
    return self->count < self->enough;
}

static options_t *options_of_three(void)
{
    char error[OPTIONS_ERROR_MAX];
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    assert_true(options_set(options, OPT_SEED, "7", "", error));
    assert_true(options_set(options, OPT_BATCH_SIZE, "3", "", error));
    return options;
}

static void one_group_of_sensors_comes_after_the_other(void **state)
{
    (void)state;
    char error[WORKLOAD_ERROR_MAX];
    struct seen seen = {.enough = KEYS}, again = {.enough = KEYS};
    options_t *options = options_of_three();
    assert_true(preview_check(options, error));
    assert_true(preview_make(options, 5, 1675686126310, see, &seen, error));
    assert_int_equal(seen.count, 5);
    for (size_t i = 0; i < 5; i++) { /* uuid_0 uuid_1 uuid_2 other_0 other_1 */
        assert_int_equal(strlen(seen.keys[i]), 38);
        assert_int_equal(seen.keys[i][37], "01201"[i]);
        assert_int_equal(memcmp(seen.keys[i], seen.keys[0], 36) == 0, i < 3);
    }
    assert_true(preview_make(options, 5, 1675686126310, see, &again, error));
    assert_memory_equal(seen.keys, again.keys, sizeof seen.keys);
    options_destroy(&options);
}

static void it_ends_when_nobody_wants_more(void **state)
{
    (void)state;
    char error[WORKLOAD_ERROR_MAX];
    struct seen seen = {.enough = 2};
    options_t *options = options_of_three();
    assert_true(preview_make(options, 1000000, 0, see, &seen, error));
    assert_int_equal(seen.count, 2);
    options_destroy(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_group_of_sensors_comes_after_the_other),
        cmocka_unit_test(it_ends_when_nobody_wants_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
