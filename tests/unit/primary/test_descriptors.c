/* The limit of open files: raised, and told of when it is reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "primary/descriptors.h"

static void count_line(void *context, enum log_level level, const char *who, const char *line)
{
    (void)level;
    (void)who;
    *(int *)context += strstr(line, "no room for more secondaries") != NULL;
}

static void the_limit_is_raised_and_its_end_is_told_once(void **state)
{
    (void)state;
    struct rlimit files = {.rlim_cur = 256, .rlim_max = 400};
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        skip(); /* under valgrind, which keeps the highest ones for itself */
    int told = 0;
    log_t *log = log_new("test", LOG_LEVEL_WARNING, NULL);
    log_watch(log, count_line, &told);
    struct descriptors descriptors;
    descriptors_init(&descriptors);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(files.rlim_cur, 400);
    assert_int_equal(descriptors.room, 400 - DESCRIPTORS_OWN);
    descriptors_watch(&descriptors, 15, log);
    assert_int_equal(told, 0);
    descriptors_watch(&descriptors, 16, log);
    descriptors_watch(&descriptors, 17, log);
    assert_int_equal(told, 1);
    descriptors_watch(&descriptors, 3, log); /* room again */
    descriptors_watch(&descriptors, 16, log);
    assert_int_equal(told, 2);
    log_destroy(&log);
}

static void a_limit_below_what_the_primary_itself_needs_leaves_no_room(void **state)
{
    (void)state;
    assert_int_equal(descriptors_room(0), 0);
    assert_int_equal(descriptors_room(DESCRIPTORS_OWN), 0);
    assert_int_equal(descriptors_room(20000), 20000 - DESCRIPTORS_OWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_raised_and_its_end_is_told_once),
        cmocka_unit_test(a_limit_below_what_the_primary_itself_needs_leaves_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
