#include "secondary/kafka/kafka_stats.h"

#include <jansson.h>

static uint64_t whole(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

static uint64_t retried(const json_t *partition)
{
    uint64_t queued = whole(partition, "msgq_cnt") + whole(partition, "xmit_msgq_cnt");
    uint64_t taken = whole(partition, "msgs");
    uint64_t left = taken > queued ? taken - queued : 0;
    uint64_t sent = whole(partition, "txmsgs");
    return sent > left ? sent - left : 0;
}

bool kafka_stats_retried(const char *json, size_t length, uint64_t *out)
{
    must(json != NULL);
    must(out != NULL);
    json_t *root = json_loadb(json, length, 0, NULL);
    json_t *topics = json_object_get(root, "topics");
    bool good = json_is_object(topics);
    uint64_t sum = 0;
    const char *name, *id;
    json_t *topic, *partition;
    json_object_foreach(topics, name, topic)
    {
        json_object_foreach(json_object_get(topic, "partitions"), id, partition)
        {
            if (id[0] != '-') /* -1: those that wait for a partition */
                sum += retried(partition);
        }
    }
    json_decref(root);
    if (good)
        *out = sum;
    return good;
}
