#include "secondary/kafka/kafka_fragment.h"

#include "common/must.h"

#include <string.h>

struct head {
    uint32_t key_length;
    int32_t partition; /* RD_KAFKA_PARTITION_UA: by the key */
};

bool kafka_fragment_append(struct batch *batch, const struct event *event, int32_t partitions)
{
    must(batch != NULL && event != NULL);
    size_t length = sizeof(struct head) + event->key_length + event->data_length;
    if (batch->count == batch->count_max || length > batch->body_max - batch->body_length)
        return false;
    struct head head = {.key_length = (uint32_t)event->key_length, .partition = RD_KAFKA_PARTITION_UA};
    if (event->placed && partitions > 0)
        head.partition = (int32_t)((uint64_t)event->place * (uint32_t)partitions >> 32);
    char *at = batch->body + batch->body_length;
    memcpy(at, &head, sizeof head);
    at += sizeof head;
    memcpy(at, event->data, event->data_length);
    memcpy(at + event->data_length, event->key, event->key_length);
    batch->body_length += length;
    batch_added(batch, (uint32_t)(event->key_length + event->data_length));
    return true;
}

void kafka_fragment_read(const struct batch *batch, uint32_t event, rd_kafka_message_t *out)
{
    must(batch != NULL && event < batch->count && out != NULL);
    char *at = batch->body + (event == 0 ? 0 : batch->ends[event - 1]);
    struct head head;
    memcpy(&head, at, sizeof head);
    at += sizeof head;
    size_t length = batch->payloads[event] - head.key_length;
    *out = (rd_kafka_message_t){.partition = head.partition,
                                .payload = at,
                                .len = length,
                                .key = at + length,
                                .key_len = head.key_length};
}
