#include "common/mem.h"
#include "common/wire.h"
#include "common/wire_fields.h"
#include "common/wire_scan.h"
#include "common/wire_stats.h"
#include "common/workload/workload.h"

#include <inttypes.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Our own map inside the data; NULL when there is none. */
static const msgpack_object *read_freshet(struct wire_reader *in, const msgpack_object *data,
                                          struct wire_message *out)
{
    const msgpack_object *freshet = wire_find(data, "freshet");
    if (freshet == NULL)
        return NULL;
    wire_map(in, freshet, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "freshet is no map");
    out->has_freshet = true;
    return freshet;
}

static void read_client_ready(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    if (data->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && data->via.i64 == -1)
        return;
    const char *reason = "client_ready without a version: a peer older than Locust 2.0";
    wire_name(in, data, WIRE_REQUIRED, out->version, sizeof out->version,
              data->type == MSGPACK_OBJECT_NIL ? reason : "the version is neither a short text nor -1");
    if (out->version[0] == '\0')
        wire_refuse(in, reason);
}

static void read_ack(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    wire_map(in, data, WIRE_OPTIONAL, WIRE_BUCKETS_MAX, "the data of ack is neither nil nor a map");
    out->index = WIRE_COUNT(in, data, "index", WIRE_OPTIONAL);
    const msgpack_object *freshet = read_freshet(in, data, out);
    if (freshet != NULL)
        WIRE_NAME(in, freshet, "version", WIRE_REQUIRED, out->version);
}

/* An option's value as text. NULL for nil. */
static char *print_option(struct wire_reader *in, const msgpack_object *value)
{
    char number[40];
    switch (value->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        return mem_text(value->via.boolean ? "true" : "false");
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        snprintf(number, sizeof number, "%" PRIu64, value->via.u64);
        return mem_text(number);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        snprintf(number, sizeof number, "%" PRId64, value->via.i64);
        return mem_text(number);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64: /* the shorter form where it says the same */
        snprintf(number, sizeof number, "%.15g", value->via.f64);
        if (strtod(number, NULL) != value->via.f64)
            snprintf(number, sizeof number, "%.17g", value->via.f64);
        return mem_text(number);
    default:
        return wire_text(in, value, WIRE_OPTIONAL, "an option's value is too long or has a NUL inside");
    }
}

/* Lists and maps among a stock master's options (tags, for one) mean nothing to us and are left out. */
static bool is_list(const msgpack_object *value)
{
    return value->type == MSGPACK_OBJECT_ARRAY || value->type == MSGPACK_OBJECT_MAP ||
           value->type == MSGPACK_OBJECT_BIN || value->type == MSGPACK_OBJECT_EXT;
}

static void read_options(struct wire_reader *in, const msgpack_object *map, struct wire_message *out)
{
    size_t count = wire_map(in, map, WIRE_OPTIONAL, WIRE_OPTIONS_MAX, "parsed_options is no map or too long");
    if (count == 0)
        return;
    out->options = mem_new(count, sizeof *out->options);
    for (size_t i = 0; i < count; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (is_list(&pair->val))
            continue;
        struct wire_option *option = &out->options[out->options_count++];
        wire_name(in, &pair->key, WIRE_REQUIRED, option->name, sizeof option->name,
                  "an option's name is no text or too long");
        option->value = print_option(in, &pair->val);
    }
}

/* What the events are made from; nothing is said of the default. */
static void read_workload(struct wire_reader *in, const msgpack_object *freshet, struct wire_workload *out)
{
    const msgpack_object *map = wire_find(freshet, "workload");
    if (map == NULL)
        return;
    wire_map(in, map, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "workload is no map");
    out->kind = WIRE_COUNT(in, map, "kind", WIRE_REQUIRED);
    if (out->kind != WORKLOAD_TEMPLATE && out->kind != WORKLOAD_SCENARIO)
        wire_refuse(in, "no such kind of workload");
    WIRE_NAME(in, map, "name", WIRE_REQUIRED, out->name);
    if (out->name[0] == '\0')
        wire_refuse(in, "a workload without a name");
    out->hash = WIRE_COUNT(in, map, "hash", WIRE_REQUIRED);
    out->text = wire_source(in, wire_find(map, "text"),
                            "the text of the workload is no text, empty, too long or has a NUL inside");
    out->length = out->text != NULL ? strlen(out->text) : 0;
}

/* Where the rate goes; without a word of it, it stays. */
static void read_curve(struct wire_reader *in, const msgpack_object *freshet, struct wire_share *out)
{
    out->rate_to = out->rate;
    out->over_us = WIRE_COUNT(in, freshet, "over_us", WIRE_OPTIONAL);
    const msgpack_object *bends = wire_find(freshet, "bends");
    out->bends = bends != NULL && wire_bool(in, bends, "bends is neither true nor false");
    if (wire_find(freshet, "rate_to") != NULL)
        out->rate_to = WIRE_REAL(in, freshet, "rate_to", WIRE_REQUIRED);
    if (out->over_us == 0 && !out->bends)
        return;
    if (out->over_us > WIRE_OVER_US_MAX || out->rate > WIRE_CURVE_MAX || out->rate_to > WIRE_CURVE_MAX)
        wire_refuse(in, "a curve beyond belief");
    if (out->rate < 0 || out->rate_to < 0)
        wire_refuse(in, "a curve of less than no events");
}

static void read_spawn(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of spawn is no map");
    out->timestamp = WIRE_REAL(in, data, "timestamp", WIRE_REQUIRED);
    out->stop_timeout_s = WIRE_REAL(in, data, "stop_timeout", WIRE_OPTIONAL);
    if (out->stop_timeout_s < 0)
        wire_refuse(in, "stop_timeout is negative");
    out->host = wire_text(in, wire_find(data, "host"), WIRE_OPTIONAL,
                          "host is no text, too long or has a NUL inside");
    wire_read_classes(in, wire_find(data, "user_classes_count"), WIRE_REQUIRED, out);
    read_options(in, wire_find(data, "parsed_options"), out);
    const msgpack_object *freshet = read_freshet(in, data, out);
    if (freshet == NULL)
        return;
    out->share.rate = WIRE_REAL(in, freshet, "rate", WIRE_REQUIRED);
    out->share.phase = WIRE_REAL(in, freshet, "phase", WIRE_REQUIRED);
    out->share.parts = WIRE_COUNT(in, freshet, "parts", WIRE_OPTIONAL);
    if (out->share.phase < 0 || out->share.phase > 1)
        wire_refuse(in, "phase is not within 0 and 1");
    read_curve(in, freshet, &out->share);
#define TAKE(name) out->share.name = WIRE_COUNT(in, freshet, #name, WIRE_REQUIRED);
    WIRE_SHARE_NUMBERS(TAKE)
#undef TAKE
    read_workload(in, freshet, &out->workload);
}

static void read_spawning_complete(struct wire_reader *in, const msgpack_object *data,
                                   struct wire_message *out)
{
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of spawning_complete is no map");
    wire_read_classes(in, wire_find(data, "user_classes_count"), WIRE_OPTIONAL, out);
    if (wire_find(data, "user_count") != NULL)
        out->user_count = WIRE_COUNT(in, data, "user_count", WIRE_REQUIRED);
    else /* Boomer's word for it */
        out->user_count = WIRE_COUNT(in, data, "count", WIRE_REQUIRED);
}

static void read_heartbeat(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    if (data->type == MSGPACK_OBJECT_NIL)
        return;
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of heartbeat is neither nil nor a map");
    const msgpack_object *freshet = read_freshet(in, data, out);
    WIRE_NAME(in, data, "state", WIRE_OPTIONAL, out->state);
    out->cpu_percent = WIRE_REAL(in, data, "current_cpu_usage", WIRE_OPTIONAL);
    out->memory_bytes = WIRE_COUNT(in, data, "current_memory_usage", WIRE_OPTIONAL);
    if (freshet == NULL) {
        if (out->state[0] == '\0')
            wire_refuse(in, "heartbeat without a state");
        return;
    }
#define TAKE(name) out->name = WIRE_COUNT(in, freshet, #name, WIRE_REQUIRED);
    WIRE_HEARTBEAT_NUMBERS(TAKE)
#undef TAKE
}

static void read_stop(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    wire_map(in, data, WIRE_OPTIONAL, WIRE_BUCKETS_MAX, "the data of stop is neither nil nor a map");
    const msgpack_object *freshet = read_freshet(in, data, out);
    if (freshet != NULL)
        out->run_id = WIRE_COUNT(in, freshet, "run_id", WIRE_REQUIRED);
}

static void read_exception(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of exception is no map");
    out->text = wire_words(in, wire_find(data, "msg"), "msg is no text");
    out->traceback = wire_words(in, wire_find(data, "traceback"), "traceback is no text");
    const msgpack_object *freshet = read_freshet(in, data, out);
    if (freshet != NULL)
        out->run_id = WIRE_COUNT(in, freshet, "run_id", WIRE_REQUIRED);
}

static void read_preflight_ask(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of freshet_preflight is no map");
    out->run_id = WIRE_COUNT(in, data, "id", WIRE_REQUIRED);
    read_options(in, wire_find(data, "parsed_options"), out);
    const msgpack_object *samples_only = wire_find(data, "samples_only");
    out->samples_only =
        samples_only != NULL && wire_bool(in, samples_only, "samples_only is not true or false");
    const msgpack_object *freshet = read_freshet(in, data, out);
    if (freshet != NULL)
        read_workload(in, freshet, &out->workload);
}

static void read_samples(struct wire_reader *in, const msgpack_object *list, struct wire_preflight *answer)
{
    static const char reason[] = "samples are no short list of pairs of texts";
    size_t count = wire_array(in, list, WIRE_OPTIONAL, WIRE_SAMPLES_MAX, reason);
    for (size_t i = 0; i < count; i++) {
        const msgpack_object *pair = &list->via.array.ptr[i];
        if (wire_array(in, pair, WIRE_REQUIRED, 2, reason) != 2) {
            wire_refuse(in, reason);
            return;
        }
        char *key = wire_text(in, &pair->via.array.ptr[0], WIRE_REQUIRED, reason);
        char *bytes = wire_text(in, &pair->via.array.ptr[1], WIRE_REQUIRED, reason);
        answer->samples[answer->samples_count++] = (struct wire_sample){.key = key, .data = bytes};
        if (key == NULL || bytes == NULL)
            return; /* refused: the message is dropped */
    }
}

static void read_predicted(struct wire_reader *in, const msgpack_object *list, struct wire_preflight *answer)
{
    static const char reason[] = "predicted is no list of shards by rising id, each with its share of 1";
    size_t count = wire_array(in, list, WIRE_OPTIONAL, WIRE_SHARDS_MAX, reason);
    if (in->reason != NULL || count == 0)
        return;
    answer->predicted = mem_new(count, sizeof *answer->predicted);
    for (size_t i = 0; i < count; i++) {
        const msgpack_object *pair = &list->via.array.ptr[i];
        if (wire_array(in, pair, WIRE_REQUIRED, 2, reason) != 2) {
            wire_refuse(in, reason);
            return;
        }
        struct wire_predicted *one = &answer->predicted[answer->predicted_count++];
        wire_name(in, &pair->via.array.ptr[0], WIRE_REQUIRED, one->id, sizeof one->id, reason);
        one->share = wire_real(in, &pair->via.array.ptr[1], WIRE_REQUIRED, reason);
        bool rises = i == 0 ? one->id[0] != '\0' : strcmp(one[-1].id, one->id) < 0;
        if (!rises || one->share < 0 || one->share > 1)
            wire_refuse(in, reason);
    }
}

static void read_preflight_answer(struct wire_reader *in, const msgpack_object *data,
                                  struct wire_message *out)
{
    struct wire_preflight *answer = &out->preflight;
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of freshet_preflight_answer is no map");
    answer->id = WIRE_COUNT(in, data, "id", WIRE_REQUIRED);
    answer->ok = wire_bool(in, wire_find(data, "ok"), "ok is not true or false");
    WIRE_NAME(in, data, "code", WIRE_OPTIONAL, answer->code);
    answer->message =
        wire_text(in, wire_find(data, "message"), WIRE_OPTIONAL, "message is no text or too long");
    WIRE_NAME(in, data, "mode", WIRE_OPTIONAL, answer->mode);
    answer->shards = WIRE_COUNT(in, data, "shards", WIRE_OPTIONAL);
    answer->events_per_s = WIRE_REAL(in, data, "events_per_s", WIRE_OPTIONAL);
    answer->bytes_per_s = WIRE_REAL(in, data, "bytes_per_s", WIRE_OPTIONAL);
    answer->event_bytes = WIRE_REAL(in, data, "event_bytes", WIRE_OPTIONAL);
    WIRE_NAME(in, data, "place", WIRE_OPTIONAL, answer->place);
    answer->events = WIRE_COUNT(in, data, "events", WIRE_OPTIONAL);
    read_predicted(in, wire_find(data, "predicted"), answer);
    read_samples(in, wire_find(data, "samples"), answer);
}

static void read_logs(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of logs is no map");
    const msgpack_object *list = wire_find(data, "logs");
    size_t count = wire_array(in, list, WIRE_REQUIRED, WIRE_LINES_MAX, "logs is no list or too long");
    const msgpack_object *freshet = read_freshet(in, data, out);
    if (freshet != NULL)
        out->first = WIRE_COUNT(in, freshet, "first", WIRE_REQUIRED);
    if (in->reason != NULL || count == 0)
        return;
    out->lines = mem_new(count, sizeof *out->lines);
    for (size_t i = 0; i < count; i++)
        out->lines[out->lines_count++] = wire_words(in, &list->via.array.ptr[i], "a log line is no text");
}

static void read_refused(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of freshet_refused is no map");
    out->text = wire_words(in, wire_find(data, "reason"), "reason is no text");
}

static void read_data(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    switch (out->type) {
    case WIRE_CLIENT_READY:
        read_client_ready(in, data, out);
        return;
    case WIRE_ACK:
        read_ack(in, data, out);
        return;
    case WIRE_SPAWN:
        read_spawn(in, data, out);
        return;
    case WIRE_SPAWNING_COMPLETE:
        read_spawning_complete(in, data, out);
        return;
    case WIRE_HEARTBEAT:
        read_heartbeat(in, data, out);
        return;
    case WIRE_STATS:
        wire_map(in, data, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "the data of stats is no map");
        wire_read_stats(in, data, out);
        return;
    case WIRE_STOP:
        read_stop(in, data, out);
        return;
    case WIRE_EXCEPTION:
        read_exception(in, data, out);
        return;
    case WIRE_PREFLIGHT_ASK:
        read_preflight_ask(in, data, out);
        return;
    case WIRE_PREFLIGHT_ANSWER:
        read_preflight_answer(in, data, out);
        return;
    case WIRE_REFUSED:
        read_refused(in, data, out);
        return;
    case WIRE_LOGS:
        read_logs(in, data, out);
        return;
    case WIRE_OTHER:
        return;
    default: /* nothing is said beyond the type */
        wire_map(in, data, WIRE_OPTIONAL, WIRE_BUCKETS_MAX, "data is neither nil nor a map");
        return;
    }
}

static enum wire_type read_type(struct wire_reader *in, const msgpack_object *value)
{
    char name[WIRE_NAME_MAX];
    wire_name(in, value, WIRE_REQUIRED, name, sizeof name, "the message type is no text or too long");
#define MATCH(type, text)                                                                                    \
    if (strcmp(name, text) == 0)                                                                             \
        return type;
    WIRE_TYPES(MATCH)
#undef MATCH
    return WIRE_OTHER;
}

static void read_message(struct wire_reader *in, const msgpack_object *message, struct wire_message *out)
{
    if (message->type != MSGPACK_OBJECT_ARRAY || message->via.array.size != 3) {
        wire_refuse(in, "not an array of three");
        return;
    }
    const msgpack_object *cells = message->via.array.ptr;
    wire_name(in, &cells[2], WIRE_REQUIRED, out->id, sizeof out->id, "the node id is no text or too long");
    if (out->id[0] == '\0')
        wire_refuse(in, "the node id is empty");
    out->type = read_type(in, &cells[0]);
    if (in->reason == NULL)
        read_data(in, &cells[1], out);
}

void wire_decode(struct wire_message *out, const void *bytes, size_t length)
{
    must(out != NULL);
    must(bytes != NULL || length == 0);
    memset(out, 0, sizeof *out);
    struct wire_reader in = {0};
    if (length > WIRE_MESSAGE_MAX)
        wire_refuse(&in, "longer than a message may be");
    else
        in.reason = wire_scan(bytes, length);
    if (in.reason == NULL) {
        msgpack_unpacked unpacked;
        size_t at = 0;
        msgpack_unpacked_init(&unpacked);
        if (msgpack_unpack_next(&unpacked, bytes, length, &at) == MSGPACK_UNPACK_SUCCESS && at == length)
            read_message(&in, &unpacked.data, out);
        else
            wire_refuse(&in, "not msgpack");
        msgpack_unpacked_destroy(&unpacked);
    }
    if (in.reason == NULL)
        return;
    wire_fini(out);
    out->type = WIRE_BAD;
    out->reason = in.reason;
}
