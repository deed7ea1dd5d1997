/*
 * live - the stream of server-sent events: every subscriber is told the run each time it is published.
 *
 * An event is a whole picture, so a slow reader simply misses some: a subscriber holds the one that it is
 * being sent and nothing more. Between events its connection sleeps. Any thread.
 */
#ifndef FRESHET_LIVE_H
#define FRESHET_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/must.h"
#include "web/server/waiter.h"

enum { LIVE_SUBSCRIBERS_MAX = 256 };

#define LIVE_KEEP_ALIVE_US (UINT64_C(15) * 1000000)

enum { LIVE_SLEEPS = 0, LIVE_OVER = -1 };

typedef struct live live_t;
typedef struct subscriber subscriber_t;

live_t *live_new(void);
/* Before the first joins: at most so many, where that is fewer than LIVE_SUBSCRIBERS_MAX. */
void live_bound(live_t *self, size_t subscribers_max);
void live_destroy(live_t **self_p); /* no subscriber may be left */

/* Subscribe a connection of session `session` (0: of none). NULL: there are too many, or the server is
 * stopping. */
MUST_USE subscriber_t *live_join(live_t *self, struct waiter waiter, uint64_t session);
void live_leave(live_t *self, subscriber_t **subscriber_p);

/* Tell everybody: `data` is one document, JSON. */
void live_publish(live_t *self, const void *data, size_t length);

/* Copy what comes next into `out`. LIVE_SLEEPS: nothing does and the connection was paused. LIVE_OVER: the
 * end. *fresh_out: an event was handed over whole since the last call. */
MUST_USE ssize_t live_read(live_t *self, subscriber_t *subscriber, char *out, size_t out_bytes,
                           uint64_t now_us, bool *fresh_out);

/* Once a second: wake those that have heard nothing for LIVE_KEEP_ALIVE_US, and end those whose session is
 * over as `alive` says. */
void live_tick(live_t *self, uint64_t now_us, bool (*alive)(void *context, uint64_t session), void *context);

size_t live_count(live_t *self);

/* Tell everybody that the server is gone, and end. */
void live_close(live_t *self);

#endif
