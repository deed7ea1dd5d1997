/*
 * fleet - the socket that secondaries connect to: messages in and out.
 *
 * A ROUTER on the primary's zloop. Every message is decoded strictly; a bad one is counted, logged at a
 * bounded rate and dropped, and so is one whose node id is not the identity it came from. A freshet secondary
 * of another version, or one whose key is revoked meanwhile, is told why (`freshet_refused`) and not heard.
 * Sending never blocks: what a dead or choked peer can't take is dropped, because every message of ours is
 * repeated or replaced by later ones. One thread, the primary's loop.
 */
#ifndef FRESHET_FLEET_H
#define FRESHET_FLEET_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/wire.h"
#include "primary/keyring.h"
#include "primary/refused.h"

enum { FLEET_ERROR_MAX = 512 };

/* A good message from a secondary. Borrowed for the call. */
typedef void(fleet_message_fn)(void *context, const struct wire_message *message);

/* Log lines of a secondary; `local`: it came in with the key of those that we started. Borrowed. */
typedef void(fleet_logs_fn)(void *context, const struct wire_message *message, bool local);

struct fleet_setup {
    const char *host;   /* address or host name to bind; "*" for all */
    uint16_t port;      /* 0: any free one */
    keyring_t *keyring; /* borrowed, outlives this: CURVE with these keys; NULL: plaintext */
    zloop_t *loop;      /* borrowed, outlives this */
    log_t *log;         /* borrowed, outlives this */
    fleet_message_fn *on_message;
    void *context;
    fleet_logs_fn *on_logs; /* NULL: not wanted */
    void *logs_context;
};

typedef struct fleet fleet_t;

/* Bind and listen. NULL on failure: `error` names address, port and reason. The caller owns it. */
MUST_USE fleet_t *fleet_new(const struct fleet_setup *setup, char error[FLEET_ERROR_MAX]);
void fleet_destroy(fleet_t **self_p);

/* The port that was bound. */
uint16_t fleet_port(const fleet_t *self);

/* Send `message` to the secondary that its `id` names. */
void fleet_send(fleet_t *self, const struct wire_message *message);

/* Messages dropped because they were malformed, or not from whom they said. */
uint64_t fleet_bad_messages(const fleet_t *self);

/* Who was turned away. Borrowed. */
const struct refused *fleet_refused(const fleet_t *self);

/* Is this host name or address a loopback one, judged by its text? */
bool fleet_is_loopback(const char *host);

#endif
