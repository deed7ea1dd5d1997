/*
 * forwarded - log lines that secondaries sent: each told once, in the secondary's name.
 *
 * A message repeats lines: freshet's secondaries number them, Locust's send all they still have, so that only
 * what comes after the last one seen is new. Told is at most a number of lines a time; how many were left out
 * is said. Ids and lines are network input. Time is an argument. One thread, the primary's loop.
 */
#ifndef FRESHET_FORWARDED_H
#define FRESHET_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/wire.h"

enum {
    FORWARDED_LINES_MAX = 200, /* told in FORWARDED_TIME_US */
    FORWARDED_TIME_US = 10000000,
};

typedef struct forwarded forwarded_t;

/* `log` is borrowed. The caller owns it. */
forwarded_t *forwarded_new(log_t *log);
void forwarded_destroy(forwarded_t **self_p);

/* A message of type WIRE_LOGS; `local`: its sender has written the lines where `log` writes. */
void forwarded_take(forwarded_t *self, const struct wire_message *message, bool local, uint64_t now_us);

/* Take "[time] host/LEVEL/who: text" apart; any other line is text of level INFO. The text is part of the
 * line.
 */
const char *forwarded_split(const char *line, enum log_level *level_out);

#endif
