#include "primary/notify.h"

#include "common/mem.h"
#include "common/must.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct notify {
    int fd; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_bytes;
    uint64_t every_us; /* between signs of life; 0: none is asked for */
    uint64_t next_us;
    bool stopping; /* it was told */
};

/* The value of a variable of digits, 0 when it is anything else. */
static uint64_t number(const char *name)
{
    const char *text = getenv(name);
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return 0;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' ? value : 0;
}

/* A path, or a name in the abstract space, which is written with '@' for its leading NUL. */
static bool find_socket(notify_t *self)
{
    const char *name = getenv("NOTIFY_SOCKET");
    if (name == NULL || (name[0] != '/' && name[0] != '@') || name[1] == '\0')
        return false;
    size_t length = strlen(name);
    if (length >= sizeof self->address.sun_path)
        return false;
    self->address.sun_family = AF_UNIX;
    memcpy(self->address.sun_path, name, length);
    if (name[0] == '@')
        self->address.sun_path[0] = '\0';
    self->address_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

notify_t *notify_new(void)
{
    notify_t *self = mem_new(1, sizeof *self);
    *self = (notify_t){.fd = -1};
    if (find_socket(self)) {
        self->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        uint64_t pid = number("WATCHDOG_PID");
        if (pid == 0 || pid == (uint64_t)getpid())
            self->every_us = number("WATCHDOG_USEC") / 2;
    }
    static const char *const variables[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    return self;
}

void notify_destroy(notify_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    if ((*self_p)->fd >= 0)
        close((*self_p)->fd);
    free(*self_p);
    *self_p = NULL;
}

static void say(notify_t *self, const char *text)
{
    must(self != NULL && text != NULL);
    if (self->fd < 0)
        return;
    if (sendto(self->fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&self->address,
               self->address_bytes) < 0) {
        /* a manager that does not listen misses this one */
    }
}

void notify_ready(notify_t *self)
{
    say(self, "READY=1");
}

void notify_turn(notify_t *self, uint64_t now_us)
{
    must(self != NULL);
    if (self->every_us == 0 || now_us < self->next_us)
        return;
    self->next_us = now_us + self->every_us;
    say(self, "WATCHDOG=1");
}

void notify_stopping(notify_t *self, uint64_t bound_us)
{
    must(self != NULL);
    if (self->stopping)
        return;
    self->stopping = true;
    char text[80];
    int length = snprintf(text, sizeof text, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRIu64, bound_us);
    must(length > 0 && (size_t)length < sizeof text);
    say(self, text);
}
