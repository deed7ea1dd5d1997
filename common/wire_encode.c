#include "common/wire.h"
#include "common/wire_fields.h"

#include <inttypes.h>
#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <string.h>

/* Once the buffer is full nothing more goes in: a message with a hole would be worse than a short one. */
static int append(void *data, const char *bytes, size_t length)
{
    struct buffer *out = data;
    return !out->full && buffer_append(out, bytes, length) ? 0 : -1;
}

static void text(msgpack_packer *to, const char *value, size_t bytes_max)
{
    must(value != NULL);
    size_t length = strlen(value);
    must(length <= bytes_max);
    msgpack_pack_str_with_body(to, value, length);
}

static void text_or_nil(msgpack_packer *to, const char *value)
{
    if (value == NULL)
        msgpack_pack_nil(to);
    else
        text(to, value, WIRE_TEXT_MAX);
}

static void key(msgpack_packer *to, const char *name)
{
    text(to, name, WIRE_NAME_MAX - 1);
}

static void name_field(msgpack_packer *to, const char *name, const char *value)
{
    key(to, name);
    text(to, value, WIRE_NAME_MAX - 1);
}

static void label_field(msgpack_packer *to, const char *name, const char *value)
{
    key(to, name);
    text(to, value, WIRE_LABEL_MAX - 1);
}

static void number_field(msgpack_packer *to, const char *name, uint64_t value)
{
    key(to, name);
    msgpack_pack_uint64(to, value);
}

static void real_field(msgpack_packer *to, const char *name, double value)
{
    must(isfinite(value));
    key(to, name);
    msgpack_pack_double(to, value);
}

/* Locust's nil for "none", ours is any negative number. */
static void real_or_nil_field(msgpack_packer *to, const char *name, double value)
{
    must(isfinite(value));
    key(to, name);
    if (value < 0)
        msgpack_pack_nil(to);
    else
        msgpack_pack_double(to, value);
}

static void bool_field(msgpack_packer *to, const char *name, bool value)
{
    key(to, name);
    if (value)
        msgpack_pack_true(to);
    else
        msgpack_pack_false(to);
}

static void pairs_field(msgpack_packer *to, const char *name, const struct wire_pair *pairs, size_t count)
{
    must(count <= WIRE_BUCKETS_MAX);
    must(pairs != NULL || count == 0);
    key(to, name);
    msgpack_pack_map(to, count);
    for (size_t i = 0; i < count; i++) {
        msgpack_pack_int64(to, pairs[i].key);
        msgpack_pack_uint64(to, pairs[i].count);
    }
}

static void classes_field(msgpack_packer *to, const struct wire_message *message)
{
    must(message->classes_count <= WIRE_CLASSES_MAX);
    must(message->classes != NULL || message->classes_count == 0);
    key(to, "user_classes_count");
    msgpack_pack_map(to, message->classes_count);
    for (size_t i = 0; i < message->classes_count; i++) {
        text(to, message->classes[i].name, WIRE_LABEL_MAX - 1);
        msgpack_pack_uint64(to, message->classes[i].users);
    }
}

static void options_field(msgpack_packer *to, const struct wire_message *message)
{
    must(message->options_count <= WIRE_OPTIONS_MAX);
    must(message->options != NULL || message->options_count == 0);
    key(to, "parsed_options");
    msgpack_pack_map(to, message->options_count);
    for (size_t i = 0; i < message->options_count; i++) {
        key(to, message->options[i].name);
        text_or_nil(to, message->options[i].value);
    }
}

static void encode_ack(msgpack_packer *to, const struct wire_message *message)
{
    msgpack_pack_map(to, message->has_freshet ? 2 : 1);
    number_field(to, "index", message->index);
    if (!message->has_freshet)
        return;
    key(to, "freshet");
    msgpack_pack_map(to, 1);
    key(to, "version");
    text(to, message->version, WIRE_VERSION_MAX - 1);
}

static void workload_field(msgpack_packer *to, const struct wire_workload *workload)
{
    must(workload->kind != 0 && workload->name[0] != '\0');
    key(to, "workload");
    msgpack_pack_map(to, workload->text != NULL ? 4 : 3);
    number_field(to, "kind", workload->kind);
    name_field(to, "name", workload->name);
    number_field(to, "hash", workload->hash);
    if (workload->text == NULL)
        return;
    must(workload->length > 0 && workload->length == strlen(workload->text));
    key(to, "text");
    text(to, workload->text, WIRE_SOURCE_MAX);
}

static void share_field(msgpack_packer *to, const struct wire_share *share,
                        const struct wire_workload *workload)
{
    must(share->phase >= 0 && share->phase <= 1);
    key(to, "freshet");
    bool curve = share->over_us > 0 || share->bends;
    uint32_t more = (curve ? 3U : 0U) + (workload->kind != 0 ? 1U : 0U);
    msgpack_pack_map(to, WIRE_SHARE_NUMBERS_COUNT + 3 + more);
    real_field(to, "rate", share->rate);
    real_field(to, "phase", share->phase);
    number_field(to, "parts", share->parts);
    if (curve) {
        must(share->rate >= 0 && share->rate_to >= 0);
        real_field(to, "rate_to", share->rate_to);
        number_field(to, "over_us", share->over_us);
        bool_field(to, "bends", share->bends);
    }
#define PUT(name) number_field(to, #name, share->name);
    WIRE_SHARE_NUMBERS(PUT)
#undef PUT
    if (workload->kind != 0)
        workload_field(to, workload);
}

static void encode_spawn(msgpack_packer *to, const struct wire_message *message)
{
    must(message->stop_timeout_s >= 0);
    msgpack_pack_map(to, message->has_freshet ? 6 : 5);
    real_field(to, "timestamp", message->timestamp);
    classes_field(to, message);
    key(to, "host");
    text_or_nil(to, message->host);
    real_field(to, "stop_timeout", message->stop_timeout_s);
    options_field(to, message);
    if (message->has_freshet)
        share_field(to, &message->share, &message->workload);
}

static void encode_heartbeat(msgpack_packer *to, const struct wire_message *message)
{
    bool has_state = message->state[0] != '\0';
    if (!has_state && !message->has_freshet) {
        msgpack_pack_nil(to);
        return;
    }
    msgpack_pack_map(to, (has_state ? 3U : 0U) + (message->has_freshet ? 1U : 0U));
    if (has_state) {
        name_field(to, "state", message->state);
        real_field(to, "current_cpu_usage", message->cpu_percent);
        number_field(to, "current_memory_usage", message->memory_bytes);
    }
    if (!message->has_freshet)
        return;
    key(to, "freshet");
    msgpack_pack_map(to, WIRE_HEARTBEAT_NUMBERS_COUNT);
#define PUT(name) number_field(to, #name, message->name);
    WIRE_HEARTBEAT_NUMBERS(PUT)
#undef PUT
}

static void encode_entry(msgpack_packer *to, const struct wire_entry *entry)
{
    msgpack_pack_map(to, 14);
    label_field(to, "name", entry->name);
    name_field(to, "method", entry->method);
    real_or_nil_field(to, "last_request_timestamp", entry->last_request_time);
    real_field(to, "start_time", entry->start_time);
    number_field(to, "num_requests", entry->requests);
    number_field(to, "num_none_requests", entry->none_requests);
    number_field(to, "num_failures", entry->failures);
    real_field(to, "total_response_time", entry->total_response_ms);
    real_field(to, "max_response_time", entry->max_response_ms);
    real_or_nil_field(to, "min_response_time", entry->min_response_ms);
    number_field(to, "total_content_length", entry->content_bytes);
    pairs_field(to, "response_times", entry->response_times, entry->response_times_count);
    pairs_field(to, "num_reqs_per_sec", entry->per_second, entry->per_second_count);
    pairs_field(to, "num_fail_per_sec", entry->failures_per_second, entry->failures_per_second_count);
}

static uint64_t fnv1a(uint64_t hash, const char *value)
{
    for (; *value != '\0'; value++)
        hash = (hash ^ (uint8_t)*value) * 0x100000001b3U;
    return hash;
}

/* The key only groups equal errors of several secondaries, so any stable text does. */
static void encode_failure(msgpack_packer *to, const struct wire_failure *failure)
{
    const char *error = failure->error != NULL ? failure->error : "";
    uint64_t hash = fnv1a(0xcbf29ce484222325U, failure->method);
    hash = fnv1a(fnv1a(hash, "."), failure->name);
    hash = fnv1a(fnv1a(hash, "."), error);
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    key(to, hex);
    msgpack_pack_map(to, 4);
    label_field(to, "name", failure->name);
    name_field(to, "method", failure->method);
    key(to, "error");
    text(to, error, WIRE_TEXT_MAX);
    number_field(to, "occurrences", failure->occurrences);
}

static void histogram_field(msgpack_packer *to, const char *name, const struct histogram *histogram)
{
    uint8_t bytes[HISTOGRAM_ENCODED_MAX];
    must(histogram != NULL);
    size_t length = histogram_encode(histogram, bytes, sizeof bytes);
    key(to, name);
    msgpack_pack_bin_with_body(to, bytes, length);
}

static void report_lists(msgpack_packer *to, const struct wire_report *report)
{
    must(report->shards_count <= WIRE_SHARDS_MAX && report->errors_count <= WIRE_ERRORS_MAX);
    must(report->shards != NULL || report->shards_count == 0);
    must(report->errors != NULL || report->errors_count == 0);
    key(to, "shards");
    msgpack_pack_array(to, report->shards_count);
    for (size_t i = 0; i < report->shards_count; i++) {
        msgpack_pack_array(to, 2);
        text(to, report->shards[i].id, WIRE_NAME_MAX - 1);
        msgpack_pack_uint64(to, report->shards[i].events);
    }
    key(to, "errors");
    msgpack_pack_array(to, report->errors_count);
    for (size_t i = 0; i < report->errors_count; i++) {
        msgpack_pack_array(to, 3);
        text(to, report->errors[i].code, WIRE_NAME_MAX - 1);
        text_or_nil(to, report->errors[i].message);
        msgpack_pack_uint64(to, report->errors[i].events);
    }
}

static void report_field(msgpack_packer *to, const struct wire_report *report)
{
    key(to, "freshet");
    msgpack_pack_map(to, WIRE_REPORT_NUMBERS_COUNT + 6);
#define PUT(name) number_field(to, #name, report->name);
    WIRE_REPORT_NUMBERS(PUT)
#undef PUT
    bool_field(to, "final", report->final);
    key(to, "counters");
    msgpack_pack_map(to, COUNTERS_COUNT);
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        number_field(to, counters_row(i)->name, counters_get(&report->counters, i));
    histogram_field(to, "due", report->due);
    histogram_field(to, "service", report->service);
    report_lists(to, report);
}

static void encode_stats(msgpack_packer *to, const struct wire_message *message)
{
    must(message->entries_count <= WIRE_ENTRIES_MAX && message->failures_count <= WIRE_ENTRIES_MAX);
    must(message->entries != NULL || message->entries_count == 0);
    must(message->failures != NULL || message->failures_count == 0);
    msgpack_pack_map(to, message->has_freshet ? 6 : 5);
    key(to, "stats");
    msgpack_pack_array(to, message->entries_count);
    for (size_t i = 0; i < message->entries_count; i++)
        encode_entry(to, &message->entries[i]);
    key(to, "stats_total");
    encode_entry(to, &message->total);
    key(to, "errors");
    msgpack_pack_map(to, message->failures_count);
    for (size_t i = 0; i < message->failures_count; i++)
        encode_failure(to, &message->failures[i]);
    classes_field(to, message);
    number_field(to, "user_count", message->user_count);
    if (message->has_freshet)
        report_field(to, &message->report);
}

static void run_field(msgpack_packer *to, const struct wire_message *message)
{
    key(to, "freshet");
    msgpack_pack_map(to, 1);
    number_field(to, "run_id", message->run_id);
}

static void encode_stop(msgpack_packer *to, const struct wire_message *message)
{
    if (!message->has_freshet) {
        msgpack_pack_nil(to);
        return;
    }
    msgpack_pack_map(to, 1);
    run_field(to, message);
}

static void encode_exception(msgpack_packer *to, const struct wire_message *message)
{
    msgpack_pack_map(to, message->has_freshet ? 3 : 2);
    key(to, "msg");
    text(to, message->text != NULL ? message->text : "", WIRE_TEXT_MAX);
    key(to, "traceback");
    text(to, message->traceback != NULL ? message->traceback : "", WIRE_TEXT_MAX);
    if (message->has_freshet)
        run_field(to, message);
}

static void encode_preflight_ask(msgpack_packer *to, const struct wire_message *message)
{
    bool workload = message->workload.kind != 0;
    msgpack_pack_map(to, 2U + (message->samples_only ? 1U : 0U) + (message->has_freshet ? 1U : 0U));
    number_field(to, "id", message->run_id);
    options_field(to, message);
    if (message->samples_only)
        bool_field(to, "samples_only", true);
    if (!message->has_freshet)
        return;
    key(to, "freshet");
    msgpack_pack_map(to, workload ? 1 : 0);
    if (workload)
        workload_field(to, &message->workload);
}

static void predicted_field(msgpack_packer *to, const struct wire_preflight *answer)
{
    must(answer->predicted_count <= WIRE_SHARDS_MAX);
    must(answer->predicted != NULL || answer->predicted_count == 0);
    key(to, "predicted");
    msgpack_pack_array(to, answer->predicted_count);
    for (size_t i = 0; i < answer->predicted_count; i++) {
        msgpack_pack_array(to, 2);
        text(to, answer->predicted[i].id, WIRE_NAME_MAX - 1);
        msgpack_pack_double(to, answer->predicted[i].share);
    }
}

static void encode_preflight(msgpack_packer *to, const struct wire_preflight *answer)
{
    must(answer->samples_count <= WIRE_SAMPLES_MAX);
    msgpack_pack_map(to, answer->samples_count > 0 ? 13 : 12);
    number_field(to, "id", answer->id);
    bool_field(to, "ok", answer->ok);
    name_field(to, "code", answer->code);
    key(to, "message");
    text_or_nil(to, answer->message);
    name_field(to, "mode", answer->mode);
    number_field(to, "shards", answer->shards);
    real_field(to, "events_per_s", answer->events_per_s);
    real_field(to, "bytes_per_s", answer->bytes_per_s);
    real_field(to, "event_bytes", answer->event_bytes);
    name_field(to, "place", answer->place);
    number_field(to, "events", answer->events);
    predicted_field(to, answer);
    if (answer->samples_count == 0)
        return;
    key(to, "samples");
    msgpack_pack_array(to, answer->samples_count);
    for (size_t i = 0; i < answer->samples_count; i++) {
        msgpack_pack_array(to, 2);
        text(to, answer->samples[i].key, WIRE_TEXT_MAX);
        text(to, answer->samples[i].data, WIRE_TEXT_MAX);
    }
}

static void encode_logs(msgpack_packer *to, const struct wire_message *message)
{
    must(message->lines_count <= WIRE_LINES_MAX);
    msgpack_pack_map(to, message->has_freshet ? 3 : 2);
    key(to, "worker_id");
    text(to, message->id, WIRE_ID_MAX - 1);
    key(to, "logs");
    msgpack_pack_array(to, message->lines_count);
    for (size_t i = 0; i < message->lines_count; i++)
        text(to, message->lines[i], WIRE_TEXT_MAX);
    if (!message->has_freshet)
        return;
    key(to, "freshet");
    msgpack_pack_map(to, 1);
    number_field(to, "first", message->first);
}

static void encode_data(msgpack_packer *to, const struct wire_message *message)
{
    switch (message->type) {
    case WIRE_CLIENT_READY:
        if (message->version[0] == '\0')
            msgpack_pack_int(to, -1);
        else
            text(to, message->version, WIRE_VERSION_MAX - 1);
        return;
    case WIRE_ACK:
        encode_ack(to, message);
        return;
    case WIRE_SPAWN:
        encode_spawn(to, message);
        return;
    case WIRE_SPAWNING_COMPLETE:
        msgpack_pack_map(to, 2);
        classes_field(to, message);
        number_field(to, "user_count", message->user_count);
        return;
    case WIRE_HEARTBEAT:
        encode_heartbeat(to, message);
        return;
    case WIRE_STATS:
        encode_stats(to, message);
        return;
    case WIRE_STOP:
        encode_stop(to, message);
        return;
    case WIRE_EXCEPTION:
        encode_exception(to, message);
        return;
    case WIRE_PREFLIGHT_ASK:
        encode_preflight_ask(to, message);
        return;
    case WIRE_PREFLIGHT_ANSWER:
        encode_preflight(to, &message->preflight);
        return;
    case WIRE_REFUSED:
        msgpack_pack_map(to, 1);
        key(to, "reason");
        text(to, message->text != NULL ? message->text : "", WIRE_TEXT_MAX);
        return;
    case WIRE_LOGS:
        encode_logs(to, message);
        return;
    default:
        msgpack_pack_nil(to);
        return;
    }
}

static const char *type_name(enum wire_type type)
{
    switch (type) {
#define NAME(value, name)                                                                                    \
    case value:                                                                                              \
        return name;
        WIRE_TYPES(NAME)
#undef NAME
    default:
        return NULL;
    }
}

void wire_encode(const struct wire_message *message, struct buffer *out)
{
    must(message != NULL && out != NULL);
    const char *type = type_name(message->type);
    must(type != NULL);
    must(message->id[0] != '\0');
    buffer_clear(out);
    msgpack_packer to;
    msgpack_packer_init(&to, out, append);
    msgpack_pack_array(&to, 3);
    key(&to, type);
    encode_data(&to, message);
    text(&to, message->id, WIRE_ID_MAX - 1);
}
