#include "secondary/kafka/kafka_preflight.h"

#include "common/clock.h"
#include "common/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE_MS = 250, PAUSE_MS = 100, UNREACHABLE_MS = 4000 };

struct asking {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    const struct kafka_trouble *trouble;
    struct wire_preflight *out;
    uint64_t begin_us, end_us;
};

static bool refuse(struct wire_preflight *out, const char *code, const char *words)
{
    out->ok = false;
    snprintf(out->code, sizeof out->code, "%s", code);
    free(out->message);
    out->message = mem_text(words);
    return false;
}

static int left_ms(const struct asking *self)
{
    uint64_t now_us = clock_us();
    return now_us < self->end_us ? (int)((self->end_us - now_us) / 1000) : 0;
}

/* No answer at all: say why, as the client's last complaint tells it. */
static bool unreachable(const struct asking *self, rd_kafka_resp_err_t err)
{
    const struct kafka_trouble *trouble = self->trouble;
    if (trouble->final)
        return refuse(self->out, rd_kafka_err2name(trouble->err), trouble->words);
    char words[700];
    snprintf(words, sizeof words, "no broker answers: %s",
             trouble->err != 0 ? trouble->words : rd_kafka_err2str(err));
    return refuse(self->out, "BrokerUnreachable", words);
}

/* Metadata of our one topic. NULL: `out` says why. */
static const rd_kafka_metadata_t *fetch(const struct asking *self)
{
    const rd_kafka_metadata_t *metadata;
    for (;;) {
        int slice = left_ms(self) < SLICE_MS ? left_ms(self) : SLICE_MS;
        rd_kafka_resp_err_t err =
            rd_kafka_metadata(self->client, 0, self->topic, &metadata, slice > 0 ? slice : 1);
        rd_kafka_poll(self->client, 0);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
            return metadata;
        bool waited = clock_us() - self->begin_us >= UNREACHABLE_MS * UINT64_C(1000);
        bool down = self->trouble->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
                    self->trouble->err == RD_KAFKA_RESP_ERR__TRANSPORT ||
                    self->trouble->err == RD_KAFKA_RESP_ERR__RESOLVE;
        bool transient = err == RD_KAFKA_RESP_ERR__TRANSPORT || err == RD_KAFKA_RESP_ERR__TIMED_OUT;
        if (!transient) {
            refuse(self->out, rd_kafka_err2name(err), rd_kafka_err2str(err));
            return NULL;
        }
        if (self->trouble->final || left_ms(self) == 0 || (waited && down)) {
            unreachable(self, err);
            return NULL;
        }
    }
}

static bool create(const struct asking *self, const struct kafka_topic_wish *wish)
{
    char words[512] = "";
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(rd_kafka_topic_name(self->topic), wish->partitions,
                                                       wish->replication, words, sizeof words);
    if (topic == NULL)
        return refuse(self->out, "BadOption", words);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(self->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    int wait_ms = left_ms(self) > 2 ? left_ms(self) : 2;
    (void)rd_kafka_AdminOptions_set_request_timeout(options, wait_ms, words, sizeof words);
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, wait_ms - 1, words, sizeof words);
    rd_kafka_queue_t *answers = rd_kafka_queue_new(self->client);
    rd_kafka_CreateTopics(self->client, &topic, 1, options, answers);
    rd_kafka_event_t *event = rd_kafka_queue_poll(answers, wait_ms + 100);
    rd_kafka_resp_err_t err = event != NULL ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    snprintf(words, sizeof words, "%s", event != NULL ? rd_kafka_event_error_string(event) : "no answer");
    const rd_kafka_CreateTopics_result_t *result =
        event != NULL ? rd_kafka_event_CreateTopics_result(event) : NULL;
    size_t count = 0;
    const rd_kafka_topic_result_t **topics =
        result != NULL && err == 0 ? rd_kafka_CreateTopics_result_topics(result, &count) : NULL;
    if (count > 0) {
        err = rd_kafka_topic_result_error(topics[0]);
        const char *said = rd_kafka_topic_result_error_string(topics[0]);
        snprintf(words, sizeof words, "%s", said != NULL ? said : rd_kafka_err2str(err));
    }
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(topic);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR || err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return true;
    return refuse(self->out, rd_kafka_err2name(err), words);
}

static void describe(const struct asking *self, const rd_kafka_metadata_t *metadata)
{
    const rd_kafka_metadata_topic_t *topic = &metadata->topics[0];
    struct wire_preflight *out = self->out;
    int leaderless = 0;
    for (int i = 0; i < topic->partition_cnt; i++)
        leaderless += topic->partitions[i].leader < 0;
    out->ok = true;
    out->shards = (uint64_t)topic->partition_cnt;
    snprintf(out->place, sizeof out->place, "%d broker%s", metadata->broker_cnt,
             metadata->broker_cnt == 1 ? "" : "s");
    if (leaderless == 0)
        return;
    char words[160];
    snprintf(words, sizeof words, "%d of %d partitions have no leader now: events for them wait", leaderless,
             topic->partition_cnt);
    free(out->message);
    out->message = mem_text(words);
}

/* Worth asking again for a moment: the cluster is just making the topic or choosing leaders. */
static bool may_pass(const rd_kafka_metadata_topic_t *topic, bool created)
{
    if (topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return created;
    if (topic->err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        return true;
    if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    for (int i = 0; i < topic->partition_cnt; i++) {
        if (topic->partitions[i].leader >= 0)
            return false;
    }
    return true;
}

static bool refuse_topic(const struct asking *self, const rd_kafka_metadata_topic_t *topic)
{
    rd_kafka_resp_err_t err = topic->err != 0 ? topic->err : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    char words[500];
    if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        snprintf(words, sizeof words,
                 "there is no topic %.250s; --create-topic PARTITIONS[:REPLICATION] makes it", topic->topic);
    else
        snprintf(words, sizeof words, "topic %.250s: %.200s", topic->topic, rd_kafka_err2str(err));
    return refuse(self->out, rd_kafka_err2name(err), words);
}

bool kafka_preflight(rd_kafka_t *client, rd_kafka_topic_t *topic, const struct kafka_topic_wish *wish,
                     const struct kafka_trouble *trouble, struct wire_preflight *out)
{
    must(client != NULL && topic != NULL && wish != NULL);
    must(trouble != NULL && out != NULL);
    uint64_t now_us = clock_us();
    struct asking self = {client, topic, trouble, out, now_us, now_us + KAFKA_PREFLIGHT_MS * UINT64_C(1000)};
    bool created = false;
    for (;;) {
        const rd_kafka_metadata_t *metadata = fetch(&self);
        if (metadata == NULL)
            return false;
        must(metadata->topic_cnt == 1);
        const rd_kafka_metadata_topic_t *found = &metadata->topics[0];
        bool unknown = found->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        bool again = may_pass(found, created) && left_ms(&self) > 0;
        bool good = found->err == 0 && found->partition_cnt > 0;
        bool make = unknown && wish->wanted && !created;
        if (good && !again)
            describe(&self, metadata);
        else if (!again && !make)
            refuse_topic(&self, found);
        rd_kafka_metadata_destroy(metadata);
        if (make) {
            created = true;
            if (!create(&self, wish))
                return false;
        } else if (again) {
            rd_kafka_poll(client, PAUSE_MS);
        } else {
            return out->ok;
        }
    }
}
