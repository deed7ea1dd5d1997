/*
 * link - the ZeroMQ line to the primary: messages out and in, never blocking.
 *
 * A DEALER with a fixed identity that keeps trying to connect. While not connected nothing is queued: reports
 * are cumulative, so a fresh one later is worth more. One thread.
 */
#ifndef FRESHET_LINK_H
#define FRESHET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/wire.h"

enum { LINK_KEY_MAX = 41 }; /* bytes of a CURVE key as Z85, with the NUL */

struct link_keys { /* all empty: no encryption */
    char server[LINK_KEY_MAX];
    char public_key[LINK_KEY_MAX];
    char secret_key[LINK_KEY_MAX];
};

typedef struct link link_t;

/* NULL when ZeroMQ refuses address or keys: errno tells why. Strings are copied, the log is borrowed. */
link_t *link_new(const char *host, uint64_t port, const struct link_keys *keys, log_t *log);

/* Close, after at most `linger_ms` for what is still queued. */
void link_destroy(link_t **self_p, int linger_ms);

/* A new connection with the same identity; with another one. */
void link_reconnect(link_t *self);
void link_rename(link_t *self);

enum link_trouble {
    LINK_FINE,           /* a connection, or none known of yet */
    LINK_UNREACHABLE,    /* no connection comes about */
    LINK_UNANSWERED,     /* one does, and is closed before it is good for anything */
    LINK_KEY_REFUSED,    /* the primary does not allow our key */
    LINK_OTHER_SECURITY, /* one of us speaks plaintext, and the other has keys */
};

/* How is it with the connection by now? */
enum link_trouble link_trouble(link_t *self);

/* Has libzmq ceased to try? Then only link_reconnect helps. */
bool link_gave_up(const link_t *self);

/* Where the primary is said to be, "host:port"; and whether we have keys for it. */
const char *link_endpoint(const link_t *self);
bool link_has_keys(const link_t *self);

/* Readable when link_receive may have something; edge-triggered: receive until it has nothing. */
int link_fd(const link_t *self);
const char *link_id(const link_t *self);

/* The next well-formed message, to be freed with wire_fini; malformed ones are counted, logged, skipped. */
MUST_USE bool link_receive(link_t *self, uint64_t now_us, struct wire_message *out);

/* Is a message waiting? A send may have swallowed the signal of link_fd. */
bool link_pending(link_t *self);

/* Send, the id filled in; false when not connected or the queue is full. */
bool link_send(link_t *self, struct wire_message *message);

#endif
