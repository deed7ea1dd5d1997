#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/batch.h"

#include <string.h>

static void add(struct batch *batch, const char *fragment, uint32_t payload_bytes)
{
    size_t length = strlen(fragment);
    memcpy(batch->body + batch->body_length, fragment, length);
    batch->body_length += length;
    batch_added(batch, payload_bytes);
}

static void prefix(struct batch *batch, const char *text)
{
    size_t length = strlen(text);
    memcpy(batch->body, text, length);
    batch->body_length = batch->prefix_length = length;
}

/* Four events; one delivered, one failed, two refused: what is left is prefix and the two, in order. */
static void test_only_the_refused_stay(void **state)
{
    (void)state;
    struct batch batch;
    batch_init(&batch, 4, 64);
    prefix(&batch, "P:");
    add(&batch, "one,", 1);
    add(&batch, "two2,", 20);
    add(&batch, "x,", 300);
    add(&batch, "four,", 4000);
    assert_int_equal(batch.payload_bytes, 4321);
    memcpy(batch.body + batch.body_length, "END", 3); /* the sink's suffix */
    batch.body_length += 3;
    batch.due_us = 77;
    batch.verdicts[0].fate = EVENT_DELIVERED;
    batch.verdicts[1] = (struct event_verdict){.fate = EVENT_THROTTLED, .error = 3};
    batch.verdicts[2].fate = EVENT_FAILED;
    batch.verdicts[3].fate = EVENT_RETRY;
    batch_keep_refused(&batch);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.body_length, 2 + 5 + 5);
    assert_memory_equal(batch.body, "P:two2,four,", 12);
    assert_int_equal(batch.ends[0], 7);
    assert_int_equal(batch.ends[1], 12);
    assert_int_equal(batch.payload_bytes, 4020);
    assert_int_equal(batch.verdicts[0].fate, EVENT_PENDING);
    assert_int_equal(batch.verdicts[0].error, 3);
    assert_int_equal(batch.due_us, 77); /* lateness counts from the first due time */

    batch.verdicts[0].fate = EVENT_DELIVERED; /* a second attempt: the last one stays */
    batch.verdicts[1].fate = EVENT_RETRY;
    batch_keep_refused(&batch);
    assert_int_equal(batch.count, 1);
    assert_memory_equal(batch.body, "P:four,", 7);
    assert_int_equal(batch.body_length, 7);
    batch_fini(&batch);
}

static void test_nothing_and_everything_refused(void **state)
{
    (void)state;
    struct batch batch;
    batch_init(&batch, 2, 16);
    add(&batch, "a", 1);
    add(&batch, "b", 2);
    batch.verdicts[0].fate = batch.verdicts[1].fate = EVENT_RETRY;
    batch_keep_refused(&batch);
    assert_int_equal(batch.count, 2);
    assert_memory_equal(batch.body, "ab", 2);
    batch.verdicts[0].fate = batch.verdicts[1].fate = EVENT_DELIVERED;
    batch_keep_refused(&batch);
    assert_int_equal(batch.count, 0);
    assert_int_equal(batch.payload_bytes, 0);
    assert_int_equal(batch.body_length, 0);
    batch_keep_refused(&batch);
    assert_int_equal(batch.count, 0);
    batch_fini(&batch);
}

static void test_clear_forgets_the_last_load(void **state)
{
    (void)state;
    struct batch batch;
    batch_init(&batch, 2, 16);
    prefix(&batch, "P");
    add(&batch, "a", 1);
    batch.attempts = 3;
    batch.ambiguous = batch.lost = true;
    batch.user = 9;
    batch_clear(&batch);
    assert_int_equal(batch.count, 0);
    assert_int_equal(batch.body_length, 0);
    assert_int_equal(batch.prefix_length, 0);
    assert_int_equal(batch.attempts, 0);
    assert_false(batch.ambiguous);
    assert_false(batch.lost);
    assert_int_equal(batch.user, BATCH_NO_USER);
    assert_int_equal(batch.body_max, 16);
    batch_fini(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_refused_stay),
        cmocka_unit_test(test_nothing_and_everything_refused),
        cmocka_unit_test(test_clear_forgets_the_last_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
