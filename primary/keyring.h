/*
 * keyring - throw-away CURVE keys for a primary and its local secondaries, and the guard at the door.
 *
 * One server pair and one client pair live as long as this object; the only way to them is the line that each
 * local secondary reads from its pipe. The guard answers libzmq's ZAP questions on the loop it was given:
 * CURVE with our client key may come in, everything else is refused. One guard a process. Secrets are wiped
 * when freed and never logged.
 */
#ifndef FRESHET_KEYRING_H
#define FRESHET_KEYRING_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum { KEYRING_GREETING_MAX = 128 }; /* three keys of 40 characters, two blanks, a newline, the NUL */

typedef struct keyring keyring_t;

/* Make both pairs. NULL when this libzmq can't do CURVE. The caller owns it. */
MUST_USE keyring_t *keyring_new(void);
void keyring_destroy(keyring_t **self_p);

/* The line for a local secondary: server public key, client public key, client secret key, newline. */
void keyring_greeting(const keyring_t *self, char out[KEYRING_GREETING_MAX]);

/* Make `socket`, not bound yet, a CURVE server, and stand guard on `loop` until keyring_destroy. False when
 * the guard could not take its place. */
MUST_USE bool keyring_protect(keyring_t *self, zsock_t *socket, zloop_t *loop);

/* How many were refused at the door. */
uint64_t keyring_refused(const keyring_t *self);

#endif
