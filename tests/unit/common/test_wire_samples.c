/* Questions that only want sample events, and their answers, over the wire and back. */
#include "common/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/mem.h"
#include "tests/unit/common/wire_pass.h"

static void a_question_may_want_samples_only(void **state)
{
    (void)state;
    struct wire_message ask = {.type = WIRE_PREFLIGHT_ASK, .id = "host_1", .run_id = 7}, back;
    pass(&ask, &back);
    assert_int_equal(back.type, WIRE_PREFLIGHT_ASK);
    assert_false(back.samples_only);
    wire_fini(&back);
    ask.samples_only = true;
    pass(&ask, &back);
    assert_int_equal(back.run_id, 7);
    assert_true(back.samples_only);
    wire_fini(&back);
}

static void samples_arrive_as_they_were(void **state)
{
    (void)state;
    struct wire_message answer = {
        .type = WIRE_PREFLIGHT_ANSWER, .id = "host_1", .preflight = {.id = 7, .ok = true}};
    struct wire_message back;
    char *longest = mem_new(WIRE_TEXT_MAX + 1, 1);
    memset(longest, 'x', WIRE_TEXT_MAX);
    for (size_t i = 0; i < WIRE_SAMPLES_MAX; i++)
        answer.preflight.samples[answer.preflight.samples_count++] = (struct wire_sample){
            .key = mem_text("key \xc3\xa9"), .data = mem_text(i == 4 ? longest : "{\"a\":1}")};
    pass(&answer, &back);
    assert_int_equal(back.type, WIRE_PREFLIGHT_ANSWER);
    assert_int_equal(back.preflight.samples_count, WIRE_SAMPLES_MAX);
    assert_string_equal(back.preflight.samples[0].key, "key \xc3\xa9");
    assert_string_equal(back.preflight.samples[0].data, "{\"a\":1}");
    assert_string_equal(back.preflight.samples[4].data, longest);
    struct wire_preflight copy;
    wire_preflight_copy(&back.preflight, &copy);
    wire_fini(&back);
    assert_string_equal(copy.samples[4].data, longest);
    wire_preflight_fini(&copy);
    assert_int_equal(copy.samples_count, 0);
    wire_preflight_fini(&answer.preflight);
    free(longest);
}

/* ["freshet_preflight_answer", {"id": 7, "ok": true, "samples": ...}, "h"] by hand */
#define HEAD                                                                                                 \
    "\x93\xb8"                                                                                               \
    "freshet_preflight_answer"                                                                               \
    "\x83\xa2"                                                                                               \
    "id"                                                                                                     \
    "\x07\xa2"                                                                                               \
    "ok"                                                                                                     \
    "\xc3\xa7"                                                                                               \
    "samples"
#define TAIL "\xa1h"

static void refused(const char *bytes, size_t length)
{
    struct wire_message message;
    wire_decode(&message, bytes, length);
    assert_int_equal(message.type, WIRE_BAD);
    wire_fini(&message);
}

static void crooked_samples_are_refused(void **state)
{
    (void)state;
    struct wire_message message;
    static const char good[] = HEAD "\x91\x92\xa1k\xa1"
                                    "d" TAIL;
    wire_decode(&message, good, sizeof good - 1);
    assert_int_equal(message.type, WIRE_PREFLIGHT_ANSWER);
    assert_string_equal(message.preflight.samples[0].data, "d");
    wire_fini(&message);
    static const char number[] = HEAD "\x05" TAIL, alone[] = HEAD "\x91\xa1k" TAIL,
                      one[] = HEAD "\x91\x91\xa1k" TAIL,
                      three[] = HEAD "\x91\x93\xa1k\xa1"
                                     "d\xa1x" TAIL,
                      nil[] = HEAD "\x91\x92\xa1k\xc0" TAIL,
                      six[] = HEAD "\x96\x92\xa1k\xa1"
                                   "d\x92\xa1k\xa1"
                                   "d\x92\xa1k\xa1"
                                   "d\x92\xa1k\xa1"
                                   "d\x92\xa1k\xa1"
                                   "d\x92\xa1k\xa1"
                                   "d" TAIL;
    refused(number, sizeof number - 1);
    refused(alone, sizeof alone - 1);
    refused(one, sizeof one - 1);
    refused(three, sizeof three - 1);
    refused(nil, sizeof nil - 1);
    refused(six, sizeof six - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_may_want_samples_only),
        cmocka_unit_test(samples_arrive_as_they_were),
        cmocka_unit_test(crooked_samples_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
