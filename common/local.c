#include "common/local.h"

#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RESTART_US = 5000000,      /* a place is filled again at most this often */
    START_FAILED_US = 1000000, /* never lived as long: it can't start, so don't try for ever */
    EXIT_INTERNAL = 70,
    EXIT_USAGE = 2,
    EXIT_REFUSED = 6,
    ARGUMENTS_MAX = 1000,
    EXIT_NO_PROGRAM = 127, /* the shell's word for it */
    ID_DIGITS = 32,
};

struct place {
    pid_t pid;              /* 0: nobody runs here */
    int core;               /* pinned to */
    int pipe_fd;            /* our end of its pipe; -1: none */
    char id[ID_DIGITS + 1]; /* the last part of the id that it will join with */
    uint64_t started_us;    /* last start */
    bool wanted;            /* to be filled again */
    bool lived;             /* one here did start */
};

struct local {
    struct place *places; /* owned */
    size_t count;
    char **argv;    /* owned, and so is each: path of freshet-secondary, arguments, NULL */
    char *greeting; /* owned; holds keys, never logged */
    int failure;    /* exit status of one that failed at its start, else 0 */
    bool goodbye_ends;
    bool winding_down;
    log_t *log; /* borrowed */
    local_ended_fn *ended;
    void *context;
};

static size_t cores_list(int *out, size_t max)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    size_t count = 0;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (size_t core = 0; core < CPU_SETSIZE && count < max; core++) {
            if (CPU_ISSET(core, &set))
                out[count++] = (int)core;
        }
    }
    if (count == 0)
        out[count++] = 0;
    return count;
}

size_t local_cores(void)
{
    int cores[CPU_SETSIZE];
    return cores_list(cores, CPU_SETSIZE);
}

static bool runnable(const char *folder, size_t folder_length, char out[PATH_MAX])
{
    int length = snprintf(out, PATH_MAX, "%.*s/freshet-secondary", (int)folder_length, folder);
    return length > 0 && length < PATH_MAX && access(out, X_OK) == 0;
}

/* Beside our own executable, else in PATH. */
static bool find_program(char out[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = '\0';
        const char *slash = strrchr(self, '/');
        if (slash != NULL && runnable(self, (size_t)(slash - self), out))
            return true;
    }
    const char *folder = getenv("PATH");
    while (folder != NULL && *folder != '\0') {
        size_t folder_length = strcspn(folder, ":");
        if (folder_length > 0 && runnable(folder, folder_length, out))
            return true;
        folder += folder_length + (folder[folder_length] == ':');
    }
    return false;
}

/* What a child's environment has and ours has not. */
struct slots {
    char fd[32], id[ID_DIGITS + 32];
};

/* Our environment with these. One allocation holds pointers; `slots` the new texts. */
static char **environment_with(struct slots *slots, int fd, const char *id)
{
    static const char ours[] = "FRESHET_LOCAL_"; /* FD and ID */
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **out = mem_new(count + 3, sizeof *out);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], ours, sizeof ours - 1) != 0)
            out[kept++] = environ[i];
    }
    snprintf(slots->fd, sizeof slots->fd, "%sFD=%d", ours, fd);
    snprintf(slots->id, sizeof slots->id, "%sID=%s", ours, id);
    out[kept++] = slots->fd;
    out[kept] = slots->id;
    return out;
}

static void draw_id(char out[ID_DIGITS + 1])
{
    unsigned char random[ID_DIGITS / 2];
    must(getrandom(random, sizeof random, 0) == (ssize_t)sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
}

/* Start the program. By posix_spawn, not fork: other threads of ours may hold locks that a forked child would
 * wait for without end. The child takes its core from the thread that starts it. 0, or an errno. */
static int spawn(pid_t *pid_out, char *const *argv, char *const *envp, int core, int fd)
{
    cpu_set_t before, set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    bool pinned = sched_getaffinity(0, sizeof before, &before) == 0 &&
                  sched_setaffinity(0, sizeof set, &set) == 0; /* else that core is gone: wherever allowed */
    posix_spawnattr_t how;
    posix_spawn_file_actions_t files;
    sigset_t none;
    sigemptyset(&none);
    must(posix_spawnattr_init(&how) == 0 && posix_spawn_file_actions_init(&files) == 0);
    must(posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP) == 0);
    must(posix_spawnattr_setsigmask(&how, &none) == 0 && posix_spawnattr_setpgroup(&how, 0) == 0);
    must(posix_spawn_file_actions_adddup2(&files, fd, fd) == 0); /* onto itself: it stays open there */
    int failure = posix_spawn(pid_out, argv[0], &files, &how, argv, envp);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    if (pinned && sched_setaffinity(0, sizeof before, &before) != 0) {
        /* we stay where we are */
    }
    return failure;
}

static bool start(local_t *self, struct place *place, uint64_t now_us)
{
    must(place->pid == 0 && place->pipe_fd < 0);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    size_t length = strlen(self->greeting);
    must(length < PIPE_BUF); /* fits the pipe: this write can't block */
    struct slots slots;
    draw_id(place->id);
    char **envp = environment_with(&slots, ends[0], place->id);
    pid_t pid = 0;
    bool written = write(ends[1], self->greeting, length) == (ssize_t)length;
    int failure = written ? spawn(&pid, self->argv, envp, place->core, ends[0]) : errno;
    free(envp);
    close(ends[0]);
    if (failure != 0) {
        close(ends[1]);
        errno = failure;
        return false;
    }
    place->pid = pid;
    place->pipe_fd = ends[1];
    place->started_us = now_us;
    place->wanted = true;
    return true;
}

static char **copy_arguments(const char *program, const char *const *arguments)
{
    size_t count = 0;
    while (arguments[count] != NULL)
        count++;
    must(count <= ARGUMENTS_MAX);
    char **out = mem_new(count + 2, sizeof *out);
    out[0] = mem_text(program);
    for (size_t i = 0; i < count; i++)
        out[i + 1] = mem_text(arguments[i]);
    return out;
}

/* With cores to spare, all our threads leave those of the secondaries to them. */
static void keep_off(const local_t *self)
{
    cpu_set_t others;
    CPU_ZERO(&others);
    if (sched_getaffinity(0, sizeof others, &others) != 0)
        return;
    for (size_t i = 0; i < self->count; i++)
        CPU_CLR((size_t)self->places[i].core, &others);
    DIR *tasks = CPU_COUNT(&others) > 0 ? opendir("/proc/self/task") : NULL;
    if (tasks == NULL)
        return;
    for (const struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        pid_t id = (pid_t)strtol(task->d_name, NULL, 10);
        if (id > 0 && sched_setaffinity(id, sizeof others, &others) != 0)
            log_debug(self->log, "thread %d stays where it is: %s", (int)id, strerror(errno));
    }
    closedir(tasks);
}

local_t *local_new(const struct local_setup *setup, uint64_t now_us, char error[LOCAL_ERROR_MAX])
{
    must(setup != NULL && error != NULL);
    must(setup->processes >= 1 && setup->processes <= LOCAL_PROCESSES_MAX);
    char program[PATH_MAX];
    if (!find_program(program)) {
        snprintf(error, LOCAL_ERROR_MAX,
                 "no program freshet-secondary beside freshet or in PATH: install it, or use --processes 0");
        return NULL;
    }
    local_t *self = mem_new(1, sizeof *self);
    *self = (struct local){.places = mem_new(setup->processes, sizeof *self->places),
                           .count = setup->processes,
                           .argv = copy_arguments(program, setup->arguments),
                           .greeting = mem_text(setup->greeting),
                           .goodbye_ends = setup->goodbye_ends,
                           .log = setup->log,
                           .ended = setup->ended,
                           .context = setup->context};
    int cores[CPU_SETSIZE];
    size_t cores_count = cores_list(cores, CPU_SETSIZE);
    for (size_t i = 0; i < self->count; i++)
        self->places[i] = (struct place){.pipe_fd = -1, .core = cores[i % cores_count]};
    for (size_t i = 0; i < self->count; i++) {
        if (!start(self, &self->places[i], now_us)) {
            snprintf(error, LOCAL_ERROR_MAX, "can't start local secondary %zu of %zu: %s", i + 1, self->count,
                     strerror(errno));
            local_destroy(&self);
            return NULL;
        }
    }
    keep_off(self);
    return self;
}

void local_destroy(local_t **self_p)
{
    must(self_p != NULL);
    local_t *self = *self_p;
    if (self == NULL)
        return;
    local_signal(self, SIGKILL);
    for (size_t i = 0; i < self->count; i++) {
        struct place *place = &self->places[i];
        while (place->pid > 0 && waitpid(place->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        if (place->pipe_fd >= 0)
            close(place->pipe_fd);
    }
    free(self->places);
    for (char **argument = self->argv; *argument != NULL; argument++)
        free(*argument);
    free(self->argv);
    explicit_bzero(self->greeting, strlen(self->greeting));
    free(self->greeting);
    free(self);
    *self_p = NULL;
}

static void say_end(local_t *self, const struct place *place, int status)
{
    char how[64];
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(how, sizeof how, "exit status %d", WEXITSTATUS(status));
    char who[WIRE_ID_MAX] = "";
    bool left = self->ended != NULL && self->ended(self->context, place->id, who);
    bool in_order =
        left || ((self->winding_down || self->goodbye_ends) && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const char *is = who[0] != '\0' ? ", secondary=" : "";
    if (in_order)
        log_debug(self->log, "local secondary ended: pid=%d core=%d, %s%s%s", (int)place->pid, place->core,
                  how, is, who);
    else
        log_warning(self->log, "local secondary died: pid=%d core=%d, %s%s%s", (int)place->pid, place->core,
                    how, is, who);
}

static void bury(local_t *self, struct place *place, int status, uint64_t now_us)
{
    say_end(self, place, status);
    bool in_error = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    bool for_good =
        WIFEXITED(status) && (WEXITSTATUS(status) == EXIT_USAGE || WEXITSTATUS(status) == EXIT_REFUSED);
    place->lived = place->lived || now_us - place->started_us >= START_FAILED_US;
    bool at_once = in_error && !place->lived;
    if (!in_error && self->goodbye_ends)
        place->wanted = false;
    if (!self->winding_down && (for_good || at_once)) {
        bool known = WIFEXITED(status) && WEXITSTATUS(status) != EXIT_NO_PROGRAM;
        self->failure = known ? WEXITSTATUS(status) : EXIT_INTERNAL;
        place->wanted = false;
    }
    place->pid = 0;
    close(place->pipe_fd);
    place->pipe_fd = -1;
}

size_t local_reap(local_t *self, uint64_t now_us)
{
    must(self != NULL);
    size_t died = 0;
    for (size_t i = 0; i < self->count; i++) {
        struct place *place = &self->places[i];
        int status;
        /* each by its own pid: children of somebody else in this process are not ours to reap */
        if (place->pid > 0 && waitpid(place->pid, &status, WNOHANG) == place->pid) {
            bury(self, place, status, now_us);
            died++;
        }
    }
    return died;
}

size_t local_turn(local_t *self, uint64_t now_us)
{
    must(self != NULL);
    size_t started = 0;
    for (size_t i = 0; i < self->count && !self->winding_down; i++) {
        struct place *place = &self->places[i];
        if (place->pid > 0 || !place->wanted || now_us < place->started_us + RESTART_US)
            continue;
        if (start(self, place, now_us)) {
            started++;
            log_warning(self->log, "local secondary restarted: pid=%d core=%d", (int)place->pid, place->core);
        } else {
            place->started_us = now_us; /* again in 5 s */
            log_error(self->log, "can't restart a local secondary on core=%d: %s", place->core,
                      strerror(errno));
        }
    }
    return started;
}

int local_failure(const local_t *self)
{
    must(self != NULL);
    return self->failure;
}

void local_wind_down(local_t *self)
{
    must(self != NULL);
    self->winding_down = true;
}

size_t local_running(const local_t *self)
{
    must(self != NULL);
    size_t running = 0;
    for (size_t i = 0; i < self->count; i++)
        running += self->places[i].pid > 0;
    return running;
}

size_t local_wanted(const local_t *self)
{
    must(self != NULL);
    size_t wanted = 0;
    for (size_t i = 0; i < self->count; i++)
        wanted += self->places[i].pid > 0 || (self->places[i].wanted && !self->winding_down);
    return wanted;
}

void local_signal(local_t *self, int signal_number)
{
    must(self != NULL);
    for (size_t i = 0; i < self->count; i++) {
        if (self->places[i].pid > 0)
            kill(self->places[i].pid, signal_number);
    }
}

int local_core(const local_t *self, const char *id)
{
    must(self != NULL && id != NULL);
    size_t length = strlen(id);
    if (length <= ID_DIGITS || id[length - ID_DIGITS - 1] != '_')
        return -1;
    for (size_t i = 0; i < self->count; i++) {
        const struct place *place = &self->places[i];
        if (place->pid > 0 && strcmp(place->id, id + length - ID_DIGITS) == 0)
            return place->core;
    }
    return -1;
}
