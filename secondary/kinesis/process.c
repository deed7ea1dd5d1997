#include "secondary/kinesis/process.h"

#include "common/clock.h"
#include "common/mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEP_MS = 100 }; /* at most so long until a cancellation is seen */

struct limit { /* of a run */
    uint64_t until_us;
    const atomic_bool *cancelled; /* borrowed; NULL: never */
};

static bool is_over(const struct limit *limit)
{
    return clock_us() >= limit->until_us || (limit->cancelled != NULL && atomic_load(limit->cancelled));
}

bool process_split(char *line, char *words[PROCESS_WORDS_MAX + 1])
{
    must(line != NULL && words != NULL);
    size_t count = 0;
    char *from = line, *to = line;
    for (;;) {
        while (isspace((unsigned char)*from))
            from++;
        if (*from == '\0')
            break;
        if (count == PROCESS_WORDS_MAX)
            return false;
        words[count++] = to;
        char quote = '\0';
        for (; *from != '\0' && (quote != '\0' || !isspace((unsigned char)*from)); from++) {
            if (quote == '\0' && (*from == '"' || *from == '\''))
                quote = *from;
            else if (*from == quote && quote != '\0')
                quote = '\0';
            else if (*from == '\\' && quote != '\'' && from[1] != '\0')
                *to++ = *++from;
            else
                *to++ = *from;
        }
        if (quote != '\0')
            return false;
        bool last = *from == '\0';
        *to++ = '\0';
        if (last)
            break;
        from++;
    }
    words[count] = NULL;
    return count > 0;
}

static pid_t start(char **words, int output, char *error, size_t error_size)
{
    posix_spawn_file_actions_t actions;
    must(posix_spawn_file_actions_init(&actions) == 0);
    must(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0);
    must(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0);
    pid_t pid = -1;
    int failed = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed == 0)
        return pid;
    snprintf(error, error_size, "can't run %.200s: %s", words[0], strerror(failed));
    return -1;
}

/* Read to the end of the output. False when it is too much or too late. */
static bool collect(int fd, const struct limit *limit, struct buffer *out)
{
    while (!is_over(limit)) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, STEP_MS) < 0 && errno != EINTR)
            return false;
        if (ready.revents == 0)
            continue;
        char chunk[4096];
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return true;
        if (got < 0 || !buffer_append(out, chunk, (size_t)got))
            return false;
    }
    return false;
}

/* Wait for the end of a process whose output has ended: it may live on. False when it was killed for that. */
static bool await(pid_t pid, const struct limit *limit, int *status)
{
    pid_t ended;
    while ((ended = waitpid(pid, status, WNOHANG)) == 0 && !is_over(limit))
        (void)poll(NULL, 0, STEP_MS / 10);
    if (ended != 0)
        return true;
    kill(pid, SIGKILL);
    while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
    }
    return false;
}

bool process_run(const char *command, uint64_t timeout_us, const atomic_bool *cancelled, struct buffer *out,
                 char *error, size_t error_size)
{
    must(command != NULL && out != NULL);
    must(error != NULL && error_size > 0);
    char *words[PROCESS_WORDS_MAX + 1];
    char *line = mem_text(command);
    int ends[2];
    pid_t pid = -1;
    if (!process_split(line, words)) {
        snprintf(error, error_size, "the command line can't be read: %.200s", command);
    } else if (pipe2(ends, O_CLOEXEC) != 0) {
        snprintf(error, error_size, "no pipe: %s", strerror(errno));
    } else {
        pid = start(words, ends[1], error, error_size);
        close(ends[1]);
        if (pid < 0)
            close(ends[0]);
    }
    free(line);
    if (pid < 0)
        return false;
    struct limit limit = {clock_us() + timeout_us, cancelled};
    bool whole = collect(ends[0], &limit, out);
    close(ends[0]);
    if (!whole)
        limit.until_us = 0; /* no more patience with it */
    int status = 0;
    whole = await(pid, &limit, &status) && whole;
    bool well = whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!whole)
        snprintf(error, error_size, "it printed too much or was not done in time");
    else if (!well)
        snprintf(error, error_size, "it ended with status %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return well;
}
