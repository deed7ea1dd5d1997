/* What a secondary makes of the workload in its primary's orders. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/option_table.h"
#include "common/workload/source.h"
#include "secondary/travelled.h"

#include <string.h>

static char error[OPTIONS_ERROR_MAX];
static char template[] = "{\"id\": {{random.uuid}}}";

struct story {
    options_t *own;
    struct wire_option options[1];
    struct wire_message spawn;
};

static void open_story(struct story *self)
{
    static char batch[] = "20";
    struct workload_source source = {.text = template, .length = sizeof template - 1};
    *self = (struct story){.own = options_new(option_table, OPT_COUNT_, OPTION_SECONDARY),
                           .options = {{.name = "batch_size", .value = batch}}};
    self->spawn = (struct wire_message){.type = WIRE_SPAWN,
                                        .has_freshet = true,
                                        .options = self->options,
                                        .options_count = 1,
                                        .workload = {.kind = WORKLOAD_TEMPLATE,
                                                     .name = "t.json",
                                                     .hash = source_hash(&source),
                                                     .text = template,
                                                     .length = sizeof template - 1}};
}

static void the_text_comes_first_and_then_its_hash_will_do(void **state)
{
    (void)state;
    struct story story;
    open_story(&story);
    options_t *run = travelled_options(story.own, &story.spawn, true, NULL, error);
    assert_non_null(run);
    assert_int_equal(options_count(run, OPT_BATCH_SIZE), 20);
    assert_int_equal(source_of(run).kind, WORKLOAD_TEMPLATE);
    assert_string_equal(source_of(run).name, "t.json");
    assert_string_equal(source_of(run).text, template);
    story.spawn.workload.text = NULL;
    story.spawn.workload.length = 0;
    options_t *again = travelled_options(story.own, &story.spawn, true, run, error);
    assert_non_null(again);
    assert_string_equal(source_of(again).text, template);
    options_destroy(&again);
    options_destroy(&run);
    options_destroy(&story.own);
}

static void a_text_that_is_missing_or_another_is_refused(void **state)
{
    (void)state;
    struct story story;
    open_story(&story);
    story.spawn.workload.hash++;
    assert_null(travelled_options(story.own, &story.spawn, true, NULL, error));
    assert_string_equal(error, "the text of the workload \"t.json\" is not the one that the primary sent");
    story.spawn.workload.hash--;
    story.spawn.workload.length--; /* cut on the way */
    assert_null(travelled_options(story.own, &story.spawn, true, NULL, error));
    story.spawn.workload.text = NULL;
    assert_null(travelled_options(story.own, &story.spawn, true, NULL, error));
    assert_string_equal(error, "the text of the workload \"t.json\" did not come with this run");
    assert_null(travelled_options(story.own, &story.spawn, true, story.own, error)); /* of the run before */
    assert_string_equal(error, "the text of the workload \"t.json\" did not come with this run");
    options_destroy(&story.own);
}

static void without_a_word_of_the_primary_ones_own_file_counts(void **state)
{
    (void)state;
    struct story story;
    open_story(&story);
    struct workload_source mine = {WORKLOAD_SCENARIO, "mine.lua", "return {}", 9};
    assert_true(source_put(story.own, &mine, "", error));
    options_t *run = travelled_options(story.own, &story.spawn, true, NULL, error);
    assert_string_equal(source_of(run).name, "t.json");
    options_destroy(&run);
    story.spawn.workload = (struct wire_workload){.kind = WORKLOAD_SENSOR};
    run = travelled_options(story.own, &story.spawn, true, NULL, error);
    assert_string_equal(source_of(run).name, "mine.lua");
    options_destroy(&run);
    options_destroy(&story.own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_comes_first_and_then_its_hash_will_do),
        cmocka_unit_test(a_text_that_is_missing_or_another_is_refused),
        cmocka_unit_test(without_a_word_of_the_primary_ones_own_file_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
