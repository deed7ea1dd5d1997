#include "secondary/kinesis/preflight.h"

#include "common/clock.h"
#include "common/mem.h"
#include "secondary/kinesis/exchange.h"
#include "secondary/kinesis/fetch.h"
#include "secondary/kinesis/kinesis_error.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASK_MS_MAX = 10000,
    TRIES_MAX = 4, /* of a request that may be sent again, AGAIN_MS and multiples of it apart */
    AGAIN_MS = 250,
    BODY_MAX = PREFLIGHT_TOKEN_MAX + 256,
    PAGES_MAX = 100,
    SHARD_EVENTS_PER_S = 1000,
};

static const double shard_bytes_per_s = 1048576.0;

struct call {
    struct access *access;
    struct wire_preflight *out;
    struct exchange exchange;
    struct sigv4_keys keys;
    uint64_t keys_number;
    int64_t skew_s; /* that the last request was signed with */
    char token_line[SIGV4_TOKEN_MAX + 32];
    uint64_t until_us;
};

static bool refuse(struct wire_preflight *out, const char *code, const char *message)
{
    out->ok = false;
    snprintf(out->code, sizeof out->code, "%s", code);
    free(out->message);
    out->message = mem_text(message);
    return false;
}

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

bool preflight_read_summary(const char *text, size_t length, struct wire_preflight *out)
{
    must(text != NULL && out != NULL);
    json_t *root = json_loadb(text, length, 0, NULL);
    const json_t *summary = json_object_get(root, "StreamDescriptionSummary");
    const char *status = json_string_value(json_object_get(summary, "StreamStatus"));
    if (status == NULL) {
        json_decref(root);
        return refuse(out, "UnreadableAnswer", "the answer to DescribeStreamSummary can't be read");
    }
    const char *mode =
        json_string_value(json_object_get(json_object_get(summary, "StreamModeDetails"), "StreamMode"));
    snprintf(out->mode, sizeof out->mode, "%s", mode != NULL ? mode : "PROVISIONED");
    double shards = number(summary, "OpenShardCount");
    out->shards = shards > 0 && shards < 1e9 ? (uint64_t)shards : 0;
    double warm_mib = number(json_object_get(summary, "WarmThroughput"), "CurrentMiBps");
    bool usable = strcmp(status, "ACTIVE") == 0 || strcmp(status, "UPDATING") == 0;
    if (usable && strcmp(out->mode, "ON_DEMAND") == 0) {
        if (warm_mib > 0)
            out->bytes_per_s = warm_mib * shard_bytes_per_s;
        out->message =
            mem_text("on-demand stream: it takes twice its highest rate of the last 30 days (4 MB/s when "
                     "new) and throttles what goes beyond until it has grown");
    }
    char message[128];
    snprintf(message, sizeof message, "the stream is %.32s, not ACTIVE", status);
    json_decref(root);
    return usable ? true : refuse(out, "ResourceInUseException", message);
}

/* False: it does not say where its range begins. */
static bool add_open(const json_t *shard, struct shard_map *open)
{
    const json_t *range = json_object_get(shard, "SequenceNumberRange");
    if (json_is_string(json_object_get(range, "EndingSequenceNumber")))
        return true; /* closed */
    const char *id = json_string_value(json_object_get(shard, "ShardId"));
    const json_t *hashes = json_object_get(shard, "HashKeyRange");
    const char *first = json_string_value(json_object_get(hashes, "StartingHashKey"));
    return id != NULL && first != NULL && shard_map_add(open, id, first);
}

bool preflight_read_shards(const char *text, size_t length, struct shard_map *open,
                           char next[PREFLIGHT_TOKEN_MAX])
{
    must(text != NULL && open != NULL && next != NULL);
    json_t *root = json_loadb(text, length, 0, NULL);
    const json_t *shards = json_object_get(root, "Shards");
    bool read = json_is_array(shards);
    size_t index;
    const json_t *shard;
    json_array_foreach(shards, index, shard)
    {
        read = read && add_open(shard, open);
    }
    const char *token = json_string_value(json_object_get(root, "NextToken"));
    int bytes = snprintf(next, PREFLIGHT_TOKEN_MAX, "%s", token != NULL ? token : "");
    json_decref(root);
    return read && bytes < PREFLIGHT_TOKEN_MAX;
}

static void take_keys(struct call *call)
{
    call->keys_number = credentials_copy(call->access->credentials, &call->keys);
    snprintf(call->token_line, sizeof call->token_line, "X-Amz-Security-Token: %s", call->keys.token);
}

static CURLcode send_signed(struct call *call, const char *operation, const char *body, uint64_t left_us)
{
    struct exchange_limits limits = {.connect_ms = (long)((left_us + 999) / 1000)};
    limits.request_ms = limits.connect_ms;
    exchange_fini(&call->exchange);
    exchange_init(&call->exchange, call->access, operation, call->token_line, &limits);
    sigv4_t *signer = exchange_signer(call->access, operation);
    sigv4_set_keys(signer, &call->keys);
    struct sigv4_signature signature;
    call->skew_s = call->access->skew_s;
    sigv4_sign(signer, body, strlen(body), access_wall_s(call->access), &signature);
    sigv4_destroy(&signer);
    exchange_load(&call->exchange, body, strlen(body), &signature, call->keys.token[0] != '\0');
    return curl_easy_perform(call->exchange.easy);
}

/* Put right what the service refused a request for. False when sending it again can't help. */
static bool mend(struct call *call, enum kinesis_fault fault, unsigned tries)
{
    credentials_t *credentials = call->access->credentials;
    uint64_t now_us = clock_us();
    if (tries >= TRIES_MAX || now_us >= call->until_us)
        return false;
    switch (fault) {
    case FAULT_TRANSIENT:
    case FAULT_THROTTLED:
        fetch_pause(NULL, tries * AGAIN_MS * 1000U);
        return true;
    case FAULT_CLOCK:
        return access_set_clock(call->access, call->exchange.server_wall_s, call->skew_s);
    case FAULT_CREDENTIALS:
        if (!credentials_refused(credentials, call->keys_number) ||
            !credentials_await(credentials, call->keys_number, call->until_us - now_us))
            return false;
        take_keys(call);
        return true;
    case FAULT_UNKNOWN:
    case FAULT_FINAL:
        break;
    }
    return false;
}

/* One question; false, `out` filled, unless it was answered with 200. */
static bool ask(struct call *call, const char *operation, const char *body)
{
    for (unsigned tries = 1;; tries++) {
        uint64_t now_us = clock_us();
        if (now_us >= call->until_us)
            return refuse(call->out, "Timeout", "the stream's description took too long");
        CURLcode result = send_signed(call, operation, body, call->until_us - now_us);
        if (result != CURLE_OK) {
            char message[1200];
            const char *code =
                exchange_error(&call->exchange, result, &call->access->endpoint, message, sizeof message);
            return refuse(call->out, code, message);
        }
        long status = 0;
        curl_easy_getinfo(call->exchange.easy, CURLINFO_RESPONSE_CODE, &status);
        if (status == 200)
            return true;
        struct kinesis_error error;
        kinesis_error_read(status, call->exchange.error_type, buffer_str(&call->exchange.answer),
                           call->exchange.answer.length, &error);
        if (!mend(call, error.fault, tries))
            return refuse(call->out, error.code, error.message);
    }
}

static bool ask_summary(struct call *call, const struct target *target)
{
    char body[BODY_MAX];
    bool by_arn = target->arn[0] != '\0';
    snprintf(body, sizeof body, "{\"%s\":\"%s\"}", by_arn ? "StreamARN" : "StreamName",
             by_arn ? target->arn : target->stream);
    return ask(call, "DescribeStreamSummary", body) &&
           preflight_read_summary(buffer_str(&call->exchange.answer), call->exchange.answer.length,
                                  call->out);
}

static bool ask_shards(struct call *call, const struct target *target, struct shard_map *open)
{
    char next[PREFLIGHT_TOKEN_MAX] = "";
    shard_map_clear(open);
    for (int page = 0; page < PAGES_MAX; page++) {
        json_t *request = json_object();
        bool by_arn = target->arn[0] != '\0';
        if (next[0] != '\0')
            json_object_set_new(request, "NextToken", json_string(next));
        else
            json_object_set_new(request, by_arn ? "StreamARN" : "StreamName",
                                json_string(by_arn ? target->arn : target->stream));
        char *body = json_dumps(request, JSON_COMPACT);
        json_decref(request);
        bool answered = body != NULL && ask(call, "ListShards", body);
        free(body);
        if (!answered)
            return false;
        if (!preflight_read_shards(buffer_str(&call->exchange.answer), call->exchange.answer.length, open,
                                   next))
            return refuse(call->out, "UnreadableAnswer", "the answer to ListShards can't be read");
        if (next[0] == '\0') {
            shard_map_sort(open);
            return true;
        }
    }
    return refuse(call->out, "UnreadableAnswer", "ListShards has no end");
}

static struct call *begin(struct access *access, struct wire_preflight *out)
{
    must(access != NULL && out != NULL);
    struct call *call = mem_new(1, sizeof *call);
    *call = (struct call){.access = access, .out = out, .until_us = clock_us() + ASK_MS_MAX * 1000U};
    buffer_init(&call->exchange.answer, EXCHANGE_ANSWER_MAX);
    take_keys(call);
    return call;
}

static void end(struct call *call)
{
    exchange_fini(&call->exchange);
    OPENSSL_cleanse(call, sizeof *call);
    free(call);
}

bool preflight_ask(struct access *access, const struct target *target, struct shard_map *open,
                   struct wire_preflight *out)
{
    must(target != NULL && open != NULL);
    struct call *call = begin(access, out);
    snprintf(out->place, sizeof out->place, "%s", access->region);
    bool ok = ask_summary(call, target) && ask_shards(call, target, open);
    if (ok) {
        out->ok = true;
        out->shards = open->count;
        if (strcmp(out->mode, "PROVISIONED") == 0) {
            out->events_per_s = (double)open->count * SHARD_EVENTS_PER_S;
            out->bytes_per_s = (double)open->count * shard_bytes_per_s;
        }
    }
    end(call);
    return ok;
}

bool preflight_locate(struct access *access, const struct target *target, struct shard_map *open,
                      struct wire_preflight *out)
{
    must(target != NULL && open != NULL);
    struct call *call = begin(access, out);
    bool ok = ask_shards(call, target, open);
    end(call);
    return ok;
}
