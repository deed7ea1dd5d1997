/*
 * kafka_config - from target and options to a librdkafka configuration.
 *
 * Our defaults, then the file of --kafka-config, then --kafka-property: the later wins. Values are never put
 * in an error's words by us: they may be secrets. Any thread.
 */
#ifndef FRESHET_KAFKA_CONFIG_H
#define FRESHET_KAFKA_CONFIG_H

#include <librdkafka/rdkafka.h>

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "common/options.h"
#include "common/target.h"
#include "secondary/sink.h"

enum { KAFKA_NAME_MAX = 128 }; /* bytes of a property's name, with the NUL */

struct kafka_property {
    char name[KAFKA_NAME_MAX];
    const char *value; /* borrowed from the text; `value_length` bytes */
    size_t value_length;
};

enum kafka_line { KAFKA_LINE_END, KAFKA_LINE_GOOD, KAFKA_LINE_BAD };

/* The next property of NAME=VALUE lines at *text. Blanks around names, empty lines and lines that begin with
 * # are skipped; a value keeps its inner and leading blanks. */
MUST_USE enum kafka_line kafka_config_next(const char **text, struct kafka_property *out);

/* Properties that the sink or the target decides, or that would load foreign code into a secondary. */
bool kafka_config_ours(const char *name);

struct kafka_topic_wish { /* --create-topic */
    bool wanted;
    int partitions;
    int replication; /* -1: the broker's own default */
};

/* "12" or "12:3"; NULL: not wanted. False when it is neither. */
MUST_USE bool kafka_config_topic(const char *text, struct kafka_topic_wish *out);

/* NULL on failure: `error` has the code BadOption and librdkafka's words. The caller owns it. */
rd_kafka_conf_t *kafka_config_new(const struct target *target, const options_t *options,
                                  struct sink_error *error);

#endif
