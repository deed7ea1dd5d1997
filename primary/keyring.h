/*
 * keyring - the keys that a primary shows and takes, and the guard at the door.
 *
 * The server's pair is the store's, or one that lives as long as this object. For local secondaries there is
 * always a throw-away client pair; the only way to it is the line that each reads from its pipe. The guard
 * answers libzmq's ZAP questions (https://rfc.zeromq.org/spec/27/) on the loop it was given: CURVE with a key
 * of ours or one that the store allows may come in, everything else is refused. One guard a process. Secrets
 * are wiped when freed and never logged.
 */
#ifndef FRESHET_KEYRING_H
#define FRESHET_KEYRING_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "primary/keystore.h"
#include "primary/refused.h"

enum { KEYRING_GREETING_MAX = 128 }; /* three keys of 40 characters, two blanks, a newline, the NUL */

typedef struct keyring keyring_t;

/* With the keys of `store` (borrowed, outlives this), or throw-away ones only (NULL). NULL when this libzmq
 * can't do CURVE. The caller owns it. */
MUST_USE keyring_t *keyring_new(keystore_t *store);
void keyring_destroy(keyring_t **self_p);

/* The line for a local secondary: server public key, client public key, client secret key, newline. */
void keyring_greeting(const keyring_t *self, char out[KEYRING_GREETING_MAX]);

/* Make `socket`, not bound yet, a CURVE server, and stand guard on `loop` until keyring_destroy; who is
 * turned away goes into `refused` (borrowed). False when the guard could not take its place. */
MUST_USE bool keyring_protect(keyring_t *self, zsock_t *socket, zloop_t *loop, struct refused *refused,
                              log_t *log);

/* A message came in over a connection that was let in with `key` (the ZAP user id): may it still speak? When
 * not, `why` says it in one line. */
MUST_USE bool keyring_still(const keyring_t *self, const char *key, char why[REFUSED_REASON_MAX]);

/* Is it the throw-away key of our own local secondaries? */
bool keyring_is_local(const keyring_t *self, const char *key);

#endif
