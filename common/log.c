#include "common/log.h"

#include "common/clock.h"
#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048, MESSAGE_MAX_BYTES = LINE_MAX_BYTES - 128 };

struct log {
    char *who;             /* owned */
    enum log_level level;  /* lines below are dropped */
    int fd;                /* stderr or a file we opened */
    bool journal;          /* stderr, and journald reads it */
    log_watch_fn *watch;   /* may be NULL */
    void *watch_context;   /* borrowed */
    log_before_fn *before; /* may be NULL */
    void *before_context;  /* borrowed */
};

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

static const char *const priorities[] = {"<7>", "<6>", "<4>", "<3>", "<2>"}; /* syslog(3) */

/* JOURNAL_STREAM is "device:inode" of what systemd gave us as stderr; it may have been redirected since. */
static bool is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat facts;
    if (stream == NULL || fstat(fd, &facts) != 0)
        return false;
    char own[48];
    snprintf(own, sizeof own, "%llu:%llu", (unsigned long long)facts.st_dev,
             (unsigned long long)facts.st_ino);
    return strcmp(stream, own) == 0;
}

log_t *log_new(const char *who, enum log_level level, const char *path)
{
    must(who != NULL);
    int fd = STDERR_FILENO;
    if (path != NULL) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (fd < 0)
            return NULL;
    }
    log_t *self = mem_new(1, sizeof *self);
    *self = (struct log){
        .who = mem_text(who), .level = level, .fd = fd, .journal = path == NULL && is_journal(fd)};
    return self;
}

void log_destroy(log_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    if ((*self_p)->fd != STDERR_FILENO)
        close((*self_p)->fd);
    free((*self_p)->who);
    free(*self_p);
    *self_p = NULL;
}

void log_watch(log_t *self, log_watch_fn *watch, void *context)
{
    must(self != NULL);
    self->watch = watch;
    self->watch_context = context;
}

void log_before(log_t *self, log_before_fn *before, void *context)
{
    must(self != NULL);
    self->before = before;
    self->before_context = context;
}

bool log_level_parse(const char *text, enum log_level *out)
{
    must(text != NULL && out != NULL);
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcasecmp(text, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* One event stays one line, and terminals get no control bytes. */
static void make_plain(char *message)
{
    for (char *at = message; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    }
}

static void write_line(log_t *self, enum log_level level, const char *who, const char *message)
{
    char when[CLOCK_RFC3339_MAX];
    clock_rfc3339(clock_wall_ms(), when);
    char line[LINE_MAX_BYTES];
    int length = snprintf(line, sizeof line, "%s%s %-7s %.64s: %s\n", self->journal ? priorities[level] : "",
                          when, level_names[level], who, message);
    must(length > 0);
    size_t bytes = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    if (self->before != NULL && self->fd == STDERR_FILENO)
        self->before(self->before_context);
    if (write(self->fd, line, bytes) < 0) {
        /* nowhere left to say it */
    }
}

static void say(log_t *self, enum log_level level, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void say(log_t *self, enum log_level level, const char *format, va_list arguments)
{
    must(self != NULL);
    if (level < self->level)
        return;
    int kept_errno = errno;
    char message[MESSAGE_MAX_BYTES];
    vsnprintf(message, sizeof message, format, arguments);
    make_plain(message);
    write_line(self, level, self->who, message);
    if (self->watch != NULL)
        self->watch(self->watch_context, level, self->who, message);
    errno = kept_errno;
}

void log_other(log_t *self, enum log_level level, const char *who, bool written, const char *message)
{
    must(self != NULL && level <= LOG_LEVEL_CRITICAL);
    must(who != NULL && message != NULL);
    if (level < self->level)
        return;
    char plain[MESSAGE_MAX_BYTES];
    snprintf(plain, sizeof plain, "%s", message);
    make_plain(plain);
    if (!written)
        write_line(self, level, who, plain);
    if (self->watch != NULL)
        self->watch(self->watch_context, level, who, plain);
}

#define LOG_FUNCTION(name, level)                                                                            \
    void name(log_t *self, const char *format, ...)                                                          \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        say(self, level, format, arguments);                                                                 \
        va_end(arguments);                                                                                   \
    }

LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)

bool log_allowed(struct log_limit *limit, uint64_t now_us, uint64_t interval_us, uint64_t *suppressed_out)
{
    must(limit != NULL && suppressed_out != NULL);
    if (now_us < limit->next_us) {
        limit->suppressed++;
        return false;
    }
    *suppressed_out = limit->suppressed;
    limit->suppressed = 0;
    limit->next_us = now_us + interval_us;
    return true;
}
