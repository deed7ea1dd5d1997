#include "secondary/kafka/kafka_partition.h"

#include "common/must.h"
#include "secondary/sink.h"

#include <string.h>

static const char *const names[] = {
    [KAFKA_BY_CRC32] = "consistent",
    [KAFKA_BY_MURMUR2] = "murmur2",
    [KAFKA_BY_FNV1A] = "fnv1a",
    [KAFKA_BY_CHANCE] = "random",
};

enum kafka_partitioner kafka_partitioner_of(const rd_kafka_conf_t *conf)
{
    must(conf != NULL);
    char name[64] = "";
    size_t size = sizeof name;
    if (rd_kafka_conf_get(conf, "partitioner", name, &size) != RD_KAFKA_CONF_OK)
        return KAFKA_BY_CRC32; /* nothing was set of the topic: librdkafka's default */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0) /* ..._random: of messages without a key */
            return (enum kafka_partitioner)i;
    }
    return KAFKA_BY_CRC32;
}

size_t kafka_partition_of(enum kafka_partitioner partitioner, const rd_kafka_topic_t *topic, const char *key,
                          size_t length, int32_t partitions)
{
    must(topic != NULL && key != NULL && partitions > 0);
    switch (partitioner) {
    case KAFKA_BY_MURMUR2:
        return (size_t)rd_kafka_msg_partitioner_murmur2(topic, key, length, partitions, NULL, NULL);
    case KAFKA_BY_FNV1A:
        return (size_t)rd_kafka_msg_partitioner_fnv1a(topic, key, length, partitions, NULL, NULL);
    case KAFKA_BY_CHANCE:
        return SINK_ANY_SHARD;
    case KAFKA_BY_CRC32:
        break;
    }
    return (size_t)rd_kafka_msg_partitioner_consistent(topic, key, length, partitions, NULL, NULL);
}
