#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "primary/notify.h"

/* A service manager's socket at a path, or, with '@' in front, in the abstract space. */
static int manager(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    assert_true(length < sizeof address.sun_path);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, bytes), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void assert_hears(int fd, const char *text)
{
    char heard[256] = "";
    ssize_t length = recv(fd, heard, sizeof heard - 1, 0);
    assert_true(length > 0);
    heard[length] = '\0';
    assert_string_equal(heard, text);
}

static void assert_silence(int fd)
{
    char heard[256];
    assert_int_equal(recv(fd, heard, sizeof heard, 0), -1);
}

static void a_service_tells_that_it_is_ready_alive_and_leaving(void **state)
{
    (void)state;
    char name[80];
    snprintf(name, sizeof name, "@freshet-notify-%d", (int)getpid());
    int fd = manager(name);
    setenv("WATCHDOG_USEC", "10000000", 1);
    snprintf(name, sizeof name, "%d", (int)getpid());
    setenv("WATCHDOG_PID", name, 1);
    notify_t *notify = notify_new();
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
    assert_silence(fd);
    notify_ready(notify);
    assert_hears(fd, "READY=1");
    notify_turn(notify, 1000000);
    assert_hears(fd, "WATCHDOG=1");
    notify_turn(notify, 5999999); /* half of the watchdog's time is 5 s */
    assert_silence(fd);
    notify_turn(notify, 6000000);
    assert_hears(fd, "WATCHDOG=1");
    notify_stopping(notify, 54000000);
    assert_hears(fd, "STOPPING=1\nEXTEND_TIMEOUT_USEC=54000000");
    notify_stopping(notify, 1);
    assert_silence(fd);
    notify_turn(notify, 11000000);
    assert_hears(fd, "WATCHDOG=1");
    notify_destroy(&notify);
    assert_null(notify);
    close(fd);
}

static void no_sign_of_life_where_the_watchdog_means_another(void **state)
{
    (void)state;
    char path[80];
    snprintf(path, sizeof path, "/tmp/freshet-notify-%d", (int)getpid());
    int fd = manager(path);
    setenv("WATCHDOG_USEC", "10000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    notify_t *notify = notify_new();
    notify_turn(notify, 1000000);
    assert_silence(fd);
    notify_ready(notify);
    assert_hears(fd, "READY=1");
    notify_destroy(&notify);
    close(fd);
    unlink(path);
}

static void without_a_manager_or_with_a_wrong_one_nothing_happens(void **state)
{
    (void)state;
    char too_long[300];
    memset(too_long, 'x', sizeof too_long);
    too_long[0] = '/';
    too_long[sizeof too_long - 1] = '\0';
    const char *names[] = {"", "@", "/", "relative", "/nonexistent/socket", too_long};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        setenv("WATCHDOG_USEC", "12 minutes", 1);
        notify_t *notify = notify_new();
        notify_ready(notify);
        notify_turn(notify, 1);
        notify_stopping(notify, 1);
        notify_destroy(&notify);
        notify_destroy(&notify);
    }
    notify_t *notify = notify_new();
    notify_ready(notify);
    notify_destroy(&notify);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_tells_that_it_is_ready_alive_and_leaving),
        cmocka_unit_test(no_sign_of_life_where_the_watchdog_means_another),
        cmocka_unit_test(without_a_manager_or_with_a_wrong_one_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
