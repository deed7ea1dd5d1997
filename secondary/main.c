/* freshet-secondary: options, keys, signals; then the engine until it is told to quit. */
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/options.h"
#include "common/version.h"
#include "secondary/core.h"
#include "secondary/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_INTERNAL = 70, LINE_BYTES = 256, FD_MAX = 1 << 20 };

static const char *from_environment(const char *name)
{
    return getenv(name);
}

static int refuse(const char *reason)
{
    fprintf(stderr, "freshet-secondary: %s\n", reason);
    return EXIT_USAGE;
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

static int serve(const options_t *options, log_t *log)
{
    const char *host = options_text(options, OPT_PRIMARY_HOST);
    int parent_fd;
    struct link_keys keys = {0};
    if (!parent_pipe(&parent_fd))
        return refuse("FRESHET_LOCAL_FD is not a file descriptor");
    if (parent_fd >= 0 && !read_keys(parent_fd, &keys))
        return refuse("no keys came through FRESHET_LOCAL_FD");
    if (parent_fd < 0 && !options_flag(options, OPT_PLAINTEXT) && !is_loopback(host))
        return refuse("--primary-host is not this machine and the link would not be encrypted; "
                      "--plaintext allows that");
    int signal_fd = watch_signals(parent_fd >= 0);
    if (signal_fd < 0)
        return EXIT_INTERNAL;
    link_t *link = link_new(host, options_count(options, OPT_PRIMARY_PORT), &keys, log);
    explicit_bzero(&keys, sizeof keys);
    if (link == NULL) {
        fprintf(stderr, "freshet-secondary: --primary-host: can't use \"%s\": %s\n", host, strerror(errno));
        return EXIT_USAGE;
    }
    struct engine_setup setup = {
        .link = link, .options = options, .log = log, .signal_fd = signal_fd, .parent_fd = parent_fd};
    int code = engine_run(&setup);
    link_destroy(&link, 1000);
    return code;
}

static int run(options_t *options, int argc, char **argv)
{
    char error[OPTIONS_ERROR_MAX];
    if (!options_environment(options, from_environment, error) ||
        !options_arguments(options, argc, argv, error))
        return refuse(error);
    if (options_flag(options, OPT_HELP)) {
        printf("Usage: freshet-secondary [OPTION]... [TARGET]\n\n");
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
    if (options_given(options, OPT_CORE) && !core_pin(options_count(options, OPT_CORE))) {
        fprintf(stderr, "freshet-secondary: --core %s: %s\n", options_text(options, OPT_CORE),
                strerror(errno));
        return EXIT_USAGE;
    }
    enum log_level level;
    if (!log_level_parse(options_text(options, OPT_LOGLEVEL), &level))
        return refuse("--loglevel: unknown level");
    char who[64];
    snprintf(who, sizeof who, "secondary-%d", (int)getpid());
    log_t *log = log_new(who, level, options_text(options, OPT_LOGFILE));
    if (log == NULL) {
        fprintf(stderr, "freshet-secondary: --logfile: can't open: %s\n", strerror(errno));
        return EXIT_USAGE;
    }
    int code = serve(options, log);
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
