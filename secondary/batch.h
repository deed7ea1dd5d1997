/*
 * batch - the events of one request, in a fixed arena, with the verdict on each.
 *
 * Pure. The arena holds what the sink wrote for each event, one fragment after the other behind the sink's
 * prefix (Kinesis: a JSON record and its comma). Nothing is allocated after batch_init, unless it is for an
 * event that is larger than the arena. batch_keep_refused() drops the events that are done and moves the rest
 * together, so that a retry sends only the refused. Owned by the engine's pool; lent to the sink between
 * submit and reap.
 */
#ifndef FRESHET_BATCH_H
#define FRESHET_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum event_fate {
    EVENT_PENDING,   /* not answered yet */
    EVENT_DELIVERED, /* acknowledged */
    EVENT_FAILED,    /* refused for good */
    EVENT_RETRY,     /* refused; may be sent again */
    EVENT_THROTTLED, /* refused by a rate limit; may be sent again */
    EVENT_LOST,      /* given up, but it may have arrived */
};

struct event_verdict {
    uint8_t fate;  /* enum event_fate */
    uint8_t error; /* index in the run's error list, where failed, retry, throttled or lost */
};

struct batch {
    char *body; /* owned: `body_max` bytes */
    size_t body_max;
    size_t body_length;   /* prefix and fragments so far (and the sink's suffix once submitted) */
    size_t prefix_length; /* bytes before the first fragment */
    uint32_t *ends;       /* owned: where the fragment of event i ends; it begins where the one before ends */
    uint32_t *payloads;   /* owned: data and key bytes of event i before encoding */
    struct event_verdict *verdicts; /* owned: one an event, filled by the sink before reap */
    uint32_t count, count_max;
    uint64_t payload_bytes; /* of all events in it now */

    uint64_t due_us;      /* when it ought to have been sent; kept over retries */
    uint64_t sent_us;     /* of this attempt, stamped by the sink */
    uint64_t answered_us; /* of this attempt, stamped by the sink */
    uint64_t retry_us;    /* not to be sent again before this */
    uint32_t attempts;    /* times submitted */
    bool lost;        /* this attempt got no answer, or one that can't be read: its events may have arrived */
    bool answered_ok; /* this attempt was answered with HTTP 200 or its like */
    bool ambiguous;   /* some attempt was lost: events given up later are `unknown`, not `failed` */
    bool spoiled;     /* some event of it was given up, in this attempt or before */
    uint32_t retry_after_us; /* the service's own wish, 0 for none */
    uint32_t user;           /* which user waits for it; BATCH_NO_USER in the rate model */
    size_t slot;             /* the sink's own mark while it has the batch */
};

#define BATCH_NO_USER UINT32_MAX

void batch_init(struct batch *self, uint32_t count_max, size_t body_max);
void batch_fini(struct batch *self);

/* Empty it for a new load of events. */
void batch_clear(struct batch *self);

/* Make the arena of a batch without events `body_max` bytes large; what the sink wrote before them stays. */
void batch_grow(struct batch *self, size_t body_max);

/* Note that a fragment of an event with `payload_bytes` was written up to body_length. */
void batch_added(struct batch *self, uint32_t payload_bytes);

/* Drop all events but those whose fate is EVENT_RETRY or EVENT_THROTTLED; body_length then ends the last
 * fragment (no suffix) and every verdict is EVENT_PENDING again, with the error of the last refusal. */
void batch_keep_refused(struct batch *self);

#endif
