/*
 * session - who is logged in: cookies, CSRF tokens, expiry.
 *
 * Pure: time (monotonic microseconds) and randomness are arguments. At most SESSIONS_MAX at once; the one
 * unused for longest makes room. A cookie's token is kept as its hash only and compared in constant time. A
 * login always makes a new session, so that a planted cookie is worth nothing. One thread at a time (the
 * caller locks).
 */
#ifndef FRESHET_SESSION_H
#define FRESHET_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "web/server/web.h"

enum {
    SESSIONS_MAX = 256,
    SESSION_SECRET_BYTES = 32,                        /* of randomness in a token */
    SESSION_TOKEN_MAX = 2 * SESSION_SECRET_BYTES + 1, /* bytes of a token in hex, with the NUL */
    SESSION_RANDOM_BYTES = 2 * SESSION_SECRET_BYTES   /* what session_open() needs */
};

#define SESSION_IDLE_US  (UINT64_C(2) * 3600 * 1000000)  /* unused for this long: over */
#define SESSION_TOTAL_US (UINT64_C(12) * 3600 * 1000000) /* over in any case */

/* Open data: copied out. */
struct session_view {
    uint64_t number; /* of the session, for session_touch() */
    enum web_role role;
    char user[WEB_USER_MAX];
    char csrf[SESSION_TOKEN_MAX];
};

typedef struct sessions sessions_t;

sessions_t *sessions_new(void);
void sessions_destroy(sessions_t **self_p);

/* Log in: fills the cookie's token and the view. */
void session_open(sessions_t *self, const char *user, enum web_role role,
                  const uint8_t random[SESSION_RANDOM_BYTES], uint64_t now_us, char token[SESSION_TOKEN_MAX],
                  struct session_view *out);

/* Whose token is this? `token` is the client's, not ended with a NUL. Counts as use. */
MUST_USE bool session_find(sessions_t *self, const char *token, size_t length, uint64_t now_us,
                           struct session_view *out);

/* Is session `number` still there? Counts as use: an open live stream keeps its session. */
MUST_USE bool session_touch(sessions_t *self, uint64_t number, uint64_t now_us);

/* Log out. An unknown number is fine. */
void session_close(sessions_t *self, uint64_t number);

/* Is `token` the session's CSRF token? In constant time; NULL is not. */
MUST_USE bool session_csrf(const struct session_view *view, const char *token);

#endif
