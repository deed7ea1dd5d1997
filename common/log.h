/*
 * log - one line an event on stderr or a file: time, level, who, message with key=value facts.
 *
 * A process makes one log at start and hands it down; there is no global. A site that can repeat quickly
 * keeps a struct log_limit and asks log_allowed() first. Never used in the hot loop. Any thread (each line is
 * one write). Where stderr is the journal's (JOURNAL_STREAM names it, systemd.exec(5)), each line begins with
 * its priority as sd-daemon(3) has it: `<4>`.
 */
#ifndef FRESHET_LOG_H
#define FRESHET_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR, LOG_LEVEL_CRITICAL };

typedef struct log log_t;

/* Called with every line that was written (forwarding, dashboards), on the thread that logs. */
typedef void(log_watch_fn)(void *context, enum log_level level, const char *who, const char *message);

/* Open a log that writes lines of `level` and above to `path` (NULL: stderr), each naming `who`.
 * NULL when the file can't be opened: errno tells why. The caller owns it. */
MUST_USE log_t *log_new(const char *who, enum log_level level, const char *path);

/* Close it and set *self_p to NULL. Calling it twice is fine. */
void log_destroy(log_t **self_p);

void log_watch(log_t *self, log_watch_fn *watch, void *context);

/* Called before each line is written to stderr (NULL: nobody), to make room for it on a terminal. */
typedef void(log_before_fn)(void *context);
void log_before(log_t *self, log_before_fn *before, void *context);

/* Parse DEBUG, INFO, WARNING, ERROR or CRITICAL in any case. */
MUST_USE bool log_level_parse(const char *text, enum log_level *out);

void log_debug(log_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(log_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(log_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(log_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of another process: in its own name, and only watched where `written` says that it is in the same
 * place already. */
void log_other(log_t *self, enum log_level level, const char *who, bool written, const char *message);

/* At most one line per `interval_us` from one site. `suppressed` counts what was held back since. */
struct log_limit {
    uint64_t next_us;
    uint64_t suppressed;
};

/* May this site log at `now_us`? On true, *suppressed_out says how many were held back before it. */
MUST_USE bool log_allowed(struct log_limit *limit, uint64_t now_us, uint64_t interval_us,
                          uint64_t *suppressed_out);

#endif
