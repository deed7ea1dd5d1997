/*
 * kafka_partition - which partition librdkafka sends a key to.
 *
 * By the `partitioner` that is configured, through librdkafka's own functions. Any thread.
 */
#ifndef FRESHET_KAFKA_PARTITION_H
#define FRESHET_KAFKA_PARTITION_H

#include <librdkafka/rdkafka.h>

#include <stddef.h>
#include <stdint.h>

enum kafka_partitioner {
    KAFKA_BY_CRC32,   /* consistent, consistent_random (librdkafka's default) */
    KAFKA_BY_MURMUR2, /* murmur2, murmur2_random: as Java's clients */
    KAFKA_BY_FNV1A,   /* fnv1a, fnv1a_random */
    KAFKA_BY_CHANCE,  /* random: whatever the key */
};

/* What a client's configuration says. */
enum kafka_partitioner kafka_partitioner_of(const rd_kafka_conf_t *conf);

/* 0 .. partitions - 1, or SINK_ANY_SHARD. */
size_t kafka_partition_of(enum kafka_partitioner partitioner, const rd_kafka_topic_t *topic, const char *key,
                          size_t length, int32_t partitions);

#endif
