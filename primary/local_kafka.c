#include "primary/local_kafka.h"

#include "common/clock.h"
#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NO_PROGRAM = 127 };

struct local_kafka {
    pid_t pid;  /* 0: not started */
    int output; /* of the child; kept open, so that it can write */
    char brokers[TARGET_BROKERS_MAX];
    log_t *log; /* borrowed */
};

local_kafka_t *local_kafka_new(log_t *log)
{
    must(log != NULL);
    local_kafka_t *self = mem_new(1, sizeof *self);
    *self = (struct local_kafka){.output = -1, .log = log};
    return self;
}

static void end(local_kafka_t *self)
{
    if (self->pid > 0) {
        kill(self->pid, SIGKILL); /* it keeps nothing */
        while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (self->output >= 0)
        close(self->output);
    self->pid = 0;
    self->output = -1;
}

void local_kafka_destroy(local_kafka_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    end(*self_p);
    free(*self_p);
    *self_p = NULL;
}

/* The child's side between fork and exec: system calls only. */
__attribute__((noreturn)) static void become(const char *path, const char *topic, int output, pid_t parent)
{
    static const char name[] = "freshet-kafka";
    char *const argv[] = {(char *)name, (char *)"--topic", (char *)topic, NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (setpgid(0, 0) != 0) {
        /* then a Ctrl-C ends it before us */
    }
    bool ready =
        prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && dup2(output, STDOUT_FILENO) >= 0;
    if (ready && path[0] != '\0')
        execv(path, argv);
    if (ready)
        execvp(name, argv);
    _exit(EXIT_NO_PROGRAM);
}

/* Beside our own executable; empty: only PATH can tell. */
static void beside(char out[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 32);
    out[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash != NULL)
        snprintf(slash, PATH_MAX - (size_t)(slash - out), "/freshet-kafka");
}

/* Read its first line. False when it says nothing in time. */
static bool hear(local_kafka_t *self)
{
    static const char words[] = "freshet-kafka: listening on ";
    char line[TARGET_BROKERS_MAX + 64];
    size_t length = 0;
    uint64_t end_us = clock_us() + LOCAL_KAFKA_START_MS * UINT64_C(1000);
    while (length < sizeof line - 1 && clock_us() < end_us) {
        struct pollfd wait = {.fd = self->output, .events = POLLIN};
        if (poll(&wait, 1, (int)((end_us - clock_us()) / 1000)) <= 0)
            continue;
        ssize_t count = read(self->output, &line[length], 1);
        if (count <= 0)
            return false;
        if (line[length] != '\n') {
            length++;
            continue;
        }
        line[length] = '\0';
        if (strncmp(line, words, sizeof words - 1) != 0)
            return false;
        size_t address = length - (sizeof words - 1); /* bytes of it */
        if (address >= sizeof self->brokers)
            return false;
        memcpy(self->brokers, line + sizeof words - 1, address + 1);
        return true;
    }
    return false;
}

static bool start(local_kafka_t *self, const char *topic)
{
    int ends[2];
    char path[PATH_MAX];
    beside(path);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t parent = getpid();
    self->pid = fork();
    if (self->pid == 0)
        become(path, topic, ends[1], parent);
    close(ends[1]);
    self->output = ends[0];
    if (self->pid > 0 && hear(self)) {
        log_info(self->log, "local Kafka started: brokers=%s", self->brokers);
        return true;
    }
    self->pid = self->pid > 0 ? self->pid : 0;
    end(self);
    return false;
}

bool local_kafka_resolve(local_kafka_t *self, struct target *target)
{
    must(self != NULL && target != NULL);
    if (target->kind != TARGET_KAFKA || strcmp(target->brokers, TARGET_LOCAL) != 0)
        return true;
    if (self->pid > 0 && waitpid(self->pid, NULL, WNOHANG) == self->pid) {
        self->pid = 0;
        end(self);
    }
    if (self->pid == 0 && !start(self, target->topic)) {
        log_error(self->log, "kafka://local: freshet-kafka can't be started beside freshet or from PATH");
        return false;
    }
    snprintf(target->brokers, sizeof target->brokers, "%s", self->brokers);
    return true;
}
