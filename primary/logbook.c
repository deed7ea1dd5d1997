#include "primary/logbook.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/must.h"
#include "primary/document.h"

struct line {
    int64_t at_ms;
    enum log_level level;
    char who[LOGBOOK_WHO_MAX];
    char *message; /* owned */
};

struct logbook {
    pthread_mutex_t lock;
    uint64_t count; /* lines ever noted; number n is at (n - 1) % LOGBOOK_LINES */
    struct line lines[LOGBOOK_LINES];
};

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

logbook_t *logbook_new(void)
{
    logbook_t *self = mem_new(1, sizeof *self);
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    return self;
}

void logbook_destroy(logbook_t **self_p)
{
    must(self_p != NULL);
    logbook_t *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < LOGBOOK_LINES; i++)
        free(self->lines[i].message);
    must(pthread_mutex_destroy(&self->lock) == 0);
    free(self);
    *self_p = NULL;
}

void logbook_note(void *context, enum log_level level, const char *who, const char *message)
{
    logbook_t *self = context;
    must(self != NULL && level <= LOG_LEVEL_CRITICAL);
    must(who != NULL && message != NULL);
    char *copy = mem_text(message);
    int64_t now_ms = clock_wall_ms();
    must(pthread_mutex_lock(&self->lock) == 0);
    struct line *line = &self->lines[self->count++ % LOGBOOK_LINES];
    char *old = line->message;
    line->at_ms = now_ms;
    line->level = level;
    line->message = copy;
    snprintf(line->who, sizeof line->who, "%s", who);
    must(pthread_mutex_unlock(&self->lock) == 0);
    free(old);
}

/* The number of the first line that is still there and comes after `after`. */
static uint64_t first_after(const logbook_t *self, uint64_t after)
{
    uint64_t oldest = self->count > LOGBOOK_LINES ? self->count - LOGBOOK_LINES + 1 : 1;
    return after >= oldest ? after + 1 : oldest;
}

json_t *logbook_document(logbook_t *self, uint64_t after)
{
    must(self != NULL);
    json_t *lines = json_array();
    must(pthread_mutex_lock(&self->lock) == 0);
    for (uint64_t n = first_after(self, after); n != 0 && n <= self->count; n++) {
        const struct line *line = &self->lines[(n - 1) % LOGBOOK_LINES];
        json_t *one = json_object();
        document_put(one, "n", document_number(n));
        document_put(one, "at", document_time(line->at_ms));
        document_put(one, "level", document_text(level_names[line->level]));
        document_put(one, "who", document_text(line->who));
        document_put(one, "message", document_text(line->message));
        document_append(lines, one);
    }
    must(pthread_mutex_unlock(&self->lock) == 0);
    json_t *out = json_object();
    document_put(out, "lines", lines);
    return out;
}

static json_t *locust_line(const struct line *line)
{
    char when[CLOCK_RFC3339_MAX];
    clock_rfc3339(line->at_ms, when);
    size_t size = strlen(line->message) + LOGBOOK_WHO_MAX + sizeof when + 16;
    char *text = mem_new(size, 1);
    snprintf(text, size, "[%s] %s/%s: %s", when, line->who, level_names[line->level], line->message);
    json_t *out = document_text(text);
    free(text);
    return out;
}

json_t *logbook_locust(logbook_t *self)
{
    must(self != NULL);
    json_t *master = json_array(), *workers = json_object();
    must(pthread_mutex_lock(&self->lock) == 0);
    for (uint64_t n = first_after(self, 0); n <= self->count; n++) {
        const struct line *line = &self->lines[(n - 1) % LOGBOOK_LINES];
        json_t *list = master;
        if (strcmp(line->who, "primary") != 0) {
            list = json_object_get(workers, line->who);
            if (list == NULL) {
                list = json_array();
                document_put(workers, line->who, list);
            }
        }
        document_append(list, locust_line(line));
    }
    must(pthread_mutex_unlock(&self->lock) == 0);
    json_t *out = json_object();
    document_put(out, "master", master);
    document_put(out, "workers", workers);
    return out;
}
