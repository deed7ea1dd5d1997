/*
 * target - where events go, read from what people type and printed back.
 *
 * Pure. `DemoStream` (a bare Kinesis stream name), `kinesis://[region/]stream`, a stream ARN,
 * `kafka://host:port[,host:port]/topic`, `kafka://local/topic`, `null://`.
 */
#ifndef FRESHET_TARGET_H
#define FRESHET_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"

enum target_kind { TARGET_NULL, TARGET_KINESIS, TARGET_KAFKA };

enum {
    TARGET_STREAM_MAX = 129, /* Kinesis: 1-128 of [a-zA-Z0-9_.-], and the NUL */
    TARGET_REGION_MAX = 33,
    TARGET_ARN_MAX = 256,
    TARGET_TOPIC_MAX = 250, /* Kafka: 1-249 of [a-zA-Z0-9._-], not "." or ".." */
    TARGET_BROKERS_MAX = 1024,
    TARGET_TEXT_MAX = 1400,
};

/* In the brokers' place: a cluster that the primary starts beside itself. */
#define TARGET_LOCAL "local"

/* Open data, copied freely. Fields that the kind has no use for are empty. */
struct target {
    enum target_kind kind;
    char stream[TARGET_STREAM_MAX];
    char region[TARGET_REGION_MAX]; /* from the text; empty: found elsewhere */
    char arn[TARGET_ARN_MAX];       /* as given; then stream and region are its parts */
    char brokers[TARGET_BROKERS_MAX];
    char topic[TARGET_TOPIC_MAX];
};

/* On bad text: false, and `error` says what is wrong and what is allowed. */
MUST_USE bool target_parse(const char *text, struct target *out, char *error, size_t error_size);

/* The canonical text; target_parse gives the same target back. */
void target_print(const struct target *self, char out[TARGET_TEXT_MAX]);

/* "kinesis", "kafka" or "null". */
const char *target_kind_name(enum target_kind kind);

#endif
