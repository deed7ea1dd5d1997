/* freshet-secondary: options, keys, signals; then the engine until it is told to quit. */
#include "common/clock.h"
#include "common/keyfile.h"
#include "common/local.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/options.h"
#include "common/version.h"
#include "common/workload/source.h"
#include "secondary/agent.h"
#include "secondary/core.h"
#include "secondary/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    EXIT_INTERNAL = 70,
    LINE_BYTES = 256,
    FD_MAX = 1 << 20,
    LEAVE_US = 5000000, /* beyond the stop timeout */
};

_Static_assert((int)LINK_KEY_MAX == (int)KEYFILE_KEY_MAX, "a bundle's keys fit");

static const char *from_environment(const char *name)
{
    return getenv(name);
}

static int refuse(const char *reason)
{
    fprintf(stderr, "freshet-secondary: %s\n", reason);
    return EXIT_USAGE;
}

static bool wrong(const char *reason)
{
    (void)refuse(reason);
    return false;
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

/* The pipe of whoever started us, or -1: none, or not a number. */
static bool parent_pipe(int *fd_out)
{
    const char *text = getenv("FRESHET_LOCAL_FD");
    *fd_out = -1;
    if (text == NULL)
        return true;
    char *end;
    errno = 0;
    long fd = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || fd < 3 || fd > FD_MAX)
        return false;
    *fd_out = (int)fd;
    return true;
}

/* Byte by byte, so that nothing behind the line is swallowed. */
static bool read_line(int fd, char line[LINE_BYTES])
{
    for (size_t length = 0; length < LINE_BYTES; length++) {
        ssize_t count;
        do
            count = read(fd, &line[length], 1);
        while (count < 0 && errno == EINTR);
        if (count != 1)
            return false;
        if (line[length] == '\n') {
            line[length] = '\0';
            return true;
        }
    }
    return false;
}

/* "plaintext" or "<server public> <client public> <client secret>", each 40 characters. */
static bool read_keys(int fd, struct link_keys *out)
{
    char line[LINE_BYTES];
    *out = (struct link_keys){0};
    bool good = read_line(fd, line);
    if (good && strcmp(line, "plaintext") != 0) {
        enum { KEY = LINK_KEY_MAX - 1 };
        good = strlen(line) == 3 * KEY + 2 && line[KEY] == ' ' && line[2 * KEY + 1] == ' ';
        if (good) {
            memcpy(out->server, line, KEY);
            memcpy(out->public_key, line + KEY + 1, KEY);
            memcpy(out->secret_key, line + 2 * KEY + 2, KEY);
        }
    }
    explicit_bzero(line, sizeof line);
    return good;
}

static int watch_signals(bool local)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (!local)
        sigaddset(&set, SIGINT); /* local ones leave the terminal's Ctrl-C to the primary */
    else
        signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool keys_of_bundle(const char *path, struct link_keys *out, log_t *log)
{
    struct keyfile bundle;
    char error[KEYFILE_ERROR_MAX];
    if (!keyfile_load(path, KEYFILE_BUNDLE, &bundle, error)) {
        fprintf(stderr, "freshet-secondary: --join: %s\n", error);
        return false;
    }
    log_info(log, "joining with the bundle %s", bundle.name);
    memcpy(out->server, bundle.primary, sizeof out->server);
    memcpy(out->public_key, bundle.public_key, sizeof out->public_key);
    memcpy(out->secret_key, bundle.secret_key, sizeof out->secret_key);
    explicit_bzero(&bundle, sizeof bundle);
    return true;
}

/* How to speak to the primary. False: it was told what is wrong. */
static bool find_keys(const options_t *options, int parent_fd, struct link_keys *out, log_t *log)
{
    const char *join = options_text(options, OPT_JOIN);
    const char *host = options_text(options, OPT_PRIMARY_HOST);
    bool plaintext = options_flag(options, OPT_PLAINTEXT);
    *out = (struct link_keys){0};
    if (parent_fd >= 0)
        return read_keys(parent_fd, out) || wrong("no keys came through FRESHET_LOCAL_FD");
    if (join != NULL && plaintext)
        return wrong("--join and --plaintext exclude each other");
    if (join != NULL)
        return keys_of_bundle(join, out, log);
    if (!plaintext && !is_loopback(host))
        return wrong(
            "--primary-host is not this machine: --join BUNDLE, with a file that freshet-ctl keys made, "
            "or --plaintext where the network can be trusted");
    if (plaintext && !is_loopback(host))
        log_warning(log, "the link to the primary is neither encrypted nor guarded: --plaintext");
    return true;
}

/* One process. */
static int serve(const options_t *options, const struct link_keys *keys, int parent_fd, log_t *log)
{
    const char *host = options_text(options, OPT_PRIMARY_HOST);
    int signal_fd = watch_signals(parent_fd >= 0);
    if (signal_fd < 0)
        return EXIT_INTERNAL;
    link_t *link = link_new(host, options_count(options, OPT_PRIMARY_PORT), keys, log);
    if (link == NULL) {
        fprintf(stderr, "freshet-secondary: --primary-host: can't use \"%s\": %s\n", host, strerror(errno));
        return EXIT_USAGE;
    }
    forward_t *lines = forward_new();
    log_watch(log, forward_note, lines);
    struct engine_setup setup = {.link = link,
                                 .options = options,
                                 .log = log,
                                 .lines = lines,
                                 .signal_fd = signal_fd,
                                 .parent_fd = parent_fd};
    int code = engine_run(&setup);
    link_destroy(&link, 1000);
    log_watch(log, NULL, NULL);
    forward_destroy(&lines);
    return code;
}

/* One process a core, with this one as their parent. */
static int lead(const options_t *options, const struct link_keys *keys, char *const *arguments, log_t *log)
{
    int64_t processes = options_integer(options, OPT_PROCESSES);
    if (processes == 0)
        return refuse("--processes 0 starts nothing here; -1 starts one secondary per core");
    char greeting[LINE_BYTES] = "plaintext\n";
    if (keys->server[0] != '\0')
        snprintf(greeting, sizeof greeting, "%s %s %s\n", keys->server, keys->public_key, keys->secret_key);
    struct agent_setup setup = {.processes = processes < 0 ? local_cores() : (size_t)processes,
                                .arguments = (const char *const *)arguments,
                                .greeting = greeting,
                                .patience_us = options_duration_us(options, OPT_STOP_TIMEOUT) + LEAVE_US,
                                .log = log};
    int code = agent_run(&setup);
    explicit_bzero(greeting, sizeof greeting);
    return code;
}

static int work(const options_t *options, char *const *arguments, log_t *log)
{
    int parent_fd;
    struct link_keys keys;
    if (!parent_pipe(&parent_fd))
        return refuse("FRESHET_LOCAL_FD is not a file descriptor");
    if (!find_keys(options, parent_fd, &keys, log))
        return EXIT_USAGE;
    bool many = parent_fd < 0 && options_given(options, OPT_PROCESSES);
    int code = many ? lead(options, &keys, arguments, log) : serve(options, &keys, parent_fd, log);
    explicit_bzero(&keys, sizeof keys);
    return code;
}

static int run(options_t *options, int argc, char **argv)
{
    char error[OPTIONS_ERROR_MAX];
    if (!options_environment(options, from_environment, error) ||
        !options_arguments(options, argc, argv, error))
        return refuse(error);
    if (options_flag(options, OPT_HELP)) {
        printf("Usage: freshet-secondary [OPTION]... [TARGET]\n\n"
               "Exit codes: 0 told to leave by the primary, 2 wrong arguments or bundle, 6 refused by the "
               "primary,\n"
               "70 internal error, 130/143 interrupted.\n\n");
        options_print_help(options, stdout);
        return 0;
    }
    if (options_flag(options, OPT_HELP_MARKDOWN)) {
        options_print_markdown(options, stdout);
        return 0;
    }
    if (options_flag(options, OPT_VERSION)) {
        printf("freshet-secondary %s\n", FRESHET_VERSION);
        return 0;
    }
    if (!source_read(options, error))
        return refuse(error);
    if (options_given(options, OPT_CORE) && !core_pin(options_count(options, OPT_CORE))) {
        fprintf(stderr, "freshet-secondary: --core %s: %s\n", options_text(options, OPT_CORE),
                strerror(errno));
        return EXIT_USAGE;
    }
    enum log_level level;
    if (!log_level_parse(options_text(options, OPT_LOGLEVEL), &level))
        return refuse("--loglevel: unknown level");
    char who[64];
    bool many = getenv("FRESHET_LOCAL_FD") == NULL && options_given(options, OPT_PROCESSES);
    snprintf(who, sizeof who, many ? "agent-%d" : "secondary-%d", (int)getpid());
    log_t *log = log_new(who, level, options_text(options, OPT_LOGFILE));
    if (log == NULL) {
        fprintf(stderr, "freshet-secondary: --logfile: can't open: %s\n", strerror(errno));
        return EXIT_USAGE;
    }
    int code = work(options, argv + 1, log);
    log_destroy(&log);
    return code;
}

int main(int argc, char **argv)
{
    mem_keep_freed();
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_SECONDARY);
    int code = run(options, argc, argv);
    options_destroy(&options);
    return code;
}
