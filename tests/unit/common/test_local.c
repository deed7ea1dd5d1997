#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/local.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* A freshet-secondary made of shell, found in PATH: the test programs have no real one beside them. */
struct stage {
    char folder[64], program[128], said[128];
    int signals;
    log_t *log;
    cpu_set_t cores_set; /* those we had before */
    int cores;
};

static const char *const arguments[] = {"--primary-host", "127.0.0.1", "--primary-port", "5557", "--loglevel",
                                        "WARNING",        NULL};

static void play(struct stage *stage, const char *script)
{
    FILE *file = fopen(stage->program, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    assert_int_equal(chmod(stage->program, 0755), 0);
}

static int open_stage(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    strncpy(stage->folder, "/tmp/freshet-local-XXXXXX", sizeof stage->folder - 1);
    if (mkdtemp(stage->folder) == NULL)
        return 1;
    snprintf(stage->program, sizeof stage->program, "%s/freshet-secondary", stage->folder);
    snprintf(stage->said, sizeof stage->said, "%s/said", stage->folder);
    char path[256];
    snprintf(path, sizeof path, "%s:/bin:/usr/bin", stage->folder);
    setenv("PATH", path, 1);
    setenv("SAID", stage->said, 1);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    stage->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    stage->log = log_new("test", LOG_LEVEL_CRITICAL, NULL);
    if (sched_getaffinity(0, sizeof stage->cores_set, &stage->cores_set) != 0)
        return 1;
    stage->cores = CPU_COUNT(&stage->cores_set);
    *state = stage;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *stage = *state;
    if (sched_setaffinity(0, sizeof stage->cores_set, &stage->cores_set) != 0)
        return 1;
    unlink(stage->said);
    unlink(stage->program);
    int failed = rmdir(stage->folder);
    close(stage->signals);
    log_destroy(&stage->log);
    free(stage);
    return failed;
}

static void wait_for_the_dead(struct stage *stage, local_t *local, uint64_t now_us)
{
    while (local_running(local) > 0) {
        struct signalfd_siginfo info;
        struct pollfd ready = {.fd = stage->signals, .events = POLLIN};
        assert_int_equal(poll(&ready, 1, 20000), 1);
        assert_int_equal(read(stage->signals, &info, sizeof info), sizeof info);
        local_reap(local, now_us);
    }
}

static local_t *start_one(struct stage *stage)
{
    char error[LOCAL_ERROR_MAX] = "";
    struct local_setup setup = {
        .processes = 1, .arguments = arguments, .greeting = "plaintext\n", .log = stage->log};
    local_t *local = local_new(&setup, 1000, error);
    assert_string_equal(error, "");
    assert_non_null(local);
    return local;
}

static void a_child_gets_its_arguments_and_the_greeting(void **state)
{
    struct stage *stage = *state;
    play(stage, "read line < /proc/self/fd/$FRESHET_LOCAL_FD; echo \"$@ / $line\" > $SAID");
    local_t *local = start_one(stage);
    assert_int_equal(local_running(local), 1);
    local_wind_down(local);
    wait_for_the_dead(stage, local, 2000);
    char line[256] = "";
    FILE *file = fopen(stage->said, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_string_equal(line,
                        "--primary-host 127.0.0.1 --primary-port 5557 --loglevel WARNING / plaintext\n");
    local_destroy(&local);
    assert_null(local);
}

static void a_child_is_known_again_by_the_digits_it_was_given(void **state)
{
    struct stage *stage = *state;
    play(stage, "echo $FRESHET_LOCAL_ID > $SAID; exec sleep 60");
    local_t *local = start_one(stage);
    char digits[64] = "", id[128];
    FILE *file = NULL;
    for (int i = 0; i < 2000 && strlen(digits) < 33; i++) { /* until it has said its line */
        (void)poll(NULL, 0, 10);
        file = fopen(stage->said, "r");
        if (file != NULL && fgets(digits, sizeof digits, file) == NULL)
            digits[0] = '\0';
        if (file != NULL)
            fclose(file);
    }
    assert_int_equal(strcspn(digits, "\n"), 32);
    digits[32] = '\0';
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    snprintf(id, sizeof id, "some-host_%s", digits);
    int core = local_core(local, id);
    assert_true(core >= 0);
    /* with a core to spare we left the child's core to it; with none we share it */
    assert_int_equal(CPU_ISSET((size_t)core, &allowed) != 0, stage->cores == 1);
    assert_int_equal(local_core(local, digits), -1); /* no host before it */
    id[sizeof "some-host_" - 1] = digits[0] == 'a' ? 'b' : 'a';
    assert_int_equal(local_core(local, id), -1);
    local_destroy(&local);
}

static void one_that_fails_at_its_start_is_not_tried_again(void **state)
{
    struct stage *stage = *state;
    play(stage, "exit 6");
    local_t *local = start_one(stage);
    wait_for_the_dead(stage, local, 900000);
    assert_int_equal(local_failure(local), 6);
    assert_int_equal(local_turn(local, 100000000), 0);
    local_destroy(&local);
}

static void one_that_dies_later_is_restarted_but_not_at_once(void **state)
{
    struct stage *stage = *state;
    play(stage, "exit 1");
    local_t *local = start_one(stage);        /* at 1000 us */
    wait_for_the_dead(stage, local, 3000000); /* noticed after 3 s of its life */
    assert_int_equal(local_failure(local), 0);
    assert_int_equal(local_turn(local, 5000999), 0); /* 5 s after its start, less 1 us */
    assert_int_equal(local_turn(local, 5001000), 1);
    wait_for_the_dead(stage, local,
                      5500000); /* half a second of this one: it could start, as one did before */
    assert_int_equal(local_failure(local), 0);
    assert_int_equal(local_turn(local, 10000999), 0);
    assert_int_equal(local_turn(local, 10001000), 1);
    wait_for_the_dead(stage, local, 14000000);
    assert_int_equal(local_turn(local, 14000000), 0);
    local_wind_down(local);
    assert_int_equal(local_turn(local, 60000000), 0);
    local_destroy(&local);
}

/* An agent on a host: who was told to leave stays away, who was refused would be refused again. */
static void one_that_says_goodbye_or_is_refused_stays_away(void **state)
{
    struct stage *stage = *state;
    char error[LOCAL_ERROR_MAX] = "";
    struct local_setup setup = {.processes = 2,
                                .arguments = arguments,
                                .greeting = "plaintext\n",
                                .goodbye_ends = true,
                                .log = stage->log};
    play(stage, "exit 0");
    local_t *local = local_new(&setup, 1000, error);
    assert_non_null(local);
    wait_for_the_dead(stage, local, 9000000);
    assert_int_equal(local_failure(local), 0);
    assert_int_equal(local_wanted(local), 0);
    assert_int_equal(local_turn(local, 60000000), 0);
    local_destroy(&local);
    play(stage, "exit 6");
    local = local_new(&setup, 1000, error);
    assert_non_null(local);
    wait_for_the_dead(stage, local, 9000000); /* long after the start */
    assert_int_equal(local_failure(local), 6);
    assert_int_equal(local_wanted(local), 0);
    local_destroy(&local);
    play(stage, "exit 70");
    local = local_new(&setup, 1000, error);
    assert_non_null(local);
    wait_for_the_dead(stage, local, 9000000);
    assert_int_equal(local_wanted(local), 2);
    local_destroy(&local);
}

static void a_missing_program_is_named(void **state)
{
    struct stage *stage = *state;
    char error[LOCAL_ERROR_MAX] = "";
    struct local_setup setup = {
        .processes = 1, .arguments = arguments, .greeting = "plaintext\n", .log = stage->log};
    setenv("PATH", "/nonexistent::", 1);
    assert_null(local_new(&setup, 0, error));
    assert_non_null(strstr(error, "freshet-secondary"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_child_gets_its_arguments_and_the_greeting, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_child_is_known_again_by_the_digits_it_was_given, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(one_that_fails_at_its_start_is_not_tried_again, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(one_that_dies_later_is_restarted_but_not_at_once, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(one_that_says_goodbye_or_is_refused_stays_away, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(a_missing_program_is_named, open_stage, close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
