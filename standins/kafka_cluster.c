#include "standins/kafka_cluster.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { QUERY_MS = 2000, PRODUCE_KEY = 0, SPOILT_MAX = 1000 };

struct kafka_cluster {
    rd_kafka_t *host; /* owns the cluster's threads */
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *reader; /* a client that asks for the counts */
    char *topic;
    int partitions;
};

static bool set(rd_kafka_conf_t *conf, const char *name, const char *value,
                char error[KAFKA_CLUSTER_ERROR_MAX])
{
    return rd_kafka_conf_set(conf, name, value, error, KAFKA_CLUSTER_ERROR_MAX) == RD_KAFKA_CONF_OK;
}

static rd_kafka_t *client(const char *brokers, char error[KAFKA_CLUSTER_ERROR_MAX])
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool good = set(conf, "client.id", "freshet-kafka", error) && set(conf, "log_level", "3", error) &&
                set(conf, "socket.nagle.disable", "true", error) &&
                (brokers == NULL || set(conf, "bootstrap.servers", brokers, error));
    rd_kafka_t *out = good ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, KAFKA_CLUSTER_ERROR_MAX) : NULL;
    if (out == NULL)
        rd_kafka_conf_destroy(conf);
    return out;
}

kafka_cluster_t *kafka_cluster_new(const struct kafka_cluster_setup *setup,
                                   char error[KAFKA_CLUSTER_ERROR_MAX])
{
    must(setup != NULL && setup->topic != NULL);
    must(setup->brokers > 0 && setup->partitions > 0);
    kafka_cluster_t *self = mem_new(1, sizeof *self);
    self->topic = mem_text(setup->topic);
    self->partitions = setup->partitions;
    self->host = client(NULL, error);
    self->cluster = self->host != NULL ? rd_kafka_mock_cluster_new(self->host, setup->brokers) : NULL;
    if (self->cluster != NULL) {
        self->reader = client(kafka_cluster_brokers(self), error);
        rd_kafka_resp_err_t err =
            rd_kafka_mock_topic_create(self->cluster, setup->topic, setup->partitions, setup->brokers);
        snprintf(error, KAFKA_CLUSTER_ERROR_MAX, "topic: %s", rd_kafka_err2str(err));
        for (int i = 1; i <= setup->brokers && setup->answer_ms > 0; i++)
            (void)rd_kafka_mock_broker_set_rtt(self->cluster, i, setup->answer_ms);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR && self->reader != NULL)
            return self;
    } else if (self->host != NULL) {
        snprintf(error, KAFKA_CLUSTER_ERROR_MAX, "the mock cluster can't start");
    }
    kafka_cluster_destroy(&self);
    return NULL;
}

void kafka_cluster_destroy(kafka_cluster_t **self_p)
{
    must(self_p != NULL);
    kafka_cluster_t *self = *self_p;
    if (self == NULL)
        return;
    if (self->reader != NULL)
        rd_kafka_destroy(self->reader);
    if (self->cluster != NULL)
        rd_kafka_mock_cluster_destroy(self->cluster);
    if (self->host != NULL)
        rd_kafka_destroy(self->host);
    free(self->topic);
    free(self);
    *self_p = NULL;
}

const char *kafka_cluster_brokers(const kafka_cluster_t *self)
{
    must(self != NULL);
    must(self->cluster != NULL);
    return rd_kafka_mock_cluster_bootstraps(self->cluster);
}

json_t *kafka_cluster_counts(kafka_cluster_t *self)
{
    must(self != NULL && self->reader != NULL);
    json_t *shards = json_object();
    json_int_t total = 0;
    for (int i = 0; i < self->partitions; i++) {
        int64_t low = 0, high = 0;
        char id[32];
        snprintf(id, sizeof id, "partition-%04d", i);
        if (rd_kafka_query_watermark_offsets(self->reader, self->topic, i, &low, &high, QUERY_MS) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
            json_decref(shards);
            return NULL;
        }
        must(json_object_set_new(shards, id, json_integer(high)) == 0);
        total += high;
    }
    return json_pack("{s:I, s:o}", "records", total, "shards", shards);
}

bool kafka_cluster_spoil(kafka_cluster_t *self, const char *error_name, size_t count)
{
    must(self != NULL && error_name != NULL);
    const struct rd_kafka_err_desc *list;
    size_t known;
    rd_kafka_get_err_descs(&list, &known);
    for (size_t i = 0; i < known && count <= SPOILT_MAX; i++) {
        if (list[i].name == NULL || strcmp(list[i].name, error_name) != 0)
            continue;
        rd_kafka_resp_err_t errors[SPOILT_MAX];
        for (size_t k = 0; k < count; k++)
            errors[k] = list[i].code;
        rd_kafka_mock_push_request_errors_array(self->cluster, PRODUCE_KEY, count, errors);
        return true;
    }
    return false;
}
