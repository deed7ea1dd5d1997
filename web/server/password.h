/*
 * password - hash and verify passwords with Argon2id (libsodium's interactive limits: 64 MiB, about 0.1 s).
 *
 * Any thread; each call holds its 64 MiB, so the caller bounds how many run at once. sodium_init() must have
 * run.
 */
#ifndef FRESHET_PASSWORD_H
#define FRESHET_PASSWORD_H

#include <stdbool.h>

#include "common/must.h"
#include "web/server/web.h"

/* Hash `password`; memory exhaustion aborts. */
void password_hash(const char *password, char out[WEB_HASH_MAX]);

/* Does `password` fit `hash`? False for a text that is no hash. */
MUST_USE bool password_fits(const char *hash, const char *password);

/* Is this text an Argon2id hash? */
MUST_USE bool password_is_hash(const char *text);

enum { PASSWORD_MADE_MAX = 32 }; /* bytes of a made password, with the NUL */

/* Make a password from 20 random bytes: five groups of four letters and digits, 20 * 5 = 100 bits, without
 * the letters that look like digits, e.g. k3m9-x0qw-... Pure. */
void password_make(const unsigned char random[20], char out[PASSWORD_MADE_MAX]);

#endif
