/* wire - a template or scenario on its way to a secondary, and the word that it failed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/wire.h"
#include "common/workload/source.h"
#include "tests/unit/common/wire_hex.h"
#include "tests/unit/common/wire_pass.h"
#include "tests/unit/common/wire_workload_fixtures.h"

#include <stdlib.h>
#include <string.h>

static const char template[] = "{\"id\": {{random.uuid}},\n\t\"\xc3\xa9\": 1}\n";

static void a_template_comes_with_a_share_or_its_hash_alone(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, SPAWN_TEMPLATE, WIRE_SPAWN);
    assert_true(message.has_freshet);
    assert_int_equal(message.share.run_id, 77);
    assert_int_equal(message.workload.kind, WORKLOAD_TEMPLATE);
    assert_string_equal(message.workload.name, "kdg.json");
    assert_string_equal(message.workload.text, template);
    assert_int_equal(message.workload.length, sizeof template - 1);
    struct workload_source source = {.text = template, .length = sizeof template - 1};
    assert_true(message.workload.hash == source_hash(&source));
    wire_fini(&message);
    assert_null(message.workload.text);
    decode_good(&message, SPAWN_HASH_ONLY, WIRE_SPAWN);
    assert_int_equal(message.workload.kind, WORKLOAD_TEMPLATE);
    assert_null(message.workload.text);
    assert_true(message.workload.hash == source_hash(&source));
    wire_fini(&message);
}

static void a_scenario_comes_with_a_question(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, ASK_SCENARIO, WIRE_PREFLIGHT_ASK);
    assert_true(message.has_freshet && message.samples_only);
    assert_int_equal(message.workload.kind, WORKLOAD_SCENARIO);
    assert_string_equal(message.workload.name, "s.lua");
    assert_string_equal(message.workload.text, "return {}");
    wire_fini(&message);
}

static void crooked_workloads_are_refused(void **state)
{
    (void)state;
    static const char text[] = "the text of the workload is no text, empty, too long or has a NUL inside";
    assert_refused(ASK_NUMBER, "workload is no map");
    assert_refused(ASK_KIND_0, "no such kind of workload");
    assert_refused(ASK_KIND_3, "no such kind of workload");
    assert_refused(ASK_NAMELESS, "a workload without a name");
    assert_refused(ASK_LONG_NAME, "name is missing, no text or too long");
    assert_refused(ASK_NO_HASH, "hash is missing or not a count");
    assert_refused(ASK_NEGATIVE_HASH, "hash is missing or not a count");
    assert_refused(ASK_EMPTY, text);
    assert_refused(ASK_NUL, text);
    assert_refused(ASK_BYTES, text);
}

/* The question with `count` times x as its scenario. The caller frees it. */
static char *question_of(const char *head, size_t count)
{
    size_t before = strlen(head), after = strlen(ASK_LONG_TAIL);
    char *hex = mem_new(before + 2 * count + after + 1, 1);
    memcpy(hex, head, before);
    for (size_t i = 0; i < count; i++)
        memcpy(hex + before + 2 * i, "78", 2);
    memcpy(hex + before + 2 * count, ASK_LONG_TAIL, after);
    return hex;
}

static void a_text_has_a_limit(void **state)
{
    (void)state;
    struct wire_message message;
    char *hex = question_of(ASK_LONGEST_HEAD, 262144);
    decode_good(&message, hex, WIRE_PREFLIGHT_ASK);
    assert_int_equal(message.workload.length, 262144);
    wire_fini(&message);
    free(hex);
    hex = question_of(ASK_LONGER_HEAD, 262145);
    assert_refused(hex, "the text of the workload is no text, empty, too long or has a NUL inside");
    free(hex);
}

static void what_is_sent_arrives(void **state)
{
    (void)state;
    char text[] = "return {}";
    struct wire_message message = {.type = WIRE_SPAWN,
                                   .id = "h_1",
                                   .has_freshet = true,
                                   .workload = {WORKLOAD_SCENARIO, "s.lua", 42, text, sizeof text - 1}};
    struct wire_message back;
    pass(&message, &back);
    assert_int_equal(back.workload.kind, WORKLOAD_SCENARIO);
    assert_string_equal(back.workload.name, "s.lua");
    assert_int_equal(back.workload.hash, 42);
    assert_string_equal(back.workload.text, "return {}");
    wire_fini(&back);
    message.workload.text = NULL;
    pass(&message, &back);
    assert_int_equal(back.workload.hash, 42);
    assert_null(back.workload.text);
    wire_fini(&back);
    message.workload = (struct wire_workload){.kind = WORKLOAD_SENSOR}; /* nothing is said of the default */
    pass(&message, &back);
    assert_int_equal(back.workload.kind, WORKLOAD_SENSOR);
    wire_fini(&back);
    message.has_freshet = false; /* nor to a stock worker of any */
    message.workload = (struct wire_workload){WORKLOAD_SCENARIO, "s.lua", 42, text, sizeof text - 1};
    pass(&message, &back);
    assert_int_equal(back.workload.kind, WORKLOAD_SENSOR);
    wire_fini(&back);
}

static void a_failure_names_its_run(void **state)
{
    (void)state;
    struct wire_message message, back;
    decode_good(&message, EXCEPTION_OF_RUN, WIRE_EXCEPTION);
    assert_true(message.has_freshet);
    assert_int_equal(message.run_id, 77);
    assert_string_equal(message.text, "s.lua:7: boom");
    pass(&message, &back);
    wire_fini(&message);
    assert_true(back.has_freshet);
    assert_int_equal(back.run_id, 77);
    wire_fini(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_comes_with_a_share_or_its_hash_alone),
        cmocka_unit_test(a_scenario_comes_with_a_question),
        cmocka_unit_test(crooked_workloads_are_refused),
        cmocka_unit_test(a_text_has_a_limit),
        cmocka_unit_test(what_is_sent_arrives),
        cmocka_unit_test(a_failure_names_its_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
