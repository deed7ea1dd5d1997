/*
 * putrecords_request - reads the body of a PutRecords request without a general JSON parser.
 *
 * Pure. Knows exactly one shape: an object of StreamName, StreamARN and Records, each record an object of
 * Data, PartitionKey and ExplicitHashKey, members in any order, whitespace anywhere, escapes in all strings
 * but Data. What it accepts is valid JSON and means what it says. What it can't read (unknown, null or
 * repeated members, more than 500 records, anything malformed) it leaves to jansson: see putrecords_json.h.
 * One thread a request.
 */
#ifndef FRESHET_STANDINS_PUTRECORDS_REQUEST_H
#define FRESHET_STANDINS_PUTRECORDS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum { PUTRECORDS_COUNT_MAX = 500 };

/* Text borrowed from the body or from the request's own scratch; bytes is NULL when absent. */
struct putrecords_text {
    const char *bytes;
    size_t length;
};

struct putrecords_record {
    struct putrecords_text data; /* base64, checked */
    size_t data_bytes;           /* its length once decoded */
    struct putrecords_text key;  /* UTF-8, unescaped */
    struct putrecords_text hash_key;
};

/* Open data, valid while the body it was read from is. Large: keep it on the heap and use it again. */
struct putrecords_request {
    struct putrecords_text stream_name, stream_arn;
    size_t count;
    struct putrecords_record records[PUTRECORDS_COUNT_MAX];
    char *scratch; /* owned: unescaped strings */
    size_t scratch_length, scratch_capacity;
};

void putrecords_request_init(struct putrecords_request *self);
void putrecords_request_fini(struct putrecords_request *self);

/* Read `body`. False: not of the known shape, *self is meaningless. */
MUST_USE bool putrecords_request_read(struct putrecords_request *self, const char *body, size_t length);

#endif
