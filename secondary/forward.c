#include "secondary/forward.h"

#include "common/clock.h"
#include "common/mem.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct forward {
    pthread_mutex_t lock;
    char host[64];
    uint64_t count; /* lines ever kept; number n is at (n - 1) % FORWARD_LINES */
    uint64_t sent;  /* numbers up to here are on their way */
    uint64_t burst_us, burst, left_out;
    char lines[FORWARD_LINES][FORWARD_TEXT];
};

forward_t *forward_new(void)
{
    forward_t *self = mem_new(1, sizeof *self);
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    if (gethostname(self->host, sizeof self->host - 1) != 0)
        snprintf(self->host, sizeof self->host, "host");
    return self;
}

void forward_destroy(forward_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    must(pthread_mutex_destroy(&(*self_p)->lock) == 0);
    free(*self_p);
    *self_p = NULL;
}

static void keep(forward_t *self, const char *level, const char *who, const char *message, int64_t wall_ms)
{
    char when[CLOCK_RFC3339_MAX];
    clock_rfc3339(wall_ms, when);
    char *line = self->lines[self->count++ % FORWARD_LINES];
    snprintf(line, FORWARD_TEXT, "[%s] %s/%s/%s: %s", when, self->host, level, who, message);
    for (char *at = line; *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80 || (unsigned char)*at < ' ')
            *at = '?'; /* whatever a server said: it must be UTF-8 on the wire */
    }
}

void forward_add(forward_t *self, enum log_level level, const char *who, const char *message, uint64_t now_us,
                 int64_t wall_ms)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
    must(self != NULL && level <= LOG_LEVEL_CRITICAL);
    must(who != NULL && message != NULL);
    must(pthread_mutex_lock(&self->lock) == 0);
    if (self->burst == 0 || now_us >= self->burst_us) {
        char text[64];
        snprintf(text, sizeof text, "lines left out here: %" PRIu64, self->left_out);
        if (self->left_out > 0)
            keep(self, names[LOG_LEVEL_WARNING], who, text, wall_ms);
        self->burst = self->left_out = 0;
        self->burst_us = now_us + FORWARD_BURST_US;
    }
    if (self->burst++ < FORWARD_BURST)
        keep(self, names[level], who, message, wall_ms);
    else
        self->left_out++;
    must(pthread_mutex_unlock(&self->lock) == 0);
}

void forward_note(void *self, enum log_level level, const char *who, const char *message)
{
    if (level >= LOG_LEVEL_WARNING)
        forward_add(self, level, who, message, clock_us(), clock_wall_ms());
}

void forward_again(forward_t *self)
{
    must(self != NULL);
    must(pthread_mutex_lock(&self->lock) == 0);
    self->sent = 0;
    must(pthread_mutex_unlock(&self->lock) == 0);
}

bool forward_message(forward_t *self, bool freshet, struct wire_message *out)
{
    must(self != NULL && out != NULL);
    must(pthread_mutex_lock(&self->lock) == 0);
    uint64_t oldest = self->count > FORWARD_LINES ? self->count - FORWARD_LINES + 1 : 1;
    uint64_t first = freshet && self->sent >= oldest ? self->sent + 1 : oldest;
    bool any = self->count > self->sent;
    *out = (struct wire_message){.type = WIRE_LOGS, .has_freshet = freshet, .first = first};
    if (any) {
        out->lines = mem_new((size_t)(self->count - first + 1), sizeof *out->lines);
        for (uint64_t n = first; n <= self->count; n++)
            out->lines[out->lines_count++] = mem_text(self->lines[(n - 1) % FORWARD_LINES]);
    }
    must(pthread_mutex_unlock(&self->lock) == 0);
    return any;
}

void forward_sent(forward_t *self, const struct wire_message *message)
{
    must(self != NULL && message != NULL);
    must(message->type == WIRE_LOGS && message->lines_count > 0);
    must(pthread_mutex_lock(&self->lock) == 0);
    self->sent = message->first + message->lines_count - 1;
    must(pthread_mutex_unlock(&self->lock) == 0);
}
