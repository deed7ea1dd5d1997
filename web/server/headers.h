/*
 * headers - what the few request headers that decide something say: Host, Origin, Cookie, Authorization,
 * Accept.
 *
 * Pure; keeps nothing. All texts are the client's; NULL stands for a header that was not sent.
 */
#ifndef FRESHET_HEADERS_H
#define FRESHET_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "web/server/web.h"

/* May a server that is bound to `bound` (as configured; `loopback`: reachable from this machine only) answer
 * for this Host? A page from elsewhere whose name was made to point here (DNS rebinding) is refused: bound to
 * loopback only localhost, an IP address and the configured name are fine. */
MUST_USE bool headers_host_fine(const char *host, const char *bound, bool loopback);

/* Does the request come from another site's page? By Origin against Host, and Sec-Fetch-Site. */
MUST_USE bool headers_cross_site(const char *origin, const char *fetch_site, const char *host);

/* The value of cookie `name`: borrowed, *length_out long; NULL when there is none. */
const char *headers_cookie(const char *cookies, const char *name, size_t *length_out);

enum headers_basic {
    HEADERS_NO_BASIC,  /* no Authorization, or of another scheme */
    HEADERS_BAD_BASIC, /* not base64 of user:password, or too long */
    HEADERS_BASIC
};
MUST_USE enum headers_basic headers_basic(const char *authorization, char user[WEB_USER_MAX],
                                          char password[WEB_SECRET_MAX]);

/* The token of `Bearer <token>`, borrowed; NULL when there is none. */
const char *headers_bearer(const char *authorization);

/* Is this a browser that wants a page rather than JSON? */
MUST_USE bool headers_wants_page(const char *accept);

/* Does `list` (as of If-None-Match) name the quoted `etag`, or is it "*"? */
MUST_USE bool headers_lists_etag(const char *list, const char *etag);

/* Does Accept-Encoding allow gzip? */
MUST_USE bool headers_gzip(const char *encodings);

/* Is the media type of `content_type` (parameters aside, any case) `type`? */
MUST_USE bool headers_type_is(const char *content_type, const char *type);

#endif
