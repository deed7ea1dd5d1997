/*
 * ctl_http - one request to a primary's HTTP API, through libcurl.
 *
 * Credentials travel in headers only: Basic, or a bearer token. Answers are bounded. Redirects are not
 * followed, so that no credential goes elsewhere. One thread.
 */
#ifndef FRESHET_CTL_HTTP_H
#define FRESHET_CTL_HTTP_H

#include <stdbool.h>

#include "common/buffer.h"
#include "common/must.h"

enum { CTL_HTTP_ERROR_MAX = 512, CTL_HTTP_BYTES_MAX = 64 * 1024 * 1024, CTL_HTTP_SECONDS = 30 };

struct ctl_http {          /* borrowed texts */
    const char *url;       /* of the dashboard, with or without a slash at its end */
    const char *user;      /* with `password` */
    const char *password;  /* NULL: by token */
    const char *token;     /* NULL: by password; both NULL: without credentials */
    const char *ca_bundle; /* NULL: the system's */
};

/* Ask for `path` ("api/v1/run"); `post`: with an empty form. The status, with the answer in `body`; 0 when
 * there is none: `error` says why. */
MUST_USE long ctl_http_ask(const struct ctl_http *self, const char *path, bool post, struct buffer *body,
                           char error[CTL_HTTP_ERROR_MAX]);

#endif
