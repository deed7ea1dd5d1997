/*
 * sigv4 - AWS Signature Version 4 for POST requests of one form.
 *
 * Pure but for OpenSSL's SHA-256. What is constant for a signer (region, service, host, path, content type,
 * target) is given at birth, so that one signature costs the body's hash and about a microsecond: the key of
 * the day and the hash state in front of the body's are kept, and nothing is allocated. Signed headers:
 * content-type, host, x-amz-date, x-amz-security-token where there is a token, x-amz-target where there is
 * one. The caller sends exactly these. One thread at a time.
 */
#ifndef FRESHET_SIGV4_H
#define FRESHET_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum {
    SIGV4_ID_MAX = 256, /* bytes each, with the NUL */
    SIGV4_SECRET_MAX = 256,
    SIGV4_TOKEN_MAX = 16384,
    SIGV4_DATE_MAX = 17,
    SIGV4_HEX_MAX = 65,
    SIGV4_AUTHORIZATION_MAX = 1024,
};

struct sigv4_keys {
    char id[SIGV4_ID_MAX];
    char secret[SIGV4_SECRET_MAX];
    char token[SIGV4_TOKEN_MAX]; /* session token; empty for long-lived keys */
};

struct sigv4_setup { /* borrowed for the call */
    const char *region;
    const char *service;
    const char *host; /* with the port where it is not the scheme's own */
    const char *path; /* as sent; begins with '/' */
    const char *content_type;
    const char *target; /* X-Amz-Target, or NULL */
};

struct sigv4_signature {
    char date[SIGV4_DATE_MAX];                   /* value of X-Amz-Date */
    char authorization[SIGV4_AUTHORIZATION_MAX]; /* value of Authorization */
    char canonical_hash[SIGV4_HEX_MAX];          /* for diagnosis and tests */
};

typedef struct sigv4 sigv4_t;

/* The caller owns it. It has no keys yet. */
sigv4_t *sigv4_new(const struct sigv4_setup *setup);
void sigv4_destroy(sigv4_t **self_p);

/* Sign with these keys from now on (copied). */
void sigv4_set_keys(sigv4_t *self, const struct sigv4_keys *keys);

/* Sign a body at `wall_s` (seconds since 1970, UTC). Keys must have been set. */
void sigv4_sign(sigv4_t *self, const void *body, size_t length, int64_t wall_s, struct sigv4_signature *out);

/* The signing key of the day in use, in hex; for tests. */
void sigv4_day_key(const sigv4_t *self, char out[SIGV4_HEX_MAX]);

#endif
