/* What is foretold of a target's shards, over the wire and back; crooked ones are refused. */
#include "common/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>

#include "common/mem.h"
#include "tests/unit/common/wire_pass.h"

static void all_shards_arrive(void **state)
{
    (void)state;
    struct wire_message answer = {
        .type = WIRE_PREFLIGHT_ANSWER, .id = "host_1", .preflight = {.id = 7, .ok = true, .events = 1234567}};
    struct wire_preflight *out = &answer.preflight;
    out->predicted = mem_new(WIRE_SHARDS_MAX, sizeof *out->predicted);
    for (; out->predicted_count < WIRE_SHARDS_MAX; out->predicted_count++) {
        struct wire_predicted *one = &out->predicted[out->predicted_count];
        snprintf(one->id, sizeof one->id, "shardId-%012zu", out->predicted_count);
        one->share = out->predicted_count == 17 ? 1 : 0;
    }
    struct wire_message back;
    pass(&answer, &back);
    assert_int_equal(back.type, WIRE_PREFLIGHT_ANSWER);
    assert_int_equal(back.preflight.events, 1234567);
    assert_int_equal(back.preflight.predicted_count, WIRE_SHARDS_MAX);
    struct wire_preflight copy;
    wire_preflight_copy(&back.preflight, &copy);
    wire_fini(&back);
    assert_string_equal(copy.predicted[19999].id, "shardId-000000019999");
    assert_true(copy.predicted[17].share == 1 && copy.predicted[18].share == 0);
    wire_preflight_fini(&copy);
    assert_null(copy.predicted);
    wire_preflight_fini(&answer.preflight);
}

static void a_share_names_how_many_parts_there_are(void **state)
{
    (void)state;
    struct wire_class one = {.name = "SensorUser"};
    struct wire_message spawn = {.type = WIRE_SPAWN,
                                 .id = "host_1",
                                 .has_freshet = true,
                                 .classes = &one,
                                 .classes_count = 1,
                                 .share = {.index = 3, .parts = 5}};
    struct wire_message back;
    pass(&spawn, &back);
    assert_int_equal(back.type, WIRE_SPAWN);
    assert_int_equal(back.share.index, 3);
    assert_int_equal(back.share.parts, 5);
    wire_fini(&back);
}

/* ["freshet_preflight_answer", {"id": 7, "ok": true, "predicted": ...}, "h"] by hand */
#define HEAD                                                                                                 \
    "\x93\xb8"                                                                                               \
    "freshet_preflight_answer"                                                                               \
    "\x83\xa2"                                                                                               \
    "id"                                                                                                     \
    "\x07\xa2"                                                                                               \
    "ok"                                                                                                     \
    "\xc3\xa9"                                                                                               \
    "predicted"
#define TAIL "\xa1h"
#define HALF "\xcb\x3f\xe0\0\0\0\0\0\0"

static enum wire_type type_of(const char *bytes, size_t length)
{
    struct wire_message message;
    wire_decode(&message, bytes, length);
    enum wire_type type = message.type;
    wire_fini(&message);
    return type;
}

#define TYPE_OF(list) type_of(HEAD list TAIL, sizeof(HEAD list TAIL) - 1)

static void crooked_ones_are_refused(void **state)
{
    (void)state;
    assert_int_equal(TYPE_OF("\xc0"), WIRE_PREFLIGHT_ANSWER); /* nil: unknown */
    assert_int_equal(TYPE_OF("\x90"), WIRE_PREFLIGHT_ANSWER);
    assert_int_equal(TYPE_OF("\x92\x92\xa1"
                             "a" HALF "\x92\xa1"
                             "b" HALF),
                     WIRE_PREFLIGHT_ANSWER);
    assert_int_equal(TYPE_OF("\x91\x92\xa1"
                             "a\x01"),
                     WIRE_PREFLIGHT_ANSWER); /* the whole of it */
    assert_int_equal(TYPE_OF("\x05"), WIRE_BAD);
    assert_int_equal(TYPE_OF("\x91\xa1"
                             "a"),
                     WIRE_BAD);
    assert_int_equal(TYPE_OF("\x91\x91\xa1"
                             "a"),
                     WIRE_BAD);
    assert_int_equal(TYPE_OF("\x91\x93\xa1"
                             "a" HALF HALF),
                     WIRE_BAD);
    assert_int_equal(TYPE_OF("\x91\x92\xa0" HALF), WIRE_BAD); /* no id */
    assert_int_equal(TYPE_OF("\x91\x92\x05" HALF), WIRE_BAD); /* no text */
    assert_int_equal(TYPE_OF("\x91\x92\xa1"
                             "a\xc0"),
                     WIRE_BAD); /* no share */
    assert_int_equal(TYPE_OF("\x91\x92\xa1"
                             "a\x02"),
                     WIRE_BAD); /* more than all */
    assert_int_equal(TYPE_OF("\x91\x92\xa1"
                             "a\xff"),
                     WIRE_BAD); /* -1 */
    assert_int_equal(TYPE_OF("\x91\x92\xa1"
                             "a\xcb\x7f\xf8\0\0\0\0\0\0"),
                     WIRE_BAD); /* NaN */
    assert_int_equal(TYPE_OF("\x92\x92\xa1"
                             "b" HALF "\x92\xa1"
                             "a" HALF),
                     WIRE_BAD); /* falling */
    assert_int_equal(TYPE_OF("\x92\x92\xa1"
                             "a" HALF "\x92\xa1"
                             "a" HALF),
                     WIRE_BAD);                                  /* twice */
    assert_int_equal(TYPE_OF("\xdd\x00\x00\x4e\x21"), WIRE_BAD); /* 20,001 announced */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_shards_arrive),
        cmocka_unit_test(a_share_names_how_many_parts_there_are),
        cmocka_unit_test(crooked_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
