/* forwarded - lines of secondaries: each told once, in their name, and not without bound. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/mem.h"
#include "primary/forwarded.h"
#include "primary/refused.h"

#include <stdio.h>
#include <string.h>

struct seen {
    size_t count;
    enum log_level level;
    char who[WIRE_ID_MAX], message[256];
};

static void see(void *context, enum log_level level, const char *who, const char *message)
{
    struct seen *seen = context;
    seen->count++;
    seen->level = level;
    snprintf(seen->who, sizeof seen->who, "%s", who);
    snprintf(seen->message, sizeof seen->message, "%s", message);
}

static log_t *watched(struct seen *seen)
{
    log_t *log = log_new("primary", LOG_LEVEL_INFO, "/dev/null");
    assert_non_null(log);
    log_watch(log, see, seen);
    return log;
}

static void a_line_is_taken_apart(void **state)
{
    (void)state;
    enum log_level level;
    /* as Locust 2.47 formats it */
    assert_string_equal(
        forwarded_split("[2026-11-22 10:00:00,123] host-1/ERROR/locust.user.task: boom: at 5", &level),
        "boom: at 5");
    assert_int_equal(level, LOG_LEVEL_ERROR);
    assert_string_equal(forwarded_split("[2026-11-22T10:00:00.000Z] h/WARNING/secondary-7: slow", &level),
                        "slow");
    assert_int_equal(level, LOG_LEVEL_WARNING);
    static const char *const others[] = {
        "",     "Traceback (most recent call last):",  "[x] y/LOUD/z: w", "[x] y/ERROR/z", "[",
        "[] /", "[a] b/ERRORERRORERRORERRORERROR/c: d"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_string_equal(forwarded_split(others[i], &level), others[i]);
        assert_int_equal(level, LOG_LEVEL_INFO);
    }
}

static struct wire_message message_of(const char *id, bool freshet, uint64_t first, char **lines,
                                      size_t count)
{
    struct wire_message message = {.type = WIRE_LOGS, .has_freshet = freshet, .first = first};
    snprintf(message.id, sizeof message.id, "%s", id);
    message.lines = lines;
    message.lines_count = count;
    return message;
}

static char l1[] = "[t] h/WARNING/s: one", l2[] = "[t] h/WARNING/s: two", l3[] = "[t] h/ERROR/s: three";

static void numbered_lines_are_told_once(void **state)
{
    (void)state;
    struct seen seen = {.count = 0};
    log_t *log = watched(&seen);
    forwarded_t *forwarded = forwarded_new(log);
    char *lines[] = {l1, l2, l3};
    struct wire_message message = message_of("host_a", true, 1, lines, 2);
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.message, "two");
    assert_string_equal(seen.who, "host_a");
    forwarded_take(forwarded, &message, false, 0); /* again, as after a reconnection */
    assert_int_equal(seen.count, 2);
    message = message_of("host_a", true, 1, lines, 3);
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.message, "three");
    assert_int_equal(seen.level, LOG_LEVEL_ERROR);
    message = message_of("host_b", true, 1, lines, 1); /* another counts for itself */
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 4);
    message = message_of("host_a", true, 90, lines, 1); /* some were lost on the way */
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 5);
    message = message_of("host_a", true, 2, lines, 2); /* late */
    forwarded_take(forwarded, &message, false, 0);
    message = message_of("host_a", true, 2, NULL, 0);
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 5);
    forwarded_destroy(&forwarded);
    log_destroy(&log);
}

static void locusts_lists_are_told_from_where_they_were_left(void **state)
{
    (void)state;
    struct seen seen = {.count = 0};
    log_t *log = watched(&seen);
    forwarded_t *forwarded = forwarded_new(log);
    char *lines[] = {l1, l2, l3};
    struct wire_message message = message_of("py_1", false, 0, lines, 2);
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 2);
    message = message_of("py_1", false, 0, lines, 3); /* the whole list again, and a new line */
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 3);
    message = message_of("py_1", false, 0, lines + 1, 2); /* its oldest fell out */
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, 3);
    forwarded_destroy(&forwarded);
    log_destroy(&log);
}

static void a_flood_is_bounded_and_said(void **state)
{
    (void)state;
    struct seen seen = {.count = 0};
    log_t *log = watched(&seen);
    forwarded_t *forwarded = forwarded_new(log);
    char *lines[WIRE_LINES_MAX];
    for (size_t i = 0; i < WIRE_LINES_MAX; i++)
        lines[i] = l1;
    struct wire_message message = message_of("host_a", true, 1, lines, WIRE_LINES_MAX);
    forwarded_take(forwarded, &message, false, 0);
    assert_int_equal(seen.count, FORWARDED_LINES_MAX);
    message = message_of("host_a", true, 1 + WIRE_LINES_MAX, lines, 1);
    forwarded_take(forwarded, &message, false, FORWARDED_TIME_US);
    assert_int_equal(seen.count, FORWARDED_LINES_MAX + 2); /* how many were left out, and the line */
    forwarded_destroy(&forwarded);
    log_destroy(&log);
}

static void who_is_refused_is_counted_and_told_at_a_bounded_rate(void **state)
{
    (void)state;
    struct seen seen = {.count = 0};
    struct refused refused = {.count = 0};
    log_t *log = watched(&seen);
    refused_note(&refused, log, "10.0.0.9", "it came without keys", 1000000, 5);
    assert_int_equal(seen.count, 1);
    assert_non_null(strstr(seen.message, "10.0.0.9"));
    assert_non_null(strstr(seen.message, "without keys"));
    for (uint64_t i = 1; i < 100; i++)
        refused_note(&refused, log, "10.0.0.9", "it came without keys", 1000000 + i * 100000, 6);
    assert_int_equal(seen.count, 1); /* 9.9 s later */
    refused_note(&refused, log, "10.0.0.9", "it came without keys", 11000000, 7);
    assert_int_equal(seen.count, 2);
    refused_note(&refused, log, "", "its bundle b is revoked", 12000000, 8);
    assert_int_equal(seen.count, 3); /* something new is not held back */
    assert_int_equal(refused.count, 102);
    assert_string_equal(refused.address, "unknown");
    assert_int_equal(refused.at_ms, 8);
    log_destroy(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_taken_apart),
        cmocka_unit_test(numbered_lines_are_told_once),
        cmocka_unit_test(locusts_lists_are_told_from_where_they_were_left),
        cmocka_unit_test(a_flood_is_bounded_and_said),
        cmocka_unit_test(who_is_refused_is_counted_and_told_at_a_bounded_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
