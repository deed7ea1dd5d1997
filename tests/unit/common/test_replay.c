/* Lines of files as events: every odd file, several secondaries, keys, and a file that changes meanwhile. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/workload/lines.h"
#include "common/workload/replay.h"

static char folder[] = "/tmp/freshet-replay-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/events.ndjson", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static workload_t *replay(const char *text, const char *field, uint64_t place, uint64_t parts)
{
    char error[WORKLOAD_ERROR_MAX];
    if (text != NULL)
        write_file(text, strlen(text));
    struct replay_setup setup = {.path = path, .field = field, .place = place, .parts = parts};
    workload_t *self = replay_new(&setup, error);
    assert_non_null(self);
    return self;
}

/* The next event is this line with this key. */
static void gives(workload_t *self, const char *data, const char *key)
{
    struct event event;
    self->ops->begin(self, 0, 1, 0);
    if (!self->ops->next(self, 0, &event))
        fail_msg("%s", self->ops->error(self));
    assert_int_equal(event.data_length, strlen(data));
    assert_memory_equal(event.data, data, event.data_length);
    assert_int_equal(event.key_length, strlen(key));
    assert_memory_equal(event.key, key, event.key_length);
    assert_false(event.placed);
}

static void fails(workload_t *self, const char *words)
{
    struct event event;
    self->ops->begin(self, 0, 1, 0);
    assert_false(self->ops->next(self, 0, &event));
    if (strstr(self->ops->error(self), words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, self->ops->error(self));
    assert_non_null(strstr(self->ops->error(self), "events.ndjson"));
}

static void lines_come_in_order_and_again_with_the_same_keys(void **state)
{
    (void)state;
    workload_t *self =
        replay("{\"sensorId\":\"a\",\"n\":1}\n{\"n\":2}\nno JSON\n{\"sensorId\":4}\n", NULL, 0, 1);
    for (int round = 0; round < 3; round++) {
        gives(self, "{\"sensorId\":\"a\",\"n\":1}", "a");
        gives(self, "{\"n\":2}", "2"); /* the line's number, from 1 */
        gives(self, "no JSON", "3");
        gives(self, "{\"sensorId\":4}", "4");
    }
    self->ops->destroy(&self);
    assert_null(self);
}

static void line_ends_and_empty_lines_are_none_of_the_events(void **state)
{
    (void)state;
    workload_t *self = replay("\n{\"n\":1}\r\n\r\n  \t\n{\"n\":2}", NULL, 0, 1); /* no newline at the end */
    for (int round = 0; round < 2; round++) {
        gives(self, "{\"n\":1}", "2");
        gives(self, "{\"n\":2}", "5");
    }
    self->ops->destroy(&self);
    uint64_t count;
    char error[WORKLOAD_ERROR_MAX];
    assert_true(replay_count(path, &count, error));
    assert_int_equal(count, 2);
}

static void keys_of_any_kind_are_found(void **state)
{
    (void)state;
    workload_t *self = replay("{\"id\":\"x\",\"a\":{\"id\":\"y\"}}\n{\"id\":17}\n{\"id\":1.50}\n"
                              "{\"id\":\"q\\\"\\u00e9\"}\n{\"other\":\"z\",\"id\":\"z\"}\n",
                              "id", 0, 1);
    for (int round = 0; round < 2; round++) {
        gives(self, "{\"id\":\"x\",\"a\":{\"id\":\"y\"}}", "x");
        gives(self, "{\"id\":17}", "17");
        gives(self, "{\"id\":1.50}", "1.5");
        gives(self, "{\"id\":\"q\\\"\\u00e9\"}", "q\"\xc3\xa9");
        gives(self, "{\"other\":\"z\",\"id\":\"z\"}", "z");
    }
    self->ops->destroy(&self);
}

/* Lines that begin alike are not parsed: it must not be seen. */
static void keys_behind_a_like_beginning_are_the_right_ones(void **state)
{
    (void)state;
    static const struct {
        const char *text, *keys[4];
    } rows[] = {
        {"{\"id\":\"a\"}\n{\"id\":\"bb\"}\n{\"id\":\"\\u0062\"}\n{\"id\":\"\xc3\xa9\"}\n",
         {"a", "bb", "b", "\xc3\xa9"}},
        /* what is found first is not the member */
        {"{\"o\":\"z\",\"id\":\"z\"}\n{\"o\":\"q\",\"id\":\"z\"}\n{\"o\":\"z\",\"id\":\"y\"}\n{\"o\":\"y\","
         "\"id\":\"y\"}\n",
         {"z", "z", "y", "y"}},
        /* nor is an inner one */
        {"{\"o\":{\"id\":\"z\"},\"id\":\"z\"}\n{\"o\":{\"id\":\"q\"},\"id\":\"z\"}\n{\"id\":\"w\"}\n{\"id\":"
         "\"v\"}\n",
         {"z", "z", "w", "v"}},
        {"{\"o\":[{\"id\":\"z\"}],\"id\":\"z\"}\n{\"o\":[{\"id\":\"q\"}],\"id\":\"z\"}\n{\"id\":5}\n{\"id\":"
         "6}\n",
         {"z", "z", "5", "6"}},
        /* nor text that looks like it */
        {"{\"o\":\"\\\"id\\\":\\\"z\",\"id\":\"z\"}\n{\"o\":\"\\\"id\\\":\\\"q\",\"id\":\"z\"}\n{\"id\":"
         "\"1\"}\n{\"id\":\"2\"}\n",
         {"z", "z", "1", "2"}},
        {"{\"n\":1,\"id\":\"a\"}\n{\"n\":1,\"id\":\"b\"}\n{\"n\":2,\"id\":\"c\"}\n{\"n\":2,\"id\":\"d\"}\n",
         {"a", "b", "c", "d"}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        workload_t *self = replay(rows[row].text, "id", 0, 1);
        for (int i = 0; i < 8; i++) {
            struct event event;
            const char *key = rows[row].keys[i % 4];
            self->ops->begin(self, 0, 1, 0);
            assert_true(self->ops->next(self, 0, &event));
            if (event.key_length != strlen(key) || memcmp(event.key, key, event.key_length) != 0)
                fail_msg("row %zu, line %d: %.*s is not %s", row, i, (int)event.key_length, event.key, key);
        }
        self->ops->destroy(&self);
    }
}

static void a_key_that_was_asked_for_must_be_there(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"id\":\"x\"}\n\n{\"other\":1}\n", "{\"id\":1}\n\n{\"id\":null}", "{\"id\":1}\n\n{\"id\":\"\"}",
        "{\"id\":1}\n\n{\"id\":[1]}",        "{\"id\":1}\n\n[1]",           "{\"id\":1}\n\n{\"id\":1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        workload_t *self = replay(texts[i], "id", 0, 1);
        struct event event;
        self->ops->begin(self, 0, 2, 0);
        assert_true(self->ops->next(self, 0, &event));
        fails(self, "line 3: is no JSON object with a text or number \"id\"");
        self->ops->destroy(&self);
    }
}

static void secondaries_share_the_lines(void **state)
{
    (void)state;
    static const char text[] =
        "{\"n\":0}\n{\"n\":1}\n\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n{\"n\":6}\n";
    write_file(text, sizeof text - 1);
    unsigned seen[7] = {0};
    for (uint64_t place = 0; place < 3; place++) {
        workload_t *self = replay(NULL, NULL, place, 3);
        unsigned own = place == 0 ? 3 : 2; /* of 7 lines */
        for (unsigned i = 0; i < own; i++) {
            struct event event;
            self->ops->begin(self, 0, 1, 0);
            assert_true(self->ops->next(self, 0, &event));
            seen[event.data[5] - '0']++;
        }
        self->ops->destroy(&self);
    }
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(seen[i], 1);
}

static void a_file_with_fewer_lines_than_secondaries_serves_all(void **state)
{
    (void)state;
    workload_t *self = replay("{\"n\":0}\n{\"n\":1}\n", NULL, 4, 5);
    gives(self, "{\"n\":0}", "1"); /* lines 0 1 0 1 0: the fifth */
    gives(self, "{\"n\":1}", "2"); /* the tenth */
    self->ops->destroy(&self);
}

static void a_file_that_has_no_events_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {{"", "the file is empty"}, {"\n\r\n  \n", "only empty lines"}};
    char error[WORKLOAD_ERROR_MAX];
    uint64_t count;
    struct replay_setup setup = {.path = path};
    for (size_t i = 0; i < 2; i++) {
        write_file(rows[i].text, strlen(rows[i].text));
        assert_null(replay_new(&setup, error));
        assert_non_null(strstr(error, rows[i].words));
        assert_non_null(strstr(error, "events.ndjson"));
        assert_false(replay_count(path, &count, error));
    }
    setup.path = folder;
    assert_null(replay_new(&setup, error));
    assert_non_null(strstr(error, "is not a regular file"));
    setup.path = "/nowhere/events.ndjson";
    assert_null(replay_new(&setup, error));
    assert_non_null(strstr(error, "/nowhere/events.ndjson\": No such file"));
}

static void a_line_may_have_a_mebibyte_and_no_more(void **state)
{
    (void)state;
    size_t size = 9 + LINES_BYTES_MAX + 2;
    char *text = malloc(size);
    memset(text, 'x', size);
    memcpy(text, "{\"n\":1}\n", 8);
    text[8 + LINES_BYTES_MAX] = '\n';
    write_file(text, 8 + LINES_BYTES_MAX + 1);
    workload_t *self = replay(NULL, NULL, 0, 1);
    struct event event;
    gives(self, "{\"n\":1}", "1");
    assert_true(self->ops->next(self, 0, &event));
    assert_int_equal(event.data_length, LINES_BYTES_MAX);
    self->ops->destroy(&self);

    text[8 + LINES_BYTES_MAX] = 'x';
    write_file(text, 8 + LINES_BYTES_MAX + 1);
    self = replay(NULL, NULL, 0, 1);
    gives(self, "{\"n\":1}", "1");
    fails(self, "line 2: is longer than 1 MiB");
    self->ops->destroy(&self);
    uint64_t count;
    char error[WORKLOAD_ERROR_MAX];
    assert_false(replay_count(path, &count, error));
    assert_non_null(strstr(error, "line 2: is longer"));
    free(text);
}

static void a_file_that_is_cut_is_an_error_and_no_crash(void **state)
{
    (void)state;
    char text[20000];
    memset(text, 'x', sizeof text);
    for (size_t i = 99; i < sizeof text; i += 100)
        text[i] = '\n';
    write_file(text, sizeof text);
    workload_t *self = replay(NULL, NULL, 0, 1);
    struct event event;
    self->ops->begin(self, 0, 1, 0);
    assert_true(self->ops->next(self, 0, &event));
    assert_int_equal(truncate(path, 100), 0);
    fails(self, "the file was cut while it was read");
    self->ops->destroy(&self);
}

static void what_is_appended_is_not_seen(void **state)
{
    (void)state;
    workload_t *self = replay("{\"n\":1}\n", NULL, 0, 1);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_true(fputs("{\"n\":2}\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    gives(self, "{\"n\":1}", "1");
    gives(self, "{\"n\":1}", "1");
    self->ops->destroy(&self);
}

static void a_file_that_is_written_over_gives_no_wrong_memory(void **state)
{
    (void)state;
    workload_t *self = replay("{\"n\":1,\"sensorId\":\"long\"}\n", NULL, 0, 1);
    gives(self, "{\"n\":1,\"sensorId\":\"long\"}", "long");
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_true(fputs("{}\n{\"sensorId\":\"b\"}      \n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    struct event event;
    self->ops->begin(self, 0, 2, 0);
    assert_true(self->ops->next(self, 0, &event)); /* its key was kept behind the line's new end */
    assert_int_equal(event.data_length, 2);
    assert_int_equal(event.key_length, 1);
    assert_int_equal(event.key[0], '1');
    self->ops->destroy(&self);

    self = replay("{\"n\":1}\n", NULL, 0, 3);
    file = fopen(path, "r+");
    assert_non_null(file);
    assert_true(fputs("       \n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    fails(self, "has no lines any more");
    self->ops->destroy(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_in_order_and_again_with_the_same_keys),
        cmocka_unit_test(line_ends_and_empty_lines_are_none_of_the_events),
        cmocka_unit_test(keys_of_any_kind_are_found),
        cmocka_unit_test(keys_behind_a_like_beginning_are_the_right_ones),
        cmocka_unit_test(a_key_that_was_asked_for_must_be_there),
        cmocka_unit_test(secondaries_share_the_lines),
        cmocka_unit_test(a_file_with_fewer_lines_than_secondaries_serves_all),
        cmocka_unit_test(a_file_that_has_no_events_is_refused),
        cmocka_unit_test(a_line_may_have_a_mebibyte_and_no_more),
        cmocka_unit_test(a_file_that_is_cut_is_an_error_and_no_crash),
        cmocka_unit_test(what_is_appended_is_not_seen),
        cmocka_unit_test(a_file_that_is_written_over_gives_no_wrong_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
