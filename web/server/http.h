/*
 * http - the web server proper, over libmicrohttpd: connections, limits, requests.
 *
 * http*.c are the only files that know libmicrohttpd. A pool of its threads (epoll) runs the requests; one
 * more thread wakes once a second for what is overdue. What it is given outlives it, and belongs to the
 * caller.
 */
#ifndef FRESHET_HTTP_H
#define FRESHET_HTTP_H

#include "common/log.h"
#include "common/must.h"
#include "web/server/desk.h"
#include "web/server/document.h"
#include "web/server/live.h"
#include "web/server/login.h"
#include "web/server/web.h"

struct http_setup {
    const char *host;
    unsigned port;
    const char *base;     /* valid: route_base_valid() */
    const char *cert_pem; /* texts, or NULL for plain HTTP */
    const char *key_pem;
    const char *metrics_token; /* or NULL */
    const char *script_token;  /* or NULL */
    const char *script_user;   /* as whom it acts */
    log_t *log;
    login_t *login;
    desk_t *desk;
    shelf_t *shelf;
    live_t *live;
};

typedef struct http http_t;

MUST_USE http_t *http_new(const struct http_setup *setup, char error[WEB_ERROR_MAX]);

/* Stop: login, desk and live are closed first, so that nothing sleeps any more. */
void http_destroy(http_t **self_p);

unsigned http_port(const http_t *self);
const char *http_url(const http_t *self);

#endif
