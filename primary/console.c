#include "primary/console.h"

#include "common/mem.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
    LIVE_US = 500000,
    PLAIN_US = 1000000,
    WIDTH_UNKNOWN = 80,
    LINE_BYTES = 1024,
    USERS_MAX = 1000000000,
};

struct console {
    bool quiet;
    bool live;             /* stderr is a terminal: one line redrawn */
    bool drawn;            /* a live line is on the screen */
    bool keys;             /* stdin gives keys, and its mode is ours to put back */
    struct termios before; /* the mode that was */
    uint64_t next_us;      /* next progress */
};

/* Deliver each key at once and unseen; Ctrl-C and Ctrl-Z stay signals. */
static bool take_keys(console_t *self)
{
    if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp())
        return false;
    struct termios mode = self->before;
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    mode.c_cc[VMIN] = 0;
    mode.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

console_t *console_new(bool quiet)
{
    console_t *self = mem_new(1, sizeof *self);
    *self = (struct console){.quiet = quiet, .live = isatty(STDERR_FILENO) == 1};
    const char *terminal = getenv("TERM");
    if (terminal != NULL && strcmp(terminal, "dumb") == 0)
        self->live = false;
    if (tcgetattr(STDIN_FILENO, &self->before) == 0)
        self->keys = take_keys(self);
    return self;
}

static void put(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* nobody listens any more */
        bytes += written;
        length -= (size_t)written;
    }
}

void console_wipe(console_t *self)
{
    must(self != NULL);
    if (self->drawn)
        put("\r\x1b[K", 4);
    self->drawn = false;
}

void console_destroy(console_t **self_p)
{
    must(self_p != NULL);
    console_t *self = *self_p;
    if (self == NULL)
        return;
    console_wipe(self);
    if (self->keys && tcgetpgrp(STDIN_FILENO) == getpgrp())
        tcsetattr(STDIN_FILENO, TCSANOW, &self->before);
    free(self);
    *self_p = NULL;
}

int console_fd(const console_t *self)
{
    must(self != NULL);
    return self->keys ? STDIN_FILENO : -1;
}

enum console_key console_key_of(char byte)
{
    switch (byte) {
    case 'w':
        return CONSOLE_KEY_MORE;
    case 'W':
        return CONSOLE_KEY_MUCH_MORE;
    case 's':
        return CONSOLE_KEY_LESS;
    case 'S':
        return CONSOLE_KEY_MUCH_LESS;
    default:
        return CONSOLE_KEY_NONE;
    }
}

enum console_key console_key(console_t *self)
{
    must(self != NULL);
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    while (self->keys && poll(&ready, 1, 0) == 1) {
        char byte;
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return CONSOLE_KEY_END; /* the terminal went away */
        enum console_key key = console_key_of(byte);
        if (key != CONSOLE_KEY_NONE)
            return key;
    }
    return CONSOLE_KEY_NONE;
}

bool console_due(const console_t *self, uint64_t now_us)
{
    must(self != NULL);
    return !self->quiet && now_us >= self->next_us;
}

size_t console_width(const console_t *self)
{
    must(self != NULL);
    struct winsize window = {0};
    if (!self->live)
        return 0;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col < 2)
        return WIDTH_UNKNOWN - 1;
    return (size_t)window.ws_col - 1; /* the last column would wrap on some terminals */
}

void console_progress(console_t *self, const char *line, uint64_t now_us)
{
    must(self != NULL && line != NULL);
    if (self->quiet)
        return;
    self->next_us = now_us + (self->live ? LIVE_US : PLAIN_US);
    if (!self->live) {
        console_say(self, line);
        return;
    }
    size_t width = console_width(self);
    size_t length = strnlen(line, LINE_BYTES - 16);
    if (length > width)
        length = width;
    char text[LINE_BYTES];
    /* the cursor goes back to the start, so that a log line writes over this one and not behind it */
    int bytes = snprintf(text, sizeof text, "\r%.*s\x1b[K\r", (int)length, line);
    must(bytes > 0 && (size_t)bytes < sizeof text);
    put(text, (size_t)bytes);
    self->drawn = true;
}

void console_say(console_t *self, const char *line)
{
    must(self != NULL && line != NULL);
    console_wipe(self);
    char text[LINE_BYTES];
    int bytes = snprintf(text, sizeof text, "%.*s\n", LINE_BYTES - 2, line);
    must(bytes > 0 && (size_t)bytes < sizeof text);
    put(text, (size_t)bytes);
}

void console_resume(console_t *self)
{
    must(self != NULL);
    if (self->keys && !take_keys(self))
        self->keys = false; /* in the background now: the terminal is not ours */
}

static bool step_users(struct plan *plan, int64_t step)
{
    int64_t users = (int64_t)plan->users + step;
    users = users < 1 ? 1 : users > USERS_MAX ? USERS_MAX : users;
    bool changed = (uint64_t)users != plan->users;
    plan->users = (uint64_t)users;
    return changed;
}

static bool step_rate(struct plan *plan, double share)
{
    double rate = plan->rate * (1.0 + share);
    rate = rate < 1.0 ? 1.0 : rate > 1e12 ? 1e12 : rate;
    bool changed = fabs(rate - plan->rate) > 0.0;
    plan->rate = rate;
    return changed;
}

double console_factor(enum console_key key)
{
    switch (key) {
    case CONSOLE_KEY_MORE:
        return 1.01;
    case CONSOLE_KEY_MUCH_MORE:
        return 1.10;
    case CONSOLE_KEY_LESS:
        return 0.99;
    case CONSOLE_KEY_MUCH_LESS:
        return 0.90;
    case CONSOLE_KEY_NONE:
    case CONSOLE_KEY_END:
        break;
    }
    return 1;
}

bool console_apply(enum console_key key, struct plan *plan)
{
    must(plan != NULL);
    bool users = plan->model == PLAN_USERS;
    switch (key) {
    case CONSOLE_KEY_MORE:
        return users ? step_users(plan, 1) : step_rate(plan, 0.01);
    case CONSOLE_KEY_MUCH_MORE:
        return users ? step_users(plan, 10) : step_rate(plan, 0.10);
    case CONSOLE_KEY_LESS:
        return users ? step_users(plan, -1) : step_rate(plan, -0.01);
    case CONSOLE_KEY_MUCH_LESS:
        return users ? step_users(plan, -10) : step_rate(plan, -0.10);
    case CONSOLE_KEY_NONE:
    case CONSOLE_KEY_END:
        break;
    }
    return false;
}
