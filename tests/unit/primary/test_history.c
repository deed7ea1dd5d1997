/* Runs kept over restarts, within bounds, and disks that refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "common/mem.h"
#include "primary/history.h"

enum { DAY_MS = 86400000, BIG = 1 << 20 };
#define NOW_MS INT64_C(1800000000000)

struct fixture {
    char folder[64], path[96];
    log_t *log;
    struct history_setup setup;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/freshet-history-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/history.db", f->folder);
    f->log = log_new("test", LOG_LEVEL_CRITICAL, NULL);
    f->setup = (struct history_setup){.path = f->path, .days_max = 365, .bytes_max = 1 << 30, .log = f->log};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        char path[112];
        snprintf(path, sizeof path, "%s%s", f->path, endings[i]);
        unlink(path);
        rmdir(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
    log_destroy(&f->log);
    free(f);
    return 0;
}

static struct history_run run_of(const char *id, const char *state)
{
    return (struct history_run){.id = id,
                                .state = state,
                                .started_ms = NOW_MS,
                                .duration_s = 12.5,
                                .target = "DemoStream",
                                .model = "rate",
                                .asked = 5000,
                                .counters = {.generated = 100, .delivered = 97, .failed = 2, .unknown = 1},
                                .p50_us = 1000,
                                .p99_us = 2000,
                                .timed = true,
                                .verdict = "on target",
                                .exit_code = 1};
}

static bool keep(history_t *history, const char *id, const char *state)
{
    struct history_run run = run_of(id, state);
    struct history_part part = {.kind = "run", .bytes = "{\"a\":1}", .length = 7};
    struct series_point points[2] = {{.at_s = 1, .span_s = 1}, {.at_s = 2, .span_s = 1}};
    return history_write(history, &run, &part, 1, points, 2);
}

static const char *text(json_t *list, size_t index, const char *key)
{
    return json_string_value(json_object_get(json_array_get(list, index), key));
}

static void a_run_is_kept_over_a_restart(void **state)
{
    struct fixture *f = *state;
    history_t *history = history_new(&f->setup, NOW_MS);
    assert_null(history_error(history));
    assert_true(keep(history, "1111111111111111", "running"));
    assert_true(keep(history, "1111111111111111", "finished")); /* the same run, further on */
    assert_int_equal(history_rename(history, "1111111111111111", "night run"), HISTORY_DONE);
    history_destroy(&history);
    struct stat facts;
    assert_int_equal(stat(f->path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);

    history = history_new(&f->setup, NOW_MS);
    json_t *list = history_list(history, 10, NULL);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text(list, 0, "id"), "1111111111111111");
    assert_string_equal(text(list, 0, "name"), "night run");
    assert_string_equal(text(list, 0, "state"), "finished");
    assert_string_equal(text(list, 0, "verdict"), "on target");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "delivered")), 97);
    json_decref(list);
    size_t length = 0, count = 0;
    char *bytes = history_part(history, "1111111111111111", "run", &length);
    assert_string_equal(bytes, "{\"a\":1}");
    assert_null(history_part(history, "1111111111111111", "nothing", &length));
    struct series_point *points = NULL;
    assert_true(history_points(history, "1111111111111111", &points, &count));
    assert_int_equal(count, 4); /* two writes of two */
    assert_true(points[1].at_s == 2);
    free(points);
    free(bytes);
    assert_false(history_points(history, "2222222222222222", &points, &count));
    history_destroy(&history);
}

static void a_run_that_was_cut_off_is_interrupted(void **state)
{
    struct fixture *f = *state;
    history_t *history = history_new(&f->setup, NOW_MS);
    assert_true(keep(history, "1111111111111111", "running"));
    history_destroy(&history);
    history = history_new(&f->setup, NOW_MS);
    json_t *list = history_list(history, 10, NULL);
    assert_string_equal(text(list, 0, "state"), "interrupted");
    assert_true(json_is_null(json_object_get(json_array_get(list, 0), "verdict")));
    assert_true(json_is_null(json_object_get(json_array_get(list, 0), "exit_code")));
    json_decref(list);
    history_destroy(&history);
}

static void the_list_goes_back_page_by_page(void **state)
{
    struct fixture *f = *state;
    history_t *history = history_new(&f->setup, NOW_MS);
    for (unsigned i = 1; i <= 5; i++) {
        char id[HISTORY_ID_MAX];
        snprintf(id, sizeof id, "%016x", i);
        assert_true(keep(history, id, "finished"));
    }
    json_t *first = history_list(history, 2, NULL), *next = history_list(history, 10, text(first, 1, "id"));
    assert_string_equal(text(first, 0, "id"), "0000000000000005");
    assert_int_equal(json_array_size(next), 3);
    assert_string_equal(text(next, 0, "id"), "0000000000000003");
    json_t *none = history_list(history, 10, "ffffffffffffffff");
    assert_int_equal(json_array_size(none), 0);
    json_decref(first);
    json_decref(next);
    json_decref(none);
    assert_int_equal(history_delete(history, "0000000000000003"), HISTORY_DONE);
    assert_int_equal(history_delete(history, "0000000000000003"), HISTORY_NONE);
    assert_int_equal(history_rename(history, "0000000000000003", "x"), HISTORY_NONE);
    size_t length = 0;
    assert_null(history_part(history, "0000000000000003", "run", &length)); /* its parts went with it */
    history_destroy(&history);
}

static void old_runs_go_by_age(void **state)
{
    struct fixture *f = *state;
    history_t *history = history_new(&f->setup, NOW_MS);
    struct history_run old = run_of("1111111111111111", "finished");
    old.started_ms = NOW_MS - INT64_C(366) * DAY_MS;
    assert_true(history_write(history, &old, NULL, 0, NULL, 0));
    assert_true(keep(history, "2222222222222222", "finished"));
    history_prune(history, NOW_MS, NULL);
    json_t *list = history_list(history, 10, NULL);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text(list, 0, "id"), "2222222222222222");
    json_decref(list);
    history_destroy(&history);
}

/* Bytes that don't pack: a simple generator of noise. */
static char *noise(size_t length)
{
    char *out = mem_new(length, 1);
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < length; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        out[i] = (char)(x & 0xFF);
    }
    return out;
}

static bool keep_big(history_t *history, const char *id)
{
    char *bytes = noise(BIG);
    struct history_run run = run_of(id, "finished");
    struct history_part part = {.kind = "run", .bytes = bytes, .length = BIG};
    bool good = history_write(history, &run, &part, 1, NULL, 0);
    free(bytes);
    return good;
}

static void the_oldest_go_by_size(void **state)
{
    struct fixture *f = *state;
    f->setup.bytes_max = 3 * BIG;
    history_t *history = history_new(&f->setup, NOW_MS);
    for (unsigned i = 1; i <= 6; i++) {
        char id[HISTORY_ID_MAX];
        snprintf(id, sizeof id, "%016x", i);
        assert_true(keep_big(history, id));
        history_prune(history, NOW_MS, id);
    }
    json_t *list = history_list(history, 10, NULL);
    assert_int_equal(json_array_size(list), 2); /* two of 1 MiB and their pages; a third would pass 3 MiB */
    assert_string_equal(text(list, 0, "id"), "0000000000000006");
    json_decref(list);
    history_destroy(&history);
}

static void a_full_disk_is_told_and_overcome(void **state)
{
    struct fixture *f = *state;
    f->setup.pages_max = 64; /* 256 KiB */
    history_t *history = history_new(&f->setup, NOW_MS);
    assert_true(keep(history, "1111111111111111", "finished"));
    assert_false(keep_big(history, "2222222222222222"));
    assert_non_null(strstr(history_error(history), "full"));
    json_t *list = history_list(history, 10, NULL); /* nothing of it, and what was there is there */
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
    assert_true(keep(history, "3333333333333333", "finished"));
    assert_null(history_error(history));
    history_destroy(&history);
}

static void a_place_that_can_not_be_written(void **state)
{
    struct fixture *f = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/missing/history.db", f->folder);
    struct history_setup setup = f->setup;
    setup.path = path;
    history_t *history = history_new(&setup, NOW_MS);
    assert_non_null(strstr(history_error(history), "can't be kept"));
    assert_false(keep(history, "1111111111111111", "finished"));
    json_t *list = history_list(history, 10, NULL);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    assert_int_equal(history_delete(history, "1111111111111111"), HISTORY_FAILED);
    char folder[128];
    snprintf(folder, sizeof folder, "%s/missing", f->folder);
    assert_int_equal(mkdir(folder, 0700), 0); /* the disk is back */
    assert_true(keep(history, "1111111111111111", "finished"));
    assert_null(history_error(history));
    history_destroy(&history);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void a_file_that_is_no_database(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database", file);
    fclose(file);
    history_t *history = history_new(&f->setup, NOW_MS);
    assert_non_null(history_error(history));
    assert_false(keep(history, "1111111111111111", "finished"));
    history_destroy(&history);
}

static void another_version_is_refused_in_words(void **state)
{
    struct fixture *f = *state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE x(y); PRAGMA user_version = 9", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    history_t *history = history_new(&f->setup, NOW_MS);
    assert_non_null(strstr(history_error(history), "schema 9, this one knows 1"));
    assert_false(keep(history, "1111111111111111", "finished"));
    history_destroy(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_is_kept_over_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_was_cut_off_is_interrupted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_list_goes_back_page_by_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_runs_go_by_age, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_go_by_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_overcome, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_place_that_can_not_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_no_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_version_is_refused_in_words, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
