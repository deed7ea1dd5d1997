/*
 * web - the dashboard's server: login, sessions, routes, limits, assets, the live stream.
 *
 * It holds no state of a run. What everybody reads (the run, Locust's statistics, metrics) is published by
 * the primary as finished documents and served by the web threads without asking, as is an answer that the
 * primary said may be kept (web_answer.keep). Everything else is a
 * question: it waits in a bounded queue until the primary's loop sees web_fd() readable and calls web_pump(),
 * which calls the handler. All functions belong to the thread that calls web_new(), but for web_publish(),
 * web_answer_now() and web_asset(), which any thread may call. Texts are UTF-8, ended with NUL.
 */
#ifndef FRESHET_WEB_H
#define FRESHET_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"

enum {
    WEB_ERROR_MAX = 512, /* bytes of a start-up error, with the NUL */
    WEB_USER_MAX = 64,   /* bytes of a user's name, with the NUL */
    WEB_HASH_MAX = 128,  /* bytes of an Argon2id hash as text, with the NUL */
    WEB_SECRET_MAX = 256 /* bytes of a password or token, with the NUL */
};

/* What is served without asking the primary. Until its first web_publish() a document answers 503. */
enum web_doc {
    WEB_DOC_RUN,          /* JSON: GET /api/v1/run and each `run` event of GET /api/v1/live */
    WEB_DOC_LOCUST,       /* JSON: GET /stats/requests */
    WEB_DOC_METRICS,      /* Prometheus text: GET /metrics */
    WEB_DOC_WORKER_COUNT, /* JSON: GET /worker-count */
    WEB_DOC_COUNT_
};

enum web_method { WEB_GET, WEB_POST, WEB_PUT, WEB_PATCH, WEB_DELETE };

enum web_role { WEB_VIEWER, WEB_OPERATOR };

/* What the handler is asked. The methods that may come are beside each; HEAD arrives as WEB_GET. */
enum web_route {
    WEB_RUN_START,      /* POST /api/v1/run: option names and values */
    WEB_RUN_EDIT,       /* PATCH /api/v1/run */
    WEB_RUN_STOP,       /* POST /api/v1/run/stop */
    WEB_RUN_RESET,      /* POST /api/v1/run/reset */
    WEB_SERIES,         /* GET /api/v1/series?run&from&to&points */
    WEB_SHARDS,         /* GET /api/v1/shards?run */
    WEB_SECONDARIES,    /* GET /api/v1/secondaries */
    WEB_LOGS,           /* GET /api/v1/logs?after */
    WEB_OPTIONS,        /* GET /api/v1/options */
    WEB_PREFLIGHT,      /* POST /api/v1/preflight */
    WEB_PREVIEW,        /* POST /api/v1/preview */
    WEB_CURVE,          /* POST /api/v1/curve */
    WEB_RUNS,           /* GET /api/v1/runs?limit&before */
    WEB_RUNS_ONE,       /* GET /api/v1/runs/ID; `id` is set */
    WEB_RUNS_RENAME,    /* PATCH /api/v1/runs/ID; `id` is set, parameter `name` */
    WEB_RUNS_DELETE,    /* DELETE /api/v1/runs/ID; `id` is set */
    WEB_DOWNLOAD,       /* GET /api/v1/download/FILE?run; `id` is one of the contract's file names */
    WEB_SWARM,          /* POST /swarm */
    WEB_STOP,           /* POST /stop, GET /stop with Basic */
    WEB_STATS_RESET,    /* POST /stats/reset, GET /stats/reset with Basic */
    WEB_STATS_CSV,      /* GET /stats/requests/csv */
    WEB_HISTORY_CSV,    /* GET /stats/requests_full_history/csv */
    WEB_FAILURES_CSV,   /* GET /stats/failures/csv */
    WEB_EXCEPTIONS,     /* GET /exceptions */
    WEB_EXCEPTIONS_CSV, /* GET /exceptions/csv */
    WEB_REPORT,         /* GET /stats/report?theme&download */
    WEB_TASKS,          /* GET /tasks */
    WEB_LOCUST_LOGS,    /* GET /logs */
    WEB_ROUTE_COUNT_
};

/* One value of a form, a query or a JSON object (numbers and booleans as text, null as ""). */
struct web_parameter {
    const char *name;
    const char *value;
};

/* Borrowed: valid until the handler returns, even when it answers later. */
struct web_question {
    enum web_method method;
    enum web_route route;
    const char *id; /* path parameter: run id or file name; "" when the route has none */
    const struct web_parameter *parameters; /* of the body first, then of the query; no csrf_token */
    size_t parameter_count;
    const char *body; /* as sent, ended with a NUL that is not counted */
    size_t body_length;
    enum web_role role; /* already checked: a viewer only ever asks with WEB_GET */
    const char *user;
    const char *remote;       /* address of the client, for logs */
    struct web_exchange *own; /* the server's own; pass the question on untouched */
};

/* Filled by the handler. All zero means 500. Headers that protect the browser are added by the server. */
struct web_answer {
    unsigned status;    /* 200 ... 599 */
    const char *type;   /* static text; NULL: application/json */
    char *body;         /* from malloc (mem.h); the server frees it; may be NULL when length is 0 */
    size_t body_length; /* bytes, without a final NUL */
    char file[96];      /* not "": sent as a download of this name */
    const char *header; /* one extra header as static texts, or NULL */
    const char *value;
    bool keep; /* to WEB_GET with 200: the same for everybody until something is published or changed, so
                * it may be given again to who asks the same. Without file and header */
};

/* Must fill `answer` or call web_answer_later(). Called on the thread that calls web_pump(). */
typedef void(web_handler_fn)(void *context, const struct web_question *question, struct web_answer *answer);

struct web_account {
    char user[WEB_USER_MAX];
    char hash[WEB_HASH_MAX]; /* Argon2id; "": there is no such account */
};

struct web_accounts {
    struct web_account operator;
    struct web_account viewer;
};

/* Where the accounts' passwords come from. NULL: unset. Texts are borrowed for the call. */
struct web_accounts_setup {
    const char *user;                 /* FRESHET_WEB_USER, LOCUST_DASHBOARD_USER; NULL: "freshet" */
    const char *password;             /* FRESHET_WEB_PASSWORD, LOCUST_DASHBOARD_PWD */
    const char *password_file;        /* --web-password-file; with `password` too: an error */
    const char *viewer_user;          /* FRESHET_WEB_VIEWER_USER; NULL: "viewer" */
    const char *viewer_password;      /* FRESHET_WEB_VIEWER_PASSWORD */
    const char *viewer_password_file; /* --web-viewer-password-file; neither: no viewer account */
    const char *state_dir;            /* --state-dir; NULL or "": the default (web_state_dir()) */
    const char *host; /* --web-host: the well-known default password is refused off loopback */
};

struct web_setup {
    const char *host;      /* address or name to bind; "*" or "": every address */
    unsigned port;         /* 0: any free one, see web_port() */
    const char *base_path; /* "" or "/load": before every route; NULL: "" */
    const char *tls_cert;  /* PEM file, or NULL: plain HTTP; both or neither */
    const char *tls_key;   /* PEM file */
    struct web_accounts accounts;
    const char *metrics_token; /* bearer token for GET /metrics, or NULL */
    const char *script_token;  /* bearer token that is as good as the operator's login, or NULL */
    log_t *log;                /* borrowed, must outlive the web */
    web_handler_fn *handler;
    void *context; /* of the handler */
};

typedef struct web web_t;
typedef struct web_later web_later_t;

/* Find or make the accounts: hash what was given; else read the kept hash; else make a password, keep its
 * hash (0600) in the state directory, and copy the password to `made` for the caller to print once (""
 * otherwise). Takes about 0.1 s. False: `error` says what is wrong and never contains a password. */
MUST_USE bool web_accounts_open(const struct web_accounts_setup *setup, struct web_accounts *out,
                                char made[WEB_SECRET_MAX], char error[WEB_ERROR_MAX]);

/* The first line of a secret's file, without its end of line. False with a reason when it can't be read, is
 * empty, too long, or writable by everybody. */
MUST_USE bool web_secret_file(const char *path, char out[WEB_SECRET_MAX], char error[WEB_ERROR_MAX]);

/* The state directory: `option` when set, else $STATE_DIRECTORY, $XDG_STATE_HOME/freshet,
 * ~/.local/state/freshet. Made (0700) when missing. False with a reason. */
MUST_USE bool web_state_dir(const char *option, char *out, size_t out_bytes, char error[WEB_ERROR_MAX]);

/* Bind and serve. NULL: `error` says why. The caller owns it. */
MUST_USE web_t *web_new(const struct web_setup *setup, char error[WEB_ERROR_MAX]);

/* Tell live streams that the server is gone, answer what is open with 503, stop, free, set to NULL. Handles
 * of web_answer_later() that are still out may be answered afterwards (nobody reads it) and must be. */
void web_destroy(web_t **self_p);

unsigned web_port(const web_t *self);
/* Where a browser on this machine finds the dashboard, e.g. http://127.0.0.1:8089/. Borrowed. */
const char *web_url(const web_t *self);

/* Replace a document; `bytes` are copied. Kept answers are forgotten. Any thread. */
void web_publish(web_t *self, enum web_doc doc, const void *bytes, size_t length);

/* Readable when questions wait (an eventfd: level-triggered, cleared by web_pump). */
int web_fd(const web_t *self);

/* Call the handler for every waiting question (at most 64 a call; the rest keeps web_fd readable). */
void web_pump(web_t *self);

/* From inside the handler: answer this question with web_answer_now() some time after. What the handler
 * leaves in `answer` is then ignored. The caller owns the handle. A client waits 150 s at most and is then
 * told 504. */
MUST_USE web_later_t *web_answer_later(const struct web_question *question);

/* Answer and free the handle, set to NULL; takes over answer->body. Any thread. */
void web_answer_now(web_later_t **later_p, struct web_answer *answer);

/* The first parameter of that name ('-' and '_' are the same), or NULL. */
const char *web_value(const struct web_question *question, const char *name);

/* Fill `answer` with a copy of `bytes`, or with {"error":{"code","message"}}. */
void web_answer_bytes(struct web_answer *answer, unsigned status, const char *type, const void *bytes,
                      size_t length);
void web_answer_error(struct web_answer *answer, unsigned status, const char *code, const char *message);

/* A file of the built page, e.g. "report.html": not compressed. False: there is none. Static. */
MUST_USE bool web_asset(const char *name, const char **bytes_out, size_t *length_out);

#endif
