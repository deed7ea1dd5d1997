/*
 * api - what the dashboard's server asks of the primary, and what the primary tells it each second.
 *
 * It knows no web: the server's questions come as open data, answers go back the same way, and finished
 * documents are handed to a callback. main_web.c is the bridge. It also keeps the history of runs up to date.
 * One thread, the primary's loop.
 */
#ifndef FRESHET_API_H
#define FRESHET_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "primary/api_command.h"
#include "primary/control.h"
#include "primary/history.h"
#include "primary/logbook.h"
#include "primary/members.h"
#include "primary/refused.h"

enum api_route {
    API_RUN_START,
    API_RUN_EDIT,
    API_RUN_STOP,
    API_RUN_RESET,
    API_SERIES,
    API_SHARDS,
    API_SECONDARIES,
    API_LOGS,
    API_OPTIONS,
    API_PREFLIGHT,
    API_PREVIEW,
    API_CURVE,
    API_RUNS,
    API_RUNS_ONE,
    API_RUNS_RENAME,
    API_RUNS_DELETE,
    API_DOWNLOAD,
    API_SWARM,
    API_STOP,
    API_STATS_RESET,
    API_STATS_CSV,
    API_HISTORY_CSV,
    API_FAILURES_CSV,
    API_EXCEPTIONS,
    API_EXCEPTIONS_CSV,
    API_REPORT,
    API_TASKS,
    API_LOCUST_LOGS,
    API_ROUTES
};

enum api_doc { API_DOC_RUN, API_DOC_LOCUST, API_DOC_METRICS, API_DOC_WORKER_COUNT, API_DOCS };

/* Borrowed for the call. */
struct api_question {
    enum api_route route;
    const char *id; /* path parameter: run id or file name; "" when the route has none */
    const struct api_parameter *parameters;
    size_t parameters_count;
    const char *user, *remote; /* for the log */
    const void *exchange;      /* the server's own, for `later` */
};

struct api_answer {
    unsigned status;
    const char *type; /* static text */
    char *body;       /* from mem.h; the server frees it */
    size_t length;
    char file[96]; /* not "": a download of this name */
    bool later;    /* it was taken for later: nothing else is set */
    bool keep;     /* the same for everybody until the next publishing or change: may be given again */
};

/* All borrowed, and living longer than the api; callbacks get `context`. */
struct api_setup {
    const options_t *options;      /* of the command line: what a start begins from */
    const struct refused *refused; /* at the secondaries' port; NULL: not known */
    control_t *control;
    members_t *members;
    logbook_t *logbook;
    history_t *history; /* NULL: none is kept */
    log_t *log;
    void *context;
    void (*publish)(void *context, enum api_doc doc, const char *bytes, size_t length);
    /* Keep a question for later: its handle, to be given to `finish` exactly once. */
    void *(*later)(void *context, const void *exchange);
    void (*finish)(void *context, void *handle, struct api_answer *answer);
    /* A file of the page. False: there is none. */
    bool (*asset)(const char *name, const char **bytes_out, size_t *length_out);
};

typedef struct api api_t;

/* The caller owns it. */
api_t *api_new(const struct api_setup *setup);
/* Answers what is still open, and writes the history's last word. */
void api_destroy(api_t **self_p);

/* Answer a question, now or later (answer->later). */
void api_handle(api_t *self, const struct api_question *question, struct api_answer *answer);

/* Time has passed: publish, settle what waits, keep the history. */
void api_turn(api_t *self, uint64_t now_us);

#endif
