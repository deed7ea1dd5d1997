/* log - plain lines, and lines with priorities where the journal reads them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct seen {
    char who[64], message[64];
    int count;
};

static void see(void *context, enum log_level level, const char *who, const char *message)
{
    struct seen *seen = context;
    (void)level;
    seen->count++;
    snprintf(seen->who, sizeof seen->who, "%s", who);
    snprintf(seen->message, sizeof seen->message, "%s", message);
}

/* What a log writes to stderr while it is `path`, with JOURNAL_STREAM naming that file or another. */
static void written(bool ours, char out[1024])
{
    char path[] = "/tmp/freshet-log-XXXXXX", stream[64];
    int fd = mkstemp(path), kept = dup(STDERR_FILENO);
    struct stat facts;
    assert_true(fd >= 0 && kept >= 0);
    assert_int_equal(fstat(fd, &facts), 0);
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)facts.st_dev,
             (unsigned long long)facts.st_ino + (ours ? 0 : 1));
    setenv("JOURNAL_STREAM", stream, 1);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    log_t *log = log_new("primary", LOG_LEVEL_DEBUG, NULL);
    log_debug(log, "one");
    log_info(log, "two");
    log_warning(log, "three\nlines");
    log_error(log, "four");
    log_other(log, LOG_LEVEL_CRITICAL, "host_1", false, "five");
    log_other(log, LOG_LEVEL_ERROR, "host_1", true, "only watched");
    log_destroy(&log);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    ssize_t length = pread(fd, out, 1023, 0);
    assert_true(length > 0);
    out[length] = '\0';
    close(fd);
    unlink(path);
    unsetenv("JOURNAL_STREAM");
}

/* The numbers of syslog(3). */
static void the_journal_gets_priorities(void **state)
{
    (void)state;
    char text[1024];
    written(true, text);
    static const char *const starts[] = {"<7>2", "<6>2", "<4>2", "<3>2", "<2>2"};
    static const char *const ends[] = {"DEBUG   primary: one", "INFO    primary: two",
                                       "WARNING primary: three lines", "ERROR   primary: four",
                                       "CRITICAL host_1: five"};
    char *at = text;
    for (size_t i = 0; i < 5; i++) {
        char *end = strchr(at, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_memory_equal(at, starts[i], 4);
        assert_string_equal(end - strlen(ends[i]), ends[i]);
        at = end + 1;
    }
    assert_string_equal(at, "");
}

static void others_get_plain_lines(void **state)
{
    (void)state;
    char text[1024];
    written(false, text); /* systemd's variable, but stderr was sent elsewhere since */
    assert_int_equal(text[0], '2');
    assert_null(strchr(text, '<'));
}

static void lines_of_others_are_watched_in_their_name(void **state)
{
    (void)state;
    struct seen seen = {.count = 0};
    log_t *log = log_new("primary", LOG_LEVEL_WARNING, "/dev/null");
    log_watch(log, see, &seen);
    log_other(log, LOG_LEVEL_INFO, "host_1", true, "below the level");
    assert_int_equal(seen.count, 0);
    log_other(log, LOG_LEVEL_WARNING, "host_1", true, "tab\there");
    assert_string_equal(seen.who, "host_1");
    assert_string_equal(seen.message, "tab here");
    log_warning(log, "own");
    assert_string_equal(seen.who, "primary");
    assert_int_equal(seen.count, 2);
    log_destroy(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_journal_gets_priorities),
        cmocka_unit_test(others_get_plain_lines),
        cmocka_unit_test(lines_of_others_are_watched_in_their_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
