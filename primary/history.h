/*
 * history - every run kept in one SQLite file, within bounds of age and size.
 *
 * A disk that is full, gone or read-only is reported by history_error() and tried again with the next write;
 * it never stops a run. Text and blobs hold no secrets: the caller's word. One thread, the primary's loop.
 */
#ifndef FRESHET_HISTORY_H
#define FRESHET_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/log.h"
#include "common/must.h"
#include "primary/series.h"

enum { HISTORY_ID_MAX = 17, HISTORY_NAME_MAX = 128, HISTORY_LIST_MAX = 500, HISTORY_SCHEMA = 1 };

struct history_setup {
    const char *path;   /* of the file, made with mode 0600; its folder must exist; copied */
    double days_max;    /* older runs are deleted; 0: none is too old */
    uint64_t bytes_max; /* the oldest runs are deleted until the file is within this */
    log_t *log;         /* borrowed */
    unsigned pages_max; /* 0; tests: a disk of so many pages */
};

/* How a run stands, for the list. Texts are borrowed. */
struct history_run {
    const char *id;    /* sixteen hexadecimal digits */
    const char *state; /* "running" or "finished" */
    int64_t started_ms;
    double duration_s;
    const char *target, *model;
    double asked; /* events/s; < 0: nothing (users model) */
    struct counters counters;
    uint64_t p50_us, p99_us;
    bool timed; /* there are latencies */
    const char *verdict;
    int exit_code;
};

/* A document or blob of a run; kinds are the caller's words. Borrowed. */
struct history_part {
    const char *kind;
    const void *bytes;
    size_t length;
};

enum history_outcome { HISTORY_DONE, HISTORY_NONE, HISTORY_FAILED };

typedef struct history history_t;

/* Never NULL. Runs that were left running become "interrupted". The caller owns it. */
history_t *history_new(const struct history_setup *setup, int64_t now_ms);
void history_destroy(history_t **self_p);

/* What is wrong in words for people, or NULL. Borrowed until the next call. */
const char *history_error(const history_t *self);

/* Keep a run as it stands: the row, these parts (each replaces what it was), and further points. All or
 * nothing. False: see history_error; nothing else has to be done. */
MUST_USE bool history_write(history_t *self, const struct history_run *run, const struct history_part *parts,
                            size_t parts_count, const struct series_point *points, size_t points_count);

/* Forget points written so far: the run begins anew (reset). */
void history_forget_points(history_t *self, const char *id);

/* Delete what is too old or too much; but never the run `keep` (NULL: none). */
void history_prune(history_t *self, int64_t now_ms, const char *keep);

/* [{"id","name",...}] of the contract, newest first; `before` NULL: from the newest. Never NULL. */
json_t *history_list(history_t *self, size_t limit, const char *before);

/* A part of a run, ended with a NUL that is not counted; the caller frees it. NULL: there is none. */
MUST_USE char *history_part(history_t *self, const char *id, const char *kind, size_t *length_out);

/* All its points, oldest first; the caller frees them. False: there is no such run. */
MUST_USE bool history_points(history_t *self, const char *id, struct series_point **points_out,
                             size_t *count_out);

/* Name and state of a run; false: there is no such run. */
MUST_USE bool history_find(history_t *self, const char *id, char name[HISTORY_NAME_MAX], char state[16]);

/* When it started, wall milliseconds; 0: there is no such run. */
int64_t history_started_ms(history_t *self, const char *id);

MUST_USE enum history_outcome history_rename(history_t *self, const char *id, const char *name);
MUST_USE enum history_outcome history_delete(history_t *self, const char *id);

#endif
