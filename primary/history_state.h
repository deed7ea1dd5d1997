/*
 * history_state - what history.c (opening, writing) and history_read.c (reading, deleting) share. Nobody else
 * includes it.
 */
#ifndef FRESHET_HISTORY_STATE_H
#define FRESHET_HISTORY_STATE_H

#include <sqlite3.h>

#include "primary/history.h"

enum { HISTORY_ERROR_MAX = 512 };

struct history {
    char *path; /* owned */
    double days_max;
    uint64_t bytes_max;
    unsigned pages_max;
    log_t *log;                    /* borrowed */
    sqlite3 *db;                   /* NULL: not open; tried again with the next write */
    bool refused;                  /* not ours to write: never tried again */
    char error[HISTORY_ERROR_MAX]; /* "": all is well */
};

/* Open it unless it is; false: see error. */
bool history_ready(history_t *self);

/* Note what SQLite says went wrong while `doing`; always false. */
bool history_failed(history_t *self, const char *doing);

/* Note that all is well again. */
void history_well(history_t *self);

/* Run statements without results. */
bool history_run_sql(history_t *self, const char *sql);

/* Prepare one; NULL on failure (noted). */
sqlite3_stmt *history_prepare(history_t *self, const char *sql);

#endif
