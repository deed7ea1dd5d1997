/*
 * logbook - the last log lines, for the dashboard.
 *
 * Fed by log_watch (give it logbook_note and the logbook); the newest LOGBOOK_LINES are kept and numbered
 * from 1 on. Any thread.
 */
#ifndef FRESHET_LOGBOOK_H
#define FRESHET_LOGBOOK_H

#include <jansson.h>
#include <stdint.h>

#include "common/log.h"

enum { LOGBOOK_LINES = 2000, LOGBOOK_WHO_MAX = 64 };

typedef struct logbook logbook_t;

logbook_t *logbook_new(void);
/* Nobody may watch with it any more. */
void logbook_destroy(logbook_t **self_p);

/* A log_watch_fn: a line of `who`. */
void logbook_note(void *self, enum log_level level, const char *who, const char *message);

/* {"lines":[{"n","at","level","who","message"}]} with the lines after number `after`. */
json_t *logbook_document(logbook_t *self, uint64_t after);

/* Locust's words: {"master":[line],"workers":{id:[line]}}. */
json_t *logbook_locust(logbook_t *self);

#endif
