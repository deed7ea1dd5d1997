/*
 * route - from method and request target to what is asked.
 *
 * Pure; keeps nothing. The target is the client's, as it came on the request line: it is split from its
 * query, decoded once, and compared whole with the list of routes. There is no notion of a directory, so no
 * path leads out of one.
 */
#ifndef FRESHET_ROUTE_H
#define FRESHET_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "web/server/web.h"

enum {
    ROUTE_PATH_MAX = 256, /* bytes of a decoded path, with the NUL */
    ROUTE_ID_MAX = 97,    /* bytes of a path parameter, with the NUL */
    ROUTE_ALLOW_MAX = 48  /* bytes of an Allow header's value */
};

enum route_kind {
    ROUTE_PAGE,       /* the dashboard */
    ROUTE_ENTER,      /* the base path without its last slash: go to the page */
    ROUTE_LOGIN_PAGE, /* the login form */
    ROUTE_LOGIN,      /* user and password */
    ROUTE_LOGOUT,     /* end the session */
    ROUTE_ASSET,      /* a file of the page; `id` is its name */
    ROUTE_HEALTH,     /* is the server alive? */
    ROUTE_SESSION,    /* who am I? */
    ROUTE_LIVE,       /* the stream of events */
    ROUTE_OPENAPI,    /* the description of all this */
    ROUTE_DOC,        /* a published document: `doc` */
    ROUTE_QUESTION    /* for the primary: `question` */
};

enum route_access {
    ROUTE_PUBLIC,    /* everybody */
    ROUTE_ACCOUNT,   /* a session or Basic */
    ROUTE_METRICS,   /* the same, or the metrics token */
    ROUTE_BASIC_ONLY /* Basic: changes state by GET, so no page may be lured into it */
};

struct route {
    enum route_kind kind;
    enum route_access access;
    bool changes; /* an operator's business, with a CSRF token when a session asks */
    enum web_method method;
    enum web_doc doc;
    enum web_route question;
    char id[ROUTE_ID_MAX];
    const char *query; /* within `target`: after the question mark, or "" */
};

enum route_found {
    ROUTE_FOUND,
    ROUTE_NO_PATH,  /* 404 */
    ROUTE_NO_METHOD /* 405: `allow` names those there are */
};

/* Find `target` below `base` ("" or "/load"). `out->query` borrows from `target`. */
MUST_USE enum route_found route_find(const char *base, const char *method, const char *target,
                                     struct route *out, char allow[ROUTE_ALLOW_MAX]);

/* Is `base` usable as a base path: "" or /name[/name], letters, digits, . _ - only? */
MUST_USE bool route_base_valid(const char *base);

/* Decode %XX in `length` bytes; with `plus`, '+' is a blank. False on a broken escape, a NUL or a text that
 * doesn't fit. */
MUST_USE bool route_decode(const char *text, size_t length, bool plus, char *out, size_t out_bytes);

#endif
