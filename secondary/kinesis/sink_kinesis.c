#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "secondary/kinesis/access.h"
#include "secondary/kinesis/answer.h"
#include "secondary/kinesis/exchange.h"
#include "secondary/kinesis/kinesis_error.h"
#include "secondary/kinesis/multi_loop.h"
#include "secondary/kinesis/preflight.h"
#include "secondary/kinesis/putrecords.h"
#include "secondary/sink.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_AT = sizeof "X-Amz-Security-Token: " - 1 };

struct slot { /* a place for one request in flight */
    struct exchange exchange;
    struct batch *batch;  /* borrowed while in flight, else NULL */
    uint64_t keys_number; /* that it was signed with */
    int64_t skew_s;
};

struct sink_kinesis {
    struct sink base;
    struct access access;
    const struct target *target; /* borrowed */
    tally_t *tally;              /* borrowed */
    log_t *log;                  /* borrowed */
    struct shard_map shards;     /* as the last preflight found them */
    struct putrecords writer;
    answer_t *reader; /* owned */
    sigv4_t *signer;  /* owned */
    multi_loop_t *loop;
    struct sigv4_keys keys; /* copy of the set in force */
    uint64_t keys_number;
    char token_line[SIGV4_TOKEN_MAX + 32];
    struct slot *slots; /* owned: slots_count of them */
    size_t slots_count;
    struct exchange_spares spares; /* its stack is owned: slots_count of them */
    size_t *idle; /* owned: a stack, so that few connections serve a light load and stay warm */
    size_t idle_count;
    struct batch **done; /* owned: a ring of slots_count */
    size_t done_first, done_count;
};

static struct sink_kinesis *of(sink_t *base)
{
    must(base != NULL);
    return (struct sink_kinesis *)base;
}

static void begin(sink_t *base, struct batch *batch)
{
    putrecords_begin(&of(base)->writer, batch);
}

static bool append(sink_t *base, struct batch *batch, const struct event *event)
{
    return putrecords_append(&of(base)->writer, batch, event);
}

static void renew_keys(struct sink_kinesis *self)
{
    self->keys_number = credentials_copy(self->access.credentials, &self->keys);
    sigv4_set_keys(self->signer, &self->keys);
    snprintf(self->token_line + TOKEN_AT, sizeof self->token_line - TOKEN_AT, "%s", self->keys.token);
}

static enum sink_submit submit(sink_t *base, struct batch *batch)
{
    struct sink_kinesis *self = of(base);
    must(batch != NULL && batch->count > 0);
    if (self->idle_count == 0)
        return SINK_BUSY;
    if (credentials_number(self->access.credentials) != self->keys_number)
        renew_keys(self);
    size_t index = self->idle[--self->idle_count];
    struct slot *slot = &self->slots[index];
    must(slot->batch == NULL);
    putrecords_close(batch);
    batch->slot = index;
    batch->lost = batch->answered_ok = false;
    batch->retry_after_us = 0;
    slot->batch = batch;
    slot->keys_number = self->keys_number;
    slot->skew_s = self->access.skew_s;

    struct sigv4_signature signature;
    sigv4_sign(self->signer, batch->body, batch->body_length, access_wall_s(&self->access), &signature);
    exchange_load(&slot->exchange, batch->body, batch->body_length, &signature, self->keys.token[0] != '\0');
    batch->sent_us = clock_us();
    multi_loop_add(self->loop, slot->exchange.easy);
    return SINK_TAKEN;
}

static void judge_all(struct sink_kinesis *self, struct batch *batch, enum event_fate fate, const char *code,
                      const char *message)
{
    struct event_verdict verdict = {
        .fate = (uint8_t)fate,
        .error = tally_error(self->tally, code, strlen(code), message, strlen(message))};
    for (uint32_t i = 0; i < batch->count; i++)
        batch->verdicts[i] = verdict;
}

static void put_back(struct sink_kinesis *self, struct slot *slot)
{
    struct batch *batch = slot->batch;
    must(batch != NULL && self->done_count < self->slots_count);
    exchange_forget_answer(&slot->exchange);
    batch->answered_us = clock_us();
    slot->batch = NULL;
    self->done[(self->done_first + self->done_count++) % self->slots_count] = batch;
}

static enum event_fate fate_of_fault(struct sink_kinesis *self, const struct slot *slot,
                                     enum kinesis_fault fault)
{
    switch (fault) {
    case FAULT_TRANSIENT:
        return EVENT_RETRY;
    case FAULT_THROTTLED:
        return EVENT_THROTTLED;
    case FAULT_CREDENTIALS:
        return credentials_refused(self->access.credentials, slot->keys_number) ? EVENT_RETRY : EVENT_FAILED;
    case FAULT_CLOCK:
        return access_set_clock(&self->access, slot->exchange.server_wall_s, slot->skew_s) ? EVENT_RETRY
                                                                                           : EVENT_FAILED;
    case FAULT_UNKNOWN:
    case FAULT_FINAL:
        break;
    }
    return EVENT_FAILED;
}

static void judge_answer(struct sink_kinesis *self, struct slot *slot)
{
    struct batch *batch = slot->batch;
    struct exchange *exchange = &slot->exchange;
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) {
        if (answer_read(self->reader, batch, buffer_str(&exchange->answer), exchange->answer.length)) {
            batch->answered_ok = true;
            return;
        }
        batch->lost = true;
        judge_all(self, batch, EVENT_RETRY, "UnreadableAnswer", "the service's answer can't be read");
        return;
    }
    struct kinesis_error error;
    kinesis_error_read(status, exchange->error_type, buffer_str(&exchange->answer), exchange->answer.length,
                       &error);
    batch->lost = !error.refused;
    batch->retry_after_us = exchange->retry_after_ms * 1000U;
    judge_all(self, batch, fate_of_fault(self, slot, error.fault), error.code, error.message);
}

static void on_done(void *context, CURL *easy, CURLcode result)
{
    struct sink_kinesis *self = context;
    char *private = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct slot *slot = (struct slot *)(void *)private;
    must(slot >= self->slots && slot < self->slots + self->slots_count);
    if (result == CURLE_OK) {
        judge_answer(self, slot);
    } else {
        char message[TALLY_MESSAGE_MAX];
        const char *code =
            exchange_error(&slot->exchange, result, &self->access.endpoint, message, sizeof message);
        slot->batch->lost = slot->exchange.sendings > 0;
        judge_all(self, slot->batch, EVENT_RETRY, code, message);
    }
    put_back(self, slot);
    self->idle[self->idle_count++] = (size_t)(slot - self->slots);
}

static struct batch *reap(sink_t *base)
{
    struct sink_kinesis *self = of(base);
    if (self->done_count == 0)
        return NULL;
    struct batch *batch = self->done[self->done_first];
    self->done_first = (self->done_first + 1) % self->slots_count;
    self->done_count--;
    return batch;
}

static size_t in_flight(const sink_t *base)
{
    const struct sink_kinesis *self = (const struct sink_kinesis *)base;
    must(self != NULL);
    return self->slots_count - self->idle_count + self->done_count;
}

static void wait(sink_t *base, int wake_fd, uint64_t timeout_us)
{
    struct sink_kinesis *self = of(base);
    multi_loop_wait(self->loop, wake_fd, self->done_count > 0 ? 0 : timeout_us);
}

static void abandon(sink_t *base)
{
    struct sink_kinesis *self = of(base);
    for (size_t i = 0; i < self->slots_count; i++) {
        struct slot *slot = &self->slots[i];
        if (slot->batch == NULL)
            continue;
        multi_loop_remove(self->loop, slot->exchange.easy);
        slot->batch->lost = true;
        judge_all(self, slot->batch, EVENT_FAILED, "StopTimeout", "not answered before the stop timeout");
        put_back(self, slot);
        self->idle[self->idle_count++] = i;
    }
}

static bool preflight(sink_t *base, struct wire_preflight *out)
{
    struct sink_kinesis *self = of(base);
    return preflight_ask(&self->access, self->target, &self->shards, out);
}

static bool locate(sink_t *base, struct wire_preflight *out)
{
    struct sink_kinesis *self = of(base);
    return preflight_locate(&self->access, self->target, &self->shards, out);
}

static size_t shard_of(sink_t *base, const char *key, size_t length)
{
    return shard_map_of_key(&of(base)->shards, key, length);
}

static void shard_name(sink_t *base, size_t shard, char out[WIRE_NAME_MAX])
{
    must(shard < of(base)->shards.count);
    snprintf(out, WIRE_NAME_MAX, "%s", of(base)->shards.shards[shard].id);
}

static void close_sink(sink_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    abandon(*self_p);
    struct sink_kinesis *self = of(*self_p);
    for (size_t i = 0; i < self->slots_count; i++)
        exchange_fini(&self->slots[i].exchange);
    while (self->spares.count > 0)
        buffer_fini(&self->spares.stack[--self->spares.count]);
    multi_loop_destroy(&self->loop);
    shard_map_fini(&self->shards);
    answer_destroy(&self->reader);
    sigv4_destroy(&self->signer);
    access_close(&self->access);
    free(self->slots);
    free(self->spares.stack);
    free(self->idle);
    free(self->done);
    OPENSSL_cleanse(self, sizeof *self);
    free(self);
    *self_p = NULL;
    curl_global_cleanup();
}

static const struct sink_ops ops = {.request = "PutRecords",
                                    .preflight = preflight,
                                    .locate = locate,
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

static long milliseconds(const options_t *options, size_t index)
{
    return (long)((options_duration_us(options, index) + 999) / 1000);
}

static void open_slots(struct sink_kinesis *self, const options_t *options)
{
    self->slots_count = options_count(options, OPT_MAX_CONNECTIONS);
    self->loop = multi_loop_new(self->slots_count, on_done, self);
    self->slots = mem_new(self->slots_count, sizeof self->slots[0]);
    self->spares.stack = mem_new(self->slots_count, sizeof self->spares.stack[0]);
    self->idle = mem_new(self->slots_count, sizeof self->idle[0]);
    self->done = mem_new(self->slots_count, sizeof(struct batch *));
    struct exchange_limits limits = {milliseconds(options, OPT_CONNECT_TIMEOUT),
                                     milliseconds(options, OPT_REQUEST_TIMEOUT)};
    for (size_t i = 0; i < self->slots_count; i++) {
        struct slot *slot = &self->slots[i];
        exchange_init(&slot->exchange, &self->access, "PutRecords", self->token_line, &limits);
        slot->exchange.spares = &self->spares;
        multi_loop_prepare(self->loop, slot->exchange.easy);
        self->idle[self->idle_count++] = self->slots_count - 1 - i;
    }
}

sink_t *sink_kinesis_open(const struct sink_setup *setup, struct sink_error *error)
{
    must(setup != NULL && error != NULL);
    must(setup->target->kind == TARGET_KINESIS);
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    struct sink_kinesis *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    self->target = setup->target;
    self->tally = setup->tally;
    self->log = setup->log;
    if (!access_open(&self->access, setup, error)) {
        access_close(&self->access);
        free(self);
        curl_global_cleanup();
        return NULL;
    }
    putrecords_init(&self->writer, setup->target->stream, setup->target->arn,
                    options_size(setup->options, OPT_BATCH_BYTES));
    self->writer.shards = &self->shards;
    self->reader = answer_new(self->tally);
    self->signer = exchange_signer(&self->access, "PutRecords");
    snprintf(self->token_line, sizeof self->token_line, "X-Amz-Security-Token: ");
    renew_keys(self);
    open_slots(self, setup->options);
    return &self->base;
}
