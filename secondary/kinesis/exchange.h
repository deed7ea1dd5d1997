/*
 * exchange - one signed request and its answer, on a handle that is used again and again.
 *
 * The header lines are edited in place and the body is the caller's own memory: a request copies nothing and
 * allocates nothing. One thread.
 */
#ifndef FRESHET_EXCHANGE_H
#define FRESHET_EXCHANGE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "secondary/kinesis/access.h"
#include "secondary/kinesis/sigv4.h"

enum { EXCHANGE_HEADERS = 8, EXCHANGE_TYPE_MAX = 160, EXCHANGE_ANSWER_MAX = 4 << 20 };

struct exchange_limits {
    long connect_ms, request_ms;
};

/* Memory for answers that no exchange holds: the one last given back is the warmest and goes out first. */
struct exchange_spares {
    struct buffer *stack; /* owned by the caller: room for one an exchange */
    size_t count;
};

struct exchange {
    CURL *easy; /* owned */
    struct curl_slist headers[EXCHANGE_HEADERS];
    struct curl_slist *token_header;
    char date[SIGV4_DATE_MAX + 16], authorization[SIGV4_AUTHORIZATION_MAX + 16];
    char target[96];
    struct buffer answer;
    char detail[CURL_ERROR_SIZE];       /* libcurl's own words for a failure */
    struct exchange_spares *spares;     /* borrowed, or NULL: `answer` keeps its memory */
    char error_type[EXCHANGE_TYPE_MAX]; /* x-amzn-ErrorType of the answer, or "" */
    int64_t server_wall_s;              /* Date of the answer, or 0 */
    uint32_t retry_after_ms;            /* x-amz-retry-after, or 0 */
    unsigned sendings;   /* of this request: libcurl would send again on its own, we don't let it */
    bool headers_wanted; /* look at the answer's headers: its status is no 200 */
};

/* `token_line` is the line of the session token, shared by all exchanges and kept by the caller; it counts as
 * absent while empty. */
void exchange_init(struct exchange *self, const struct access *access, const char *operation,
                   char *token_line, const struct exchange_limits *limits);
void exchange_fini(struct exchange *self);

/* Prepare to send a body (borrowed until the answer) with this signature. */
void exchange_load(struct exchange *self, const char *body, size_t length,
                   const struct sigv4_signature *signature, bool with_token);

/* The answer has been read: others may have its memory. */
void exchange_forget_answer(struct exchange *self);

/* The signer for an operation at this access; the caller owns it. */
sigv4_t *exchange_signer(const struct access *access, const char *operation);

/* Our name for a transfer that failed below HTTP; `message` says it with the endpoint. */
const char *exchange_error(const struct exchange *self, CURLcode result, const struct endpoint *endpoint,
                           char *message, size_t message_size);

#endif
