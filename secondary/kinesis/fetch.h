/*
 * fetch - one blocking HTTP request to a service that hands out credentials.
 *
 * Bounded in time and size. Any thread; nothing is shared.
 */
#ifndef FRESHET_FETCH_H
#define FRESHET_FETCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/must.h"

enum { FETCH_HEADERS_MAX = 8, FETCH_ANSWER_MAX = 1 << 20 };

struct fetch { /* all borrowed */
    const char *url;
    const char *method;                     /* "GET", "PUT" or "POST" */
    const char *headers[FETCH_HEADERS_MAX]; /* whole lines; NULL ends them */
    const char *body;                       /* of a POST */
    const char *ca_bundle;                  /* NULL: the system's */
    const atomic_bool *cancelled;           /* set from outside: give up within a second; NULL: never */
    long timeout_ms;
    bool direct; /* past any proxy: an address that only this machine can reach */
};

/* The HTTP status with the answer in `out` (initialised and cleared here; the caller finishes it), or 0 when
 * there was none: `error` says why. */
MUST_USE long fetch_do(const struct fetch *self, struct buffer *out, char *error, size_t error_size);

/* Sleep, but wake soon when `cancelled` (may be NULL) is set. */
void fetch_pause(const atomic_bool *cancelled, uint64_t pause_us);

#endif
