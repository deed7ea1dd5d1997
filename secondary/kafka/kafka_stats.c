#include "secondary/kafka/kafka_stats.h"

#include <jansson.h>

static uint64_t whole(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

static uint64_t sum_sent(json_t *topics)
{
    uint64_t sum = 0;
    const char *name, *id;
    json_t *topic, *partition;
    json_object_foreach(topics, name, topic)
    {
        json_object_foreach(json_object_get(topic, "partitions"), id, partition)
        {
            sum += whole(partition, "txmsgs");
        }
    }
    return sum;
}

bool kafka_stats_read(const char *json, size_t length, struct kafka_stats *out)
{
    must(json != NULL);
    must(out != NULL);
    json_t *root = json_loadb(json, length, 0, NULL);
    if (root == NULL)
        return false;
    json_t *brokers = json_object_get(root, "brokers");
    json_t *topics = json_object_get(root, "topics");
    bool good = json_is_object(brokers) && json_is_object(topics);
    if (good) {
        *out = (struct kafka_stats){.sent = sum_sent(topics)};
        const char *name;
        json_t *broker;
        json_object_foreach(brokers, name, broker)
        {
            out->retries += whole(broker, "txretries");
        }
    }
    json_decref(root);
    return good;
}
