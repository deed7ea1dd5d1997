/*
 * call - one request to the service: what it reads from and writes to, and how it says no.
 *
 * A connection owns one call and uses it for request after request, so that its buffers stay warm. One thread
 * at a time.
 */
#ifndef FRESHET_STANDINS_CALL_H
#define FRESHET_STANDINS_CALL_H

#include <jansson.h>

#include "common/buffer.h"
#include "common/rng.h"
#include "standins/faults.h"
#include "standins/putrecords_request.h"
#include "standins/streams.h"

/* What all calls share; borrowed, never changed. */
struct service {
    streams_t *streams;
    const char *region, *account;
    bool discard;
};

struct call {
    const struct service *service;
    struct rng rng;
    struct faults faults; /* in force for this request */
    uint64_t now_us;
    int64_t wall_ms;
    struct buffer answer;              /* the body to send back */
    struct putrecords_request request; /* of PutRecords and PutRecord */
    struct put_item items[PUTRECORDS_COUNT_MAX];
    struct buffer decoded; /* data of the records, out of base64 */
};

enum { CALL_BODY_BYTES_MAX = 15 * 1024 * 1024, CALL_REQUEST_BYTES_MAX = 10 * 1024 * 1024 };

void call_init(struct call *self, const struct service *service, uint64_t seed, uint64_t number);
void call_fini(struct call *self);

/* Each writes the answer and returns the HTTP status. */
unsigned call_error(struct call *self, unsigned status, const char *type, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Takes over `root`. */
unsigned call_json(struct call *self, json_t *root);
unsigned call_empty(struct call *self);

/* The stream that a request names by name or ARN (either may be NULL); on failure the answer is written and
 * the status returned, otherwise 0. */
MUST_USE unsigned call_stream(struct call *self, const char *name, const char *arn,
                              struct stream_summary *out);
MUST_USE unsigned call_stream_json(struct call *self, const json_t *root, struct stream_summary *out);

/* A string member, or NULL when absent, null or of another type. Borrowed. */
const char *call_text(const json_t *root, const char *name);

/* Print "shardId-000000000000"; read it back, and whether the stream has it. */
enum { CALL_SHARD_MAX = 32 };
const char *call_shard_print(uint32_t shard, char out[CALL_SHARD_MAX]);
MUST_USE bool call_shard_parse(const char *text, const struct stream_summary *stream, uint32_t *out);

#endif
