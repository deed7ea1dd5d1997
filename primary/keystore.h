/*
 * keystore - the folder of keys: the primary's certificate, and whose keys may join.
 *
 *     DIR/primary.secret        the primary's certificate, 0600
 *     DIR/allowed/NAME.cert     the public key of a bundle that may join
 *     DIR/revoked/NAME.cert     the public key of one that may not any more
 *     DIR/bundles/NAME.bundle   the join bundle itself, 0600: copied to a host, then not needed here
 *
 * Making, adding and revoking only touch the folder (freshet-ctl does it while a primary runs); an open
 * store looks at it once a second. Who can write there decides who may join, so the folders are 0700. Keys
 * are Z85 text. One thread at a time.
 */
#ifndef FRESHET_KEYSTORE_H
#define FRESHET_KEYSTORE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/keyfile.h"
#include "common/log.h"
#include "common/must.h"

enum { KEYSTORE_KEYS_MAX = 100000 };

enum keystore_who {
    KEYSTORE_UNKNOWN,
    KEYSTORE_ALLOWED,
    KEYSTORE_REVOKED,
};

typedef struct keystore keystore_t;

/* Is there a primary's certificate in `dir`? */
MUST_USE bool keystore_there(const char *dir);

/* Make the folders and the primary's certificate, as far as they are missing. */
MUST_USE bool keystore_make(const char *dir, char error[KEYFILE_ERROR_MAX]);

/* Make a bundle of a name that is not in use, and allow it. `path_out` says where it is. */
MUST_USE bool keystore_add(const char *dir, const char *name, char path_out[PATH_MAX],
                           char error[KEYFILE_ERROR_MAX]);

/* From now on its key may not join. */
MUST_USE bool keystore_revoke(const char *dir, const char *name, char error[KEYFILE_ERROR_MAX]);

/* NULL: `error` says why. `log` is borrowed. The caller owns it. */
MUST_USE keystore_t *keystore_open(const char *dir, log_t *log, int64_t wall_ms,
                                   char error[KEYFILE_ERROR_MAX]);
void keystore_destroy(keystore_t **self_p);

/* Time has passed: look whether the folder has changed; what was revoked or allowed is told on the log. */
void keystore_turn(keystore_t *self, int64_t wall_ms);

/* Whose key is it? `name_out`, unless NULL: the bundle's name, "" when unknown. */
enum keystore_who keystore_find(const keystore_t *self, const char *key, char name_out[KEYFILE_NAME_MAX]);

/* The primary's certificate. Borrowed. */
const struct keyfile *keystore_primary(const keystore_t *self);
const char *keystore_dir(const keystore_t *self);

#endif
