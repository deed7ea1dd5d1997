/*
 * bench_kafka_ceiling - the most that librdkafka takes from one thread: the same few keyed readings over and
 * over.
 *
 * usage: bench_kafka_ceiling BROKERS TOPIC SECONDS PROPERTY=VALUE... Prints one JSON object. Nothing is
 * generated, encoded or paced; a delivery report is only counted: what freshet loses against it is the price
 * of its work. The payloads are not copied and never change, so that they stay in the cache.
 */
#include <librdkafka/rdkafka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/must.h"
#include "common/workload/workload.h"

enum { EVENTS = 500, EVENT_ROOM = 256, FULL_WAIT_MS = 100, END_WAIT_US = 10000000 };

struct ceiling {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    rd_kafka_message_t messages[EVENTS];
    char bytes[EVENTS][EVENT_ROOM];
    uint64_t sent, delivered, failed, payload_bytes;
};

static void on_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *context)
{
    (void)client;
    struct ceiling *self = context;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        self->delivered++;
    else
        self->failed++;
}

static void make_readings(struct ceiling *self)
{
    workload_t *workload = sensor_new(1, 0);
    workload->ops->begin(workload, 0, EVENTS, clock_wall_ms());
    for (uint32_t i = 0; i < EVENTS; i++) {
        struct event event;
        must(workload->ops->next(workload, i, &event));
        must(event.data_length + event.key_length <= EVENT_ROOM);
        memcpy(self->bytes[i], event.data, event.data_length);
        memcpy(self->bytes[i] + event.data_length, event.key, event.key_length);
        self->messages[i] = (rd_kafka_message_t){.payload = self->bytes[i],
                                                 .len = event.data_length,
                                                 .key = self->bytes[i] + event.data_length,
                                                 .key_len = event.key_length};
        self->payload_bytes += event.data_length;
    }
    workload->ops->destroy(&workload);
}

static rd_kafka_conf_t *configured(struct ceiling *self, const char *brokers, char **properties, int count)
{
    char words[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool good =
        rd_kafka_conf_set(conf, "bootstrap.servers", brokers, words, sizeof words) == RD_KAFKA_CONF_OK;
    for (int i = 0; good && i < count; i++) {
        char *sign = strchr(properties[i], '=');
        char *name = mem_text_n(properties[i], sign != NULL ? (size_t)(sign - properties[i]) : 0);
        good = rd_kafka_conf_set(conf, name, sign != NULL ? sign + 1 : "", words, sizeof words) ==
               RD_KAFKA_CONF_OK;
        free(name);
    }
    if (!good) {
        fprintf(stderr, "bench_kafka_ceiling: %s\n", words);
        exit(2);
    }
    rd_kafka_conf_set_opaque(conf, self);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    return conf;
}

/* Offer the readings once; what the queue has no room for is offered first the next time. */
static void offer(struct ceiling *self, int *first)
{
    int count = EVENTS - *first;
    int taken = rd_kafka_produce_batch(self->topic, RD_KAFKA_PARTITION_UA, 0, self->messages + *first, count);
    must(taken >= 0 && taken <= count);
    self->sent += (uint64_t)taken;
    *first = taken == count ? 0 : *first + taken;
    rd_kafka_poll(self->client, taken == count ? 0 : FULL_WAIT_MS);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: %s BROKERS TOPIC SECONDS PROPERTY=VALUE...\n", argv[0]);
        return 2;
    }
    static struct ceiling self;
    char words[512];
    make_readings(&self);
    self.client =
        rd_kafka_new(RD_KAFKA_PRODUCER, configured(&self, argv[1], argv + 4, argc - 4), words, sizeof words);
    if (self.client == NULL) {
        fprintf(stderr, "bench_kafka_ceiling: %s\n", words);
        return 2;
    }
    self.topic = rd_kafka_topic_new(self.client, argv[2], NULL);
    must(self.topic != NULL);
    const rd_kafka_metadata_t *metadata; /* as our pre-flight: partitions are known before the first event */
    must(rd_kafka_metadata(self.client, 0, self.topic, &metadata, 10000) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_metadata_destroy(metadata);

    uint64_t begun_us = clock_us(), begun_cpu_us = clock_cpu_us();
    uint64_t end_us = begun_us + (uint64_t)(strtod(argv[3], NULL) * 1e6);
    int first = 0;
    while (clock_us() < end_us)
        offer(&self, &first);
    while (self.delivered + self.failed < self.sent && clock_us() < end_us + END_WAIT_US)
        rd_kafka_poll(self.client, FULL_WAIT_MS);
    double spent_s = (double)(clock_us() - begun_us) / 1e6;
    double cpu_s = (double)(clock_cpu_us() - begun_cpu_us) / 1e6;
    printf("{\"events\": %.0f, \"failed\": %.0f, \"events_per_s\": %.0f, \"events_per_cpu_s\": %.0f, "
           "\"bytes_per_event\": %.1f}\n",
           (double)self.delivered, (double)(self.sent - self.delivered), (double)self.delivered / spent_s,
           (double)self.delivered / cpu_s, (double)self.payload_bytes / EVENTS);
    rd_kafka_topic_destroy(self.topic);
    rd_kafka_destroy(self.client);
    return self.delivered > 0 && self.delivered == self.sent ? 0 : 1;
}
