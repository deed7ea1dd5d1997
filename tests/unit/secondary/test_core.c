#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secondary/core.h"

/* The core on which a child of ours ends up that asks for `number`; -1: not exactly one. */
static int core_of(size_t number)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cpu_set_t set;
        if (!core_pin(number) || sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) != 1)
            _exit(255);
        size_t core = 0;
        while (!CPU_ISSET(core, &set))
            core++;
        _exit(core < 255 ? (int)core : 254);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static void each_number_has_its_core_and_past_the_last_they_come_again(void **state)
{
    (void)state;
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    size_t count = (size_t)CPU_COUNT(&allowed), number = 0;
    for (size_t core = 0; core < 250; core++) {
        if (!CPU_ISSET(core, &allowed))
            continue;
        assert_int_equal(core_of(number), (int)core);
        assert_int_equal(core_of(number + count), (int)core);
        number++;
    }
    assert_true(number > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_has_its_core_and_past_the_last_they_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
