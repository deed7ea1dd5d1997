#include "common/wire_stats.h"

#include "common/mem.h"
#include "common/wire_fields.h"

#include <math.h>

void wire_read_classes(struct wire_reader *in, const msgpack_object *value, enum wire_need need,
                       struct wire_message *out)
{
    size_t count =
        wire_map(in, value, need, WIRE_CLASSES_MAX, "user_classes_count is missing, no map or too long");
    if (count == 0)
        return;
    out->classes = mem_new(count, sizeof *out->classes);
    out->classes_count = count;
    for (size_t i = 0; i < count; i++) {
        const msgpack_object_kv *pair = &value->via.map.ptr[i];
        struct wire_class *class = &out->classes[i];
        wire_name(in, &pair->key, WIRE_REQUIRED, class->name, sizeof class->name,
                  "a user class has no name or too long a one");
        class->users = wire_count(in, &pair->val, WIRE_REQUIRED, "a user class has no count");
    }
}

/* A histogram key or a second. Peers may send floats here, and Locust allows buckets of any width. */
static int64_t read_key(struct wire_reader *in, const msgpack_object *value)
{
    const char *reason = "a key of response_times or of a per-second map is not a number";
    if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        return value->via.i64;
    double key = wire_real(in, value, WIRE_REQUIRED, reason);
    if (fabs(key) > 0x1p53) {
        wire_refuse(in, reason);
        return 0;
    }
    return (int64_t)llrint(key);
}

static struct wire_pair *read_pairs(struct wire_reader *in, const msgpack_object *map, size_t *count)
{
    *count = wire_map(in, map, WIRE_OPTIONAL, WIRE_BUCKETS_MAX,
                      "response_times or a per-second map is no map or too long");
    if (*count == 0)
        return NULL;
    struct wire_pair *pairs = mem_new(*count, sizeof *pairs);
    for (size_t i = 0; i < *count; i++) {
        pairs[i].key = read_key(in, &map->via.map.ptr[i].key);
        pairs[i].count = wire_count(in, &map->via.map.ptr[i].val, WIRE_REQUIRED,
                                    "response_times or a per-second map holds no count");
    }
    return pairs;
}

/* -1 for Locust's nil. */
static double read_real_or_none(struct wire_reader *in, const msgpack_object *value, const char *reason)
{
    return value == NULL ? -1 : wire_real(in, value, WIRE_REQUIRED, reason);
}

static void read_entry(struct wire_reader *in, const msgpack_object *map, enum wire_need name_need,
                       struct wire_entry *out)
{
    wire_map(in, map, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "an entry of stats is no map");
    WIRE_LABEL(in, map, "name", name_need, out->name);
    WIRE_LABEL(in, map, "method", name_need, out->method);
    out->requests = WIRE_COUNT(in, map, "num_requests", WIRE_OPTIONAL);
    out->none_requests = WIRE_COUNT(in, map, "num_none_requests", WIRE_OPTIONAL);
    out->failures = WIRE_COUNT(in, map, "num_failures", WIRE_OPTIONAL);
    out->total_response_ms = WIRE_REAL(in, map, "total_response_time", WIRE_OPTIONAL);
    out->max_response_ms = WIRE_REAL(in, map, "max_response_time", WIRE_OPTIONAL);
    out->min_response_ms = read_real_or_none(in, wire_find(map, "min_response_time"),
                                             "min_response_time is not a finite number");
    /* Boomer has no nil here: 0 where nothing was timed means the same. */
    if (out->min_response_ms == 0 && out->requests <= out->none_requests)
        out->min_response_ms = -1;
    out->content_bytes = WIRE_COUNT(in, map, "total_content_length", WIRE_OPTIONAL);
    out->start_time = WIRE_REAL(in, map, "start_time", WIRE_OPTIONAL);
    out->last_request_time = read_real_or_none(in, wire_find(map, "last_request_timestamp"),
                                               "last_request_timestamp is not a finite number");
    out->response_times = read_pairs(in, wire_find(map, "response_times"), &out->response_times_count);
    out->per_second = read_pairs(in, wire_find(map, "num_reqs_per_sec"), &out->per_second_count);
    out->failures_per_second =
        read_pairs(in, wire_find(map, "num_fail_per_sec"), &out->failures_per_second_count);
}

static void read_failures(struct wire_reader *in, const msgpack_object *map, struct wire_message *out)
{
    size_t count =
        wire_map(in, map, WIRE_REQUIRED, WIRE_ENTRIES_MAX, "errors is missing, no map or too long");
    if (count == 0)
        return;
    out->failures = mem_new(count, sizeof *out->failures);
    out->failures_count = count;
    for (size_t i = 0; i < count; i++) {
        const msgpack_object *value = &map->via.map.ptr[i].val;
        struct wire_failure *failure = &out->failures[i];
        wire_map(in, value, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "an entry of errors is no map");
        WIRE_LABEL(in, value, "name", WIRE_OPTIONAL, failure->name);
        WIRE_LABEL(in, value, "method", WIRE_OPTIONAL, failure->method);
        failure->error = wire_words(in, wire_find(value, "error"), "error is no text");
        failure->occurrences = WIRE_COUNT(in, value, "occurrences", WIRE_OPTIONAL);
    }
}

static void read_counters(struct wire_reader *in, const msgpack_object *map, struct counters *out)
{
    size_t count = wire_map(in, map, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "counters is missing or no map");
    for (size_t i = 0; i < count; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (pair->key.type != MSGPACK_OBJECT_STR)
            continue;
        size_t index = counters_find(pair->key.via.str.ptr, pair->key.via.str.size);
        if (index < COUNTERS_COUNT)
            counters_set(out, index, wire_count(in, &pair->val, WIRE_REQUIRED, "a counter is not a count"));
    }
}

static struct histogram *read_histogram(struct wire_reader *in, const msgpack_object *value,
                                        const char *reason)
{
    struct histogram *histogram = mem_new(1, sizeof *histogram);
    histogram_init(histogram);
    if (value == NULL || value->type != MSGPACK_OBJECT_BIN ||
        !histogram_decode(histogram, (const uint8_t *)value->via.bin.ptr, value->via.bin.size))
        wire_refuse(in, reason);
    return histogram;
}

static void read_shards(struct wire_reader *in, const msgpack_object *array, struct wire_report *out)
{
    size_t count =
        wire_array(in, array, WIRE_REQUIRED, WIRE_SHARDS_MAX, "shards is missing, no array or too long");
    if (count == 0)
        return;
    out->shards = mem_new(count, sizeof *out->shards);
    out->shards_count = count;
    for (size_t i = 0; i < count; i++) {
        const msgpack_object *row = &array->via.array.ptr[i];
        if (wire_array(in, row, WIRE_REQUIRED, 2, "a shard is not [id, events]") != 2) {
            wire_refuse(in, "a shard is not [id, events]");
            return;
        }
        struct wire_shard *shard = &out->shards[i];
        wire_name(in, &row->via.array.ptr[0], WIRE_REQUIRED, shard->id, sizeof shard->id,
                  "a shard id is no text or too long");
        shard->events =
            wire_count(in, &row->via.array.ptr[1], WIRE_REQUIRED, "a shard's events are not a count");
    }
}

static void read_errors(struct wire_reader *in, const msgpack_object *array, struct wire_report *out)
{
    size_t count =
        wire_array(in, array, WIRE_REQUIRED, WIRE_ERRORS_MAX, "errors is missing, no array or too long");
    if (count == 0)
        return;
    out->errors = mem_new(count, sizeof *out->errors);
    out->errors_count = count;
    for (size_t i = 0; i < count; i++) {
        const msgpack_object *row = &array->via.array.ptr[i];
        if (wire_array(in, row, WIRE_REQUIRED, 3, "an error is not [code, message, events]") != 3) {
            wire_refuse(in, "an error is not [code, message, events]");
            return;
        }
        struct wire_error *error = &out->errors[i];
        const msgpack_object *cells = row->via.array.ptr;
        wire_name(in, &cells[0], WIRE_REQUIRED, error->code, sizeof error->code,
                  "an error code is no text or too long");
        error->message = wire_text(in, &cells[1], WIRE_OPTIONAL, "an error message is no text or too long");
        error->events = wire_count(in, &cells[2], WIRE_REQUIRED, "an error's events are not a count");
    }
}

static void read_report(struct wire_reader *in, const msgpack_object *map, struct wire_report *out)
{
#define TAKE(name) out->name = WIRE_COUNT(in, map, #name, WIRE_REQUIRED);
    WIRE_REPORT_NUMBERS(TAKE)
#undef TAKE
    out->final = wire_bool(in, wire_find(map, "final"), "final is not true or false");
    read_counters(in, wire_find(map, "counters"), &out->counters);
    out->due = read_histogram(in, wire_find(map, "due"), "due is no histogram");
    out->service = read_histogram(in, wire_find(map, "service"), "service is no histogram");
    read_shards(in, wire_find(map, "shards"), out);
    read_errors(in, wire_find(map, "errors"), out);
}

void wire_read_stats(struct wire_reader *in, const msgpack_object *data, struct wire_message *out)
{
    must(in != NULL);
    must(data != NULL && out != NULL);
    const msgpack_object *stats = wire_find(data, "stats");
    size_t count =
        wire_array(in, stats, WIRE_REQUIRED, WIRE_ENTRIES_MAX, "stats is missing, no array or too long");
    if (count > 0) {
        out->entries = mem_new(count, sizeof *out->entries);
        out->entries_count = count;
    }
    for (size_t i = 0; i < count; i++)
        read_entry(in, &stats->via.array.ptr[i], WIRE_REQUIRED, &out->entries[i]);
    read_entry(in, wire_find(data, "stats_total"), WIRE_OPTIONAL, &out->total);
    read_failures(in, wire_find(data, "errors"), out);
    wire_read_classes(in, wire_find(data, "user_classes_count"), WIRE_OPTIONAL, out);
    out->user_count = WIRE_COUNT(in, data, "user_count", WIRE_OPTIONAL);
    const msgpack_object *freshet = wire_find(data, "freshet");
    if (freshet == NULL)
        return;
    wire_map(in, freshet, WIRE_REQUIRED, WIRE_BUCKETS_MAX, "freshet is no map");
    out->has_freshet = true;
    read_report(in, freshet, &out->report);
}
