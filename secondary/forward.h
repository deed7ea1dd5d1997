/*
 * forward - warnings and errors of this process, kept until the primary has been sent them.
 *
 * Fed by log_watch (forward_note). The last lines are kept, at most some in a time; what was left out is
 * counted and said. They travel as Locust's `logs` message: a freshet primary gets the new ones, numbered, a
 * Locust master all of them, as its own workers send them. Time is an argument. forward_note may be called on
 * any thread.
 */
#ifndef FRESHET_FORWARD_H
#define FRESHET_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/wire.h"

enum {
    FORWARD_LINES = 100, /* kept */
    FORWARD_TEXT = 512,  /* bytes of a line, with the NUL */
    FORWARD_BURST = 20,  /* lines taken in FORWARD_BURST_US */
    FORWARD_BURST_US = 10000000,
};

typedef struct forward forward_t;

forward_t *forward_new(void);
/* Nobody may watch with it any more. */
void forward_destroy(forward_t **self_p);

/* A log_watch_fn: lines below a warning are passed over. */
void forward_note(void *self, enum log_level level, const char *who, const char *message);

/* A line of `level` that was logged at `now_us`, `wall_ms`. */
void forward_add(forward_t *self, enum log_level level, const char *who, const char *message, uint64_t now_us,
                 int64_t wall_ms);

/* Whoever listens now has none of what is kept yet. */
void forward_again(forward_t *self);

/* Make a message of what is new, to be freed with wire_fini; false when there is nothing. `freshet`: the
 * primary is freshet's own. forward_sent says that it is on its way. */
MUST_USE bool forward_message(forward_t *self, bool freshet, struct wire_message *out);
void forward_sent(forward_t *self, const struct wire_message *message);

#endif
