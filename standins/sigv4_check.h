/*
 * sigv4_check - verifies the signature of a request (AWS Signature Version 4) as the service does.
 *
 * Pure; the time is an argument. Written apart from any signer, so that the two can prove each other.
 */
#ifndef FRESHET_STANDINS_SIGV4_CHECK_H
#define FRESHET_STANDINS_SIGV4_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

struct sigv4_keys {
    const char *access_key, *secret_key;
    const char *region; /* NULL: any */
};

/* As they came; names in any case. A name that comes twice stands here twice. */
struct sigv4_header {
    const char *name, *value;
};

struct sigv4_request {
    const char *method;
    const char *path; /* absolute and already encoded; no query is signed */
    const struct sigv4_header *headers;
    size_t headers_count;
    const char *body;
    size_t body_length;
};

enum { SIGV4_MESSAGE_MAX = 512 };

/* Why a request is refused, in the service's words; all are status 400. */
struct sigv4_refusal {
    const char *type; /* "InvalidSignatureException" ...; constant */
    char message[SIGV4_MESSAGE_MAX];
};

/* True when the request is signed with these keys and its date is within 5 minutes of `wall_ms`. */
MUST_USE bool sigv4_check(const struct sigv4_keys *keys, const struct sigv4_request *request, int64_t wall_ms,
                          struct sigv4_refusal *refusal);

#endif
