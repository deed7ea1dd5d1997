#include "primary/forwarded.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SENDERS = 1 << 14, PROBES = 64 };

struct sender {
    uint64_t id;   /* hash; 0: free */
    uint64_t last; /* number of the last line seen, or its hash where lines are not numbered */
};

struct forwarded {
    log_t *log; /* borrowed */
    uint64_t until_us;
    size_t told;       /* lines in the time that ends then */
    uint64_t left_out; /* since the last line */
    struct sender senders[SENDERS];
};

forwarded_t *forwarded_new(log_t *log)
{
    must(log != NULL);
    forwarded_t *self = mem_new(1, sizeof *self);
    self->log = log;
    return self;
}

void forwarded_destroy(forwarded_t **self_p)
{
    must(self_p != NULL);
    free(*self_p);
    *self_p = NULL;
}

/* FNV-1a, never 0. */
static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325U;
    for (; *text != '\0'; text++)
        value = (value ^ (uint8_t)*text) * 0x100000001b3U;
    return value != 0 ? value : 1;
}

/* Where the sender is remembered; one of those in its way is forgotten when there is no room. */
static struct sender *sender_of(forwarded_t *self, const char *id)
{
    uint64_t wanted = hash(id);
    for (size_t i = 0; i < PROBES; i++) {
        struct sender *sender = &self->senders[(wanted + i) % SENDERS];
        if (sender->id == wanted)
            return sender;
        if (sender->id == 0) {
            sender->id = wanted;
            return sender;
        }
    }
    struct sender *sender = &self->senders[wanted % SENDERS];
    *sender = (struct sender){.id = wanted};
    return sender;
}

const char *forwarded_split(const char *line, enum log_level *level_out)
{
    must(line != NULL && level_out != NULL);
    *level_out = LOG_LEVEL_INFO;
    const char *text = line[0] == '[' ? strstr(line, "] ") : NULL;
    const char *level = text != NULL ? strchr(text, '/') : NULL;
    const char *who = level != NULL ? strchr(level + 1, '/') : NULL;
    const char *colon = who != NULL ? strstr(who, ": ") : NULL;
    char name[16];
    if (colon == NULL || (size_t)(who - level) > sizeof name)
        return line;
    size_t length = (size_t)(who - level) - 1;
    memcpy(name, level + 1, length);
    name[length] = '\0';
    return log_level_parse(name, level_out) ? colon + 2 : line;
}

static void tell(forwarded_t *self, const struct wire_message *message, const char *line, bool local,
                 uint64_t now_us)
{
    if (now_us >= self->until_us) {
        if (self->left_out > 0)
            log_warning(self->log, "log lines of secondaries left out: %" PRIu64, self->left_out);
        self->until_us = now_us + FORWARDED_TIME_US;
        self->told = 0;
        self->left_out = 0;
    }
    if (self->told++ >= FORWARDED_LINES_MAX) {
        self->left_out++;
        return;
    }
    enum log_level level;
    const char *text = forwarded_split(line, &level);
    log_other(self->log, level, message->id, local, text);
}

/* Which is the first line that is new? */
static size_t first_new(const struct sender *sender, const struct wire_message *message)
{
    if (message->has_freshet) {
        if (message->first > sender->last)
            return 0;
        uint64_t known = sender->last - message->first + 1;
        return known < message->lines_count ? (size_t)known : message->lines_count;
    }
    for (size_t i = message->lines_count; i > 0; i--) {
        if (hash(message->lines[i - 1]) == sender->last)
            return i;
    }
    return 0;
}

void forwarded_take(forwarded_t *self, const struct wire_message *message, bool local, uint64_t now_us)
{
    must(self != NULL && message != NULL);
    must(message->type == WIRE_LOGS);
    if (message->lines_count == 0)
        return;
    struct sender *sender = sender_of(self, message->id);
    for (size_t i = first_new(sender, message); i < message->lines_count; i++)
        tell(self, message, message->lines[i], local, now_us);
    uint64_t last = message->first + message->lines_count - 1;
    if (!message->has_freshet)
        sender->last = hash(message->lines[message->lines_count - 1]);
    else if (last > sender->last)
        sender->last = last;
}
