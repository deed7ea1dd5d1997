/*
 * sink_kafka - batches through librdkafka: each event a message, each delivery report a verdict.
 *
 * librdkafka groups, sends and retries by itself; a batch comes back when all its events are reported.
 * librdkafka reads an event where it lies in the arena. Everything is called back on the engine's thread,
 * inside rd_kafka_poll.
 */
#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "secondary/kafka/kafka_config.h"
#include "secondary/kafka/kafka_fragment.h"
#include "secondary/kafka/kafka_partition.h"
#include "secondary/kafka/kafka_preflight.h"
#include "secondary/kafka/kafka_stats.h"
#include "secondary/sink.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    PARTITIONS_KNOWN = 4096, /* places kept by number; beyond, they are looked up */
    BROKERS_KNOWN = 256,
    EVENT_BITS = 16, /* of a message's mark: event, slot, and the slot's generation */
    SLOT_BITS = 16,
    GIVE_UP_US = 2000000, /* how long a purge may take to report */
    LOG_INTERVAL_US = 1000000,
    WINDOW_FIRST_BATCHES = 16, /* over 5 ms of linger 1.5 M events/s; twice as many leave the cache */
};

struct slot {
    struct batch *batch; /* borrowed while we have it, else NULL */
    uint32_t produced;   /* events that librdkafka has taken, or refused at once */
    uint32_t reported;   /* of those, with a verdict */
    uint32_t generation; /* reports for an older one are not ours any more */
    bool some_delivered;
};

struct sink_kafka {
    struct sink base;
    tally_t *tally; /* borrowed */
    log_t *log;     /* borrowed */
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *reports;
    int fd; /* readable when the client has something to tell */
    struct kafka_topic_wish wish;
    struct kafka_trouble trouble;
    int32_t partitions; /* as the last preflight found them; 0: not asked */
    enum kafka_partitioner partitioner;
    struct slot *slots; /* owned: slots_count of them */
    size_t slots_count;
    size_t *idle; /* owned: a stack */
    size_t idle_count;
    struct slot *partial; /* the queue was full in the middle of it */
    struct batch **done;  /* owned: a ring of slots_count */
    size_t done_first, done_count;
    rd_kafka_message_t *messages; /* owned: messages_count of them, scratch of produce */
    uint32_t messages_count;
    uint32_t places[PARTITIONS_KNOWN]; /* a partition's place in the tally + 1 */
    bool throttled[BROKERS_KNOWN];     /* by its last answer */
    uint64_t retried;                  /* by the newest statistics; never goes back */
    struct log_limit log_limit;
};

static struct sink_kafka *of(sink_t *base)
{
    must(base != NULL);
    return (struct sink_kafka *)base;
}

static void begin(sink_t *base, struct batch *batch)
{
    must(base != NULL && batch->count == 0);
    batch->body_length = batch->prefix_length = 0;
}

static bool append(sink_t *base, struct batch *batch, const struct event *event)
{
    return kafka_fragment_append(batch, event, of(base)->partitions);
}

/* ---- verdicts ---- */

static void put_back(struct sink_kafka *self, struct slot *slot)
{
    struct batch *batch = slot->batch;
    must(batch != NULL && self->done_count < self->slots_count);
    batch->answered_us = clock_us();
    batch->answered_ok = slot->some_delivered;
    slot->batch = NULL;
    slot->generation++;
    if (self->partial == slot)
        self->partial = NULL;
    self->done[(self->done_first + self->done_count++) % self->slots_count] = batch;
}

static void settle(struct slot *slot, uint32_t event, struct event_verdict verdict)
{
    must(slot->batch != NULL && event < slot->batch->count);
    must(slot->batch->verdicts[event].fate == EVENT_PENDING);
    slot->batch->verdicts[event] = verdict;
    slot->some_delivered |= verdict.fate == EVENT_DELIVERED;
    slot->reported++;
}

static struct event_verdict refusal(struct sink_kafka *self, rd_kafka_resp_err_t err, bool lost)
{
    if (err == RD_KAFKA_RESP_ERR__FATAL) { /* the name of what was fatal tells more */
        char words[8];
        rd_kafka_resp_err_t cause = rd_kafka_fatal_error(self->client, words, sizeof words);
        err = cause != 0 ? cause : err;
    }
    bool purged = err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || err == RD_KAFKA_RESP_ERR__PURGE_QUEUE;
    const char *code = purged ? "StopTimeout" : rd_kafka_err2name(err);
    const char *words = purged ? "not acknowledged before the stop timeout" : rd_kafka_err2str(err);
    return (struct event_verdict){.fate = lost ? EVENT_LOST : EVENT_FAILED,
                                  .error =
                                      tally_error(self->tally, code, strlen(code), words, strlen(words))};
}

static void print_partition(int32_t partition, char out[WIRE_NAME_MAX])
{
    snprintf(out, WIRE_NAME_MAX, "partition-%04d", (int)partition);
}

static void count_partition(struct sink_kafka *self, int32_t partition)
{
    bool known = partition >= 0 && partition < PARTITIONS_KNOWN;
    if (!known || self->places[partition] == 0) {
        char id[WIRE_NAME_MAX];
        print_partition(partition, id);
        uint32_t place = tally_shard(self->tally, id, strlen(id));
        self->tally->shards[place].events++;
        if (known)
            self->places[partition] = place + 1;
        return;
    }
    self->tally->shards[self->places[partition] - 1].events++;
}

static void on_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *context)
{
    (void)client;
    struct sink_kafka *self = context;
    uint64_t mark = (uint64_t)(uintptr_t)message->_private;
    uint32_t event = mark & ((1U << EVENT_BITS) - 1);
    size_t index = (mark >> EVENT_BITS) & ((1U << SLOT_BITS) - 1);
    must(index < self->slots_count);
    struct slot *slot = &self->slots[index];
    if (slot->batch == NULL || slot->generation != (uint32_t)(mark >> (EVENT_BITS + SLOT_BITS)))
        return; /* given up before it was told */
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        settle(slot, event, (struct event_verdict){.fate = EVENT_DELIVERED});
        count_partition(self, message->partition);
        int32_t broker = rd_kafka_message_broker_id(message);
        if (broker >= 0 && self->throttled[(uint32_t)broker % BROKERS_KNOWN])
            self->tally->counters.throttled++;
    } else {
        bool lost = rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
        settle(slot, event, refusal(self, message->err, lost));
    }
    if (slot->reported == slot->batch->count)
        put_back(self, slot);
}

static void on_throttle(rd_kafka_t *client, const char *name, int32_t broker, int throttle_ms, void *context)
{
    (void)client;
    (void)name;
    struct sink_kafka *self = context;
    if (broker >= 0) /* told before the reports of the same answer, and once when it is over */
        self->throttled[(uint32_t)broker % BROKERS_KNOWN] = throttle_ms > 0;
}

static int on_stats(rd_kafka_t *client, char *json, size_t length, void *context)
{
    (void)client;
    struct sink_kafka *self = context;
    uint64_t retried;
    if (kafka_stats_retried(json, length, &retried) && retried > self->retried) {
        self->tally->counters.retried += retried - self->retried;
        self->retried = retried;
    }
    return 0; /* the text stays librdkafka's */
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *context)
{
    (void)client;
    struct sink_kafka *self = context;
    rd_kafka_resp_err_t err = (rd_kafka_resp_err_t)code;
    bool all_down = err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    if (!self->trouble.final &&
        !(all_down && self->trouble.err != 0)) { /* "1/1 brokers are down" says less */
        self->trouble.err = err;
        self->trouble.final = err == RD_KAFKA_RESP_ERR__AUTHENTICATION || err == RD_KAFKA_RESP_ERR__SSL ||
                              err == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
        snprintf(self->trouble.words, sizeof self->trouble.words, "%s", reason);
    }
    uint64_t held;
    if (log_allowed(&self->log_limit, clock_us(), LOG_INTERVAL_US, &held))
        log_info(self->log, "kafka: %s: %.300s", rd_kafka_err2name(err), reason);
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    struct sink_kafka *self = rd_kafka_opaque(client);
    log_debug(self->log, "librdkafka: %d %s %.400s", level, facility, text);
}

/* ---- sending ---- */

/* Offer what librdkafka has not taken yet; stops where its queue is full. */
static void produce(struct sink_kafka *self, struct slot *slot)
{
    struct batch *batch = slot->batch;
    uint32_t first = slot->produced, count = batch->count - first;
    must(count > 0 && batch->count < (1U << EVENT_BITS));
    if (count > self->messages_count) {
        self->messages = mem_resize(self->messages, count, sizeof self->messages[0]);
        self->messages_count = count;
    }
    uint64_t mark = (uint64_t)slot->generation << (EVENT_BITS + SLOT_BITS) | (uint64_t)(slot - self->slots)
                                                                                 << EVENT_BITS;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t event = first + i;
        kafka_fragment_read(batch, event, &self->messages[i]);
        self->messages[i]._private = (void *)(uintptr_t)(mark | event);
    }
    int taken = rd_kafka_produce_batch(self->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_PARTITION,
                                       self->messages, (int)count);
    slot->produced = batch->count;
    for (uint32_t i = 0; taken != (int)count && i < count; i++) {
        rd_kafka_resp_err_t err = self->messages[i].err;
        if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) { /* and so are all behind it */
            slot->produced = first + i;
            break;
        }
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
            settle(slot, first + i, refusal(self, err, false));
    }
    self->partial = slot->produced < batch->count ? slot : NULL;
    if (slot->reported == batch->count)
        put_back(self, slot);
}

static enum sink_submit submit(sink_t *base, struct batch *batch)
{
    struct sink_kafka *self = of(base);
    must(batch != NULL && batch->count > 0);
    if (self->idle_count == 0 || self->partial != NULL)
        return SINK_BUSY;
    size_t index = self->idle[self->idle_count - 1];
    struct slot *slot = &self->slots[index];
    must(slot->batch == NULL);
    slot->batch = batch;
    slot->produced = slot->reported = 0;
    slot->some_delivered = false;
    batch->slot = index;
    batch->sent_us = clock_us();
    batch->lost = false;
    batch->retry_after_us = 0;
    produce(self, slot);
    if (slot->batch != NULL && slot->produced == 0) {
        slot->batch = NULL;
        self->partial = NULL;
        return SINK_BUSY;
    }
    self->idle_count--;
    return SINK_TAKEN;
}

static struct batch *reap(sink_t *base)
{
    struct sink_kafka *self = of(base);
    if (self->done_count == 0)
        return NULL;
    struct batch *batch = self->done[self->done_first];
    self->done_first = (self->done_first + 1) % self->slots_count;
    self->done_count--;
    self->idle[self->idle_count++] = batch->slot;
    return batch;
}

static size_t in_flight(const sink_t *base)
{
    const struct sink_kafka *self = (const struct sink_kafka *)base;
    must(self != NULL);
    return self->slots_count - self->idle_count;
}

static void serve(struct sink_kafka *self)
{
    uint64_t count;
    (void)!read(self->fd, &count, sizeof count); /* emptied first: what comes later makes it readable again */
    rd_kafka_poll(self->client, 0);
    if (self->partial != NULL)
        produce(self, self->partial);
}

static void wait(sink_t *base, int wake_fd, uint64_t timeout_us)
{
    struct sink_kafka *self = of(base);
    serve(self);
    if (self->done_count > 0 || timeout_us == 0)
        return;
    struct pollfd both[] = {{.fd = self->fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    struct timespec timeout = {.tv_sec = (time_t)(timeout_us / 1000000),
                               .tv_nsec = (long)(timeout_us % 1000000) * 1000};
    if (ppoll(both, 2, &timeout, NULL) > 0 && both[0].revents != 0)
        serve(self);
}

/* ---- the end ---- */

static size_t held(const struct sink_kafka *self)
{
    return self->slots_count - self->idle_count - self->done_count;
}

/* Events that librdkafka had no room for were never sent. */
static void refuse_rest(struct sink_kafka *self)
{
    struct slot *slot = self->partial;
    if (slot == NULL)
        return;
    self->partial = NULL;
    struct event_verdict verdict = refusal(self, RD_KAFKA_RESP_ERR__PURGE_QUEUE, false);
    for (uint32_t i = slot->produced; i < slot->batch->count; i++)
        settle(slot, i, verdict);
    if (slot->reported == slot->batch->count)
        put_back(self, slot);
}

/* What a purge leaves is half written to a socket: librdkafka has a copy of its own (message.copy.max.bytes).
 */
static void lose_rest(struct sink_kafka *self)
{
    struct event_verdict verdict = refusal(self, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, true);
    for (size_t i = 0; i < self->slots_count; i++) {
        struct slot *slot = &self->slots[i];
        if (slot->batch == NULL)
            continue;
        for (uint32_t event = 0; event < slot->batch->count; event++) {
            if (slot->batch->verdicts[event].fate == EVENT_PENDING)
                settle(slot, event, verdict);
        }
        put_back(self, slot);
    }
}

static void abandon(sink_t *base)
{
    struct sink_kafka *self = of(base);
    serve(self);
    if (held(self) == 0)
        return;
    refuse_rest(self);
    rd_kafka_purge(self->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    uint64_t end_us = clock_us() + GIVE_UP_US;
    while (held(self) > 0 && clock_us() < end_us)
        rd_kafka_poll(self->client, 10);
    if (held(self) > 0)
        lose_rest(self);
}

static bool preflight(sink_t *base, struct wire_preflight *out)
{
    struct sink_kafka *self = of(base);
    self->trouble = (struct kafka_trouble){.err = RD_KAFKA_RESP_ERR_NO_ERROR};
    self->partitions = 0;
    if (!kafka_preflight(self->client, self->topic, &self->wish, &self->trouble, out))
        return false;
    must(out->shards <= INT32_MAX);
    self->partitions = (int32_t)out->shards;
    return true;
}

static size_t shard_of(sink_t *base, const char *key, size_t length)
{
    const struct sink_kafka *self = of(base);
    return kafka_partition_of(self->partitioner, self->topic, key, length, self->partitions);
}

static void shard_name(sink_t *base, size_t shard, char out[WIRE_NAME_MAX])
{
    must(base != NULL && shard < INT32_MAX);
    print_partition((int32_t)shard, out);
}

static void close_sink(sink_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    abandon(*self_p);
    struct sink_kafka *self = of(*self_p);
    rd_kafka_queue_io_event_enable(self->reports, -1, NULL, 0);
    rd_kafka_queue_destroy(self->reports);
    rd_kafka_topic_destroy(self->topic);
    rd_kafka_destroy(self->client);
    close(self->fd);
    free(self->slots);
    free(self->idle);
    free(self->done);
    free(self->messages);
    free(self);
    *self_p = NULL;
}

static const struct sink_ops ops = {.request = "Produce",
                                    .window_first = WINDOW_FIRST_BATCHES,
                                    .preflight = preflight,
                                    .locate = preflight,
                                    .shard_of = shard_of,
                                    .shard_name = shard_name,
                                    .begin = begin,
                                    .append = append,
                                    .submit = submit,
                                    .reap = reap,
                                    .in_flight = in_flight,
                                    .wait = wait,
                                    .abandon = abandon,
                                    .close = close_sink};

static rd_kafka_t *open_client(struct sink_kafka *self, rd_kafka_conf_t *conf, struct sink_error *error)
{
    rd_kafka_conf_set_opaque(conf, self);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_throttle_cb(conf, on_throttle);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    char words[64];
    must(rd_kafka_conf_set(conf, "log.queue", "true", words, sizeof words) == RD_KAFKA_CONF_OK);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error->message, sizeof error->message);
    if (client == NULL) { /* properties that contradict each other, or a file that can't be read */
        snprintf(error->code, sizeof error->code, "BadOption");
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    must(rd_kafka_set_log_queue(client, NULL) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return client;
}

static void open_slots(struct sink_kafka *self, size_t count)
{
    self->slots_count = count;
    self->slots = mem_new(count, sizeof self->slots[0]);
    self->idle = mem_new(count, sizeof self->idle[0]);
    self->done = mem_new(count, sizeof(struct batch *));
    for (size_t i = 0; i < count; i++)
        self->idle[self->idle_count++] = count - 1 - i;
}

sink_t *sink_kafka_open(const struct sink_setup *setup, struct sink_error *error)
{
    must(setup != NULL && error != NULL);
    must(setup->target->kind == TARGET_KAFKA);
    rd_kafka_conf_t *conf = kafka_config_new(setup->target, setup->options, error);
    if (conf == NULL)
        return NULL;
    struct sink_kafka *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    self->tally = setup->tally;
    self->log = setup->log;
    must(kafka_config_topic(options_text(setup->options, OPT_CREATE_TOPIC), &self->wish));
    self->client = open_client(self, conf, error);
    if (self->client == NULL) {
        free(self);
        return NULL;
    }
    self->partitioner = kafka_partitioner_of(rd_kafka_conf(self->client));
    self->topic = rd_kafka_topic_new(self->client, setup->target->topic, NULL);
    must(self->topic != NULL);
    self->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    must(self->fd >= 0);
    self->reports = rd_kafka_queue_get_main(self->client);
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(self->reports, self->fd, &one, sizeof one);
    open_slots(self, options_count(setup->options, OPT_MAX_CONNECTIONS));
    return &self->base;
}
