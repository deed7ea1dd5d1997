/*
 * api_state - what the api*.c files share. Nobody else includes it.
 */
#ifndef FRESHET_API_STATE_H
#define FRESHET_API_STATE_H

#include <jansson.h>

#include "primary/api.h"
#include "primary/api_run.h"
#include "primary/snapshot.h"

enum { API_WAITERS = 64, API_ASKS = 16 };

/* A question to a secondary that somebody waits for. */
struct api_ask {
    uint64_t id;  /* 0: free */
    void *handle; /* of the server */
    bool preview;
    uint64_t due_us;
    struct plan plan;
};

/* What of a run the history has. */
struct api_kept {
    char id[API_RUN_ID_MAX]; /* "": none */
    double written_s;        /* points up to here */
    unsigned resets;
    bool over;
    uint64_t unknown; /* events, as they were written */
    uint64_t next_us;
    char name[HISTORY_NAME_MAX];
};

struct api {
    struct api_setup is;
    char host[256];
    char *host_facts;          /* owned: JSON */
    struct snapshot *snapshot; /* owned: of the last publishing */
    uint64_t sequence, publish_us;
    char published_state[16];

    void *start;       /* handle of a start that is being prepared; NULL: none */
    bool start_locust; /* asked by /swarm */
    void *stops[API_WAITERS];
    size_t stops_count;
    struct api_ask asks[API_ASKS];
    uint64_t next_ask;
    struct api_kept kept;
};

typedef void(api_handler_fn)(api_t *self, const struct api_question *question, struct api_answer *answer);

/* Publish all documents as of now (api.c). */
void api_publish(api_t *self);

/* ---- answers (api_answers.c) ---- */

/* The document as JSON; the reference is taken. */
void api_say(struct api_answer *answer, unsigned status, json_t *document);
/* With 200, as an answer that may be kept. */
void api_say_kept(struct api_answer *answer, json_t *document);
void api_say_error(struct api_answer *answer, unsigned status, const char *code, const char *message);
/* The content of `bytes`, which is freed; 500 when it was full. */
void api_say_bytes(struct api_answer *answer, const char *type, struct buffer *bytes);
/* `text` is taken. */
void api_say_text(struct api_answer *answer, const char *type, char *text, size_t length);
/* The first parameter of that name, '-' and '_' being the same; NULL: none. */
const char *api_value(const struct api_question *question, const char *name);

/* ---- documents (api_documents.c) ---- */

json_t *api_run_of_now(api_t *self, const struct snapshot *snapshot);
json_t *api_shards_of_now(const api_t *self);
/* Is `run` (may be NULL) the one that goes on or was last? */
bool api_is_current(const api_t *self, const char *run);
/* The id of the run at hand; false: there is none. */
bool api_current_id(const api_t *self, char out[API_RUN_ID_MAX]);

api_handler_fn api_series_ask_handler, api_shards_handler, api_secondaries_handler, api_logs_handler,
    api_options_handler;

/* ---- commands (api_commands.c) ---- */

api_handler_fn api_start_handler, api_edit_handler, api_stop_handler, api_reset_handler, api_swarm_handler,
    api_locust_stop_handler, api_locust_reset_handler, api_preflight_handler, api_preview_handler,
    api_curve_handler;
/* Settle what waits. */
void api_commands_turn(api_t *self, uint64_t now_us);
/* An answer of a secondary: a members_answer_fn. */
void api_answered(void *self, const struct wire_preflight *answer);
/* Nobody will answer any more. */
void api_commands_end(api_t *self);

/* ---- runs and files (api_runs.c, api_files.c) ---- */

api_handler_fn api_runs_handler, api_run_one_handler, api_rename_handler, api_delete_handler;
api_handler_fn api_download_handler, api_stats_csv_handler, api_history_csv_handler, api_failures_csv_handler,
    api_exceptions_handler, api_exceptions_csv_handler, api_report_handler, api_tasks_handler,
    api_locust_logs_handler;

/* Keep the history up to date. */
void api_runs_turn(api_t *self, uint64_t now_us);

#endif
