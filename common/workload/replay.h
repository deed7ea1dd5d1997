/*
 * replay - the lines of a file as events, over and over.
 *
 * Of several secondaries each takes its part: line i (counted from 0 among those that are not empty) is for
 * the one at place i modulo their number, and the count goes on from one round to the next. The key is a
 * member of the line's JSON object; where it was found is kept for KEYS_KEPT lines, and lines
 * that begin alike up to the key are not parsed at all. A line is sent as it is. One thread.
 */
#ifndef FRESHET_REPLAY_H
#define FRESHET_REPLAY_H

#include "common/workload/workload.h"

struct replay_setup { /* borrowed, for the time of the call */
    const char *path;
    const char *field; /* the member that is the key: it must be there, text or a number. NULL: sensorId where
                          there is one, else the line's number */
    uint64_t place, parts; /* parts 0: unknown, and so all lines are ours */
};

/* NULL and `error`, which names the file. The caller owns it. */
workload_t *replay_new(const struct replay_setup *setup, char error[WORKLOAD_ERROR_MAX]);

/* How many events the file holds. False and `error`, which names the file and the line. */
MUST_USE bool replay_count(const char *path, uint64_t *out, char error[WORKLOAD_ERROR_MAX]);

#endif
