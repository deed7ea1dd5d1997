#include "standins/api_put.h"

#include "standins/base64.h"
#include "standins/putrecords_json.h"
#include "standins/sequence.h"

#include <stdio.h>
#include <string.h>

enum { KEY_CHARACTERS_MAX = 256 };

static const char throttled_type[] = "ProvisionedThroughputExceededException";

static size_t characters(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((uint8_t)text[i] & 0xC0) != 0x80;
    return count;
}

/* The hash that places a record, or the status of the refusal that was answered. */
static unsigned place(struct call *call, size_t index, hash128 *out)
{
    const struct putrecords_record *record = &call->request.records[index];
    if (record->key.length == 0 || (record->key.length > KEY_CHARACTERS_MAX &&
                                    characters(record->key.bytes, record->key.length) > KEY_CHARACTERS_MAX))
        return call_error(call, 400, "ValidationException",
                          "1 validation error detected: Value '%.*s' at 'records.%zu.member.partitionKey' "
                          "failed to satisfy constraint: Member must have length %s than or equal to %d",
                          record->key.length > KEY_CHARACTERS_MAX ? 0 : (int)record->key.length,
                          record->key.bytes, index + 1, record->key.length == 0 ? "greater" : "less",
                          record->key.length == 0 ? 1 : KEY_CHARACTERS_MAX);
    if (record->hash_key.bytes == NULL) {
        *out = hash_of_key(record->key.bytes, record->key.length);
        return 0;
    }
    if (!hash_parse(record->hash_key.bytes, record->hash_key.length, out))
        return call_error(call, 400, "InvalidArgumentException",
                          "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                          "Specified value was %.*s",
                          record->hash_key.length > 64 ? 64 : (int)record->hash_key.length,
                          record->hash_key.bytes);
    return 0;
}

static enum put_verdict dice(struct call *call)
{
    enum fault fault = faults_record(&call->faults, &call->rng);
    return fault == FAULT_REFUSE ? PUT_REFUSED : fault == FAULT_THROTTLE ? PUT_THROTTLED : PUT_TAKEN;
}

/* Check every record as the service does and make the items of the put. 0, or the status of a refusal. */
static unsigned prepare(struct call *call, const struct stream_summary *stream)
{
    size_t record_bytes_max = (size_t)stream->record_kib_max * 1024;
    size_t bytes = 0;
    bool faulty = call->faults.shares[FAULT_REFUSE] > 0 || call->faults.shares[FAULT_THROTTLE] > 0;
    for (size_t i = 0; i < call->request.count; i++) {
        const struct putrecords_record *record = &call->request.records[i];
        struct put_item *item = &call->items[i];
        size_t size = record->data_bytes + record->key.length;
        bytes += size;
        if (size > record_bytes_max)
            return call_error(call, 400, "InvalidArgumentException",
                              "Record %zu of the request has %zu bytes of data and partition key; the stream "
                              "takes at most %zu.",
                              i, size, record_bytes_max);
        unsigned status = place(call, i, &item->hash);
        if (status != 0)
            return status;
        item->key = record->key.bytes;
        item->key_length = (uint32_t)record->key.length;
        item->data = NULL;
        item->data_length = (uint32_t)record->data_bytes;
        item->verdict = faulty ? dice(call) : PUT_TAKEN;
    }
    if (bytes > CALL_REQUEST_BYTES_MAX)
        return call_error(call, 400, "InvalidArgumentException", "Records size exceeds 10 MB limit");
    return 0;
}

/* Take the data out of base64, all records into one buffer. */
static void decode(struct call *call)
{
    static const char zeros[4096];
    size_t bytes = 0;
    for (size_t i = 0; i < call->request.count; i++)
        bytes += call->request.records[i].data_bytes;
    while (call->decoded.length < bytes) { /* grow once; later requests find it large enough */
        size_t missing = bytes - call->decoded.length;
        must(buffer_append(&call->decoded, zeros, missing < sizeof zeros ? missing : sizeof zeros));
    }
    uint8_t *to = (uint8_t *)call->decoded.bytes;
    for (size_t i = 0; i < call->request.count; i++) {
        const struct putrecords_record *record = &call->request.records[i];
        if (record->data_bytes == 0)
            continue;
        base64_decode(record->data.bytes, record->data.length, to);
        call->items[i].data = to;
        to += record->data_bytes;
    }
}

static unsigned stream_of_request(struct call *call, struct stream_summary *out)
{
    char name[STREAMS_NAME_MAX + 1], arn[512];
    const struct putrecords_text *text = &call->request.stream_name;
    const struct putrecords_text *whole = &call->request.stream_arn;
    snprintf(name, sizeof name, "%.*s", (int)text->length, text->bytes != NULL ? text->bytes : "");
    snprintf(arn, sizeof arn, "%.*s", (int)whole->length, whole->bytes != NULL ? whole->bytes : "");
    return call_stream(call, text->bytes != NULL ? name : NULL, whole->bytes != NULL ? arn : NULL, out);
}

/* Everything up to the verdicts. 0, or the status of a refusal of the whole request. */
static unsigned put(struct call *call, struct stream_summary *stream)
{
    unsigned status = stream_of_request(call, stream);
    if (status == 0)
        status = prepare(call, stream);
    if (status != 0)
        return status;
    if (!call->service->discard)
        decode(call);
    if (!streams_put(call->service->streams, stream, call->items, call->request.count, call->now_us,
                     call->wall_ms))
        return call_error(call, 400, "ResourceNotFoundException", "Stream %s under account %s not found.",
                          stream->name, call->service->account);
    return 0;
}

static void write_refusal(struct call *call, const struct stream_summary *stream, const struct put_item *item)
{
    char shard[CALL_SHARD_MAX];
    if (item->verdict == PUT_REFUSED)
        (void)buffer_text(
            &call->answer,
            "{\"ErrorCode\":\"InternalFailure\",\"ErrorMessage\":\"Internal service failure.\"},");
    else
        (void)buffer_printf(
            &call->answer,
            "{\"ErrorCode\":\"%s\",\"ErrorMessage\":\"Rate exceeded for shard %s in stream %s "
            "under account %s.\"},",
            throttled_type, call_shard_print(item->shard, shard), stream->name, call->service->account);
}

#define ENTRY_HEAD  "{\"SequenceNumber\":\""
#define ENTRY_SHARD "\",\"ShardId\":\"shardId-"
#define ENTRY_TAIL  "\"},"

static void write_answer(struct call *call, const struct stream_summary *stream)
{
    enum {
        SEQUENCE_AT = sizeof ENTRY_HEAD - 1,
        SHARD_AT = SEQUENCE_AT + SEQUENCE_LENGTH + sizeof ENTRY_SHARD - 1
    };
    enum { TAIL_AT = SHARD_AT + 12, ENTRY_LENGTH = TAIL_AT + sizeof ENTRY_TAIL - 1 };
    char entry[ENTRY_LENGTH];
    memcpy(entry, ENTRY_HEAD, sizeof ENTRY_HEAD - 1);
    memcpy(entry + SEQUENCE_AT + SEQUENCE_LENGTH, ENTRY_SHARD, sizeof ENTRY_SHARD - 1);
    memcpy(entry + TAIL_AT, ENTRY_TAIL, sizeof ENTRY_TAIL - 1);
    size_t failed = 0;
    for (size_t i = 0; i < call->request.count; i++)
        failed += call->items[i].verdict != PUT_TAKEN;
    buffer_clear(&call->answer);
    (void)buffer_printf(&call->answer, "{\"FailedRecordCount\":%zu,\"Records\":[", failed);
    for (size_t i = 0; i < call->request.count; i++) {
        const struct put_item *item = &call->items[i];
        if (item->verdict != PUT_TAKEN) {
            write_refusal(call, stream, item);
            continue;
        }
        sequence_write(item->shard, stream->created_ms, item->ordinal, entry + SEQUENCE_AT);
        sequence_digits(item->shard, 12, entry + SHARD_AT);
        (void)buffer_append(&call->answer, entry, sizeof entry);
    }
    must(call->answer.length > 0 && !call->answer.full);
    call->answer.length--; /* the last comma */
    (void)buffer_text(&call->answer, "],\"EncryptionType\":\"NONE\"}");
}

static unsigned read_by_jansson(struct call *call, const json_t *root)
{
    char error[PUTRECORDS_ERROR_MAX];
    enum putrecords_outcome outcome = putrecords_json_read(&call->request, root, error);
    if (outcome == PUTRECORDS_READ)
        return 0;
    return call_error(call, 400,
                      outcome == PUTRECORDS_VALIDATION ? "ValidationException" : "SerializationException",
                      "%s", error);
}

unsigned api_put_records(struct call *call, const char *body, size_t length)
{
    must(call != NULL);
    must(body != NULL || length == 0);
    json_t *root = NULL;
    unsigned status = 0;
    if (!putrecords_request_read(&call->request, body, length)) {
        json_error_t problem;
        root = json_loadb(body, length, JSON_ALLOW_NUL, &problem);
        if (root == NULL)
            return call_error(call, 400, "SerializationException", "%s at byte %d", problem.text,
                              problem.position);
        status = read_by_jansson(call, root);
    }
    struct stream_summary stream;
    if (status == 0)
        status = put(call, &stream);
    if (status == 0) {
        write_answer(call, &stream);
        status = 200;
    }
    json_decref(root);
    return status;
}

unsigned api_put_record(struct call *call, const json_t *root)
{
    must(call != NULL);
    must(root != NULL);
    char error[PUTRECORDS_ERROR_MAX], shard[CALL_SHARD_MAX], sequence[SEQUENCE_TEXT_MAX];
    enum putrecords_outcome outcome = putrecords_json_read_one(&call->request, root, error);
    if (outcome != PUTRECORDS_READ)
        return call_error(call, 400,
                          outcome == PUTRECORDS_VALIDATION ? "ValidationException" : "SerializationException",
                          "%s", error);
    struct stream_summary stream;
    unsigned status = put(call, &stream);
    if (status != 0)
        return status;
    const struct put_item *item = &call->items[0];
    if (item->verdict == PUT_REFUSED)
        return call_error(call, 500, "InternalFailure", "Internal service failure.");
    call_shard_print(item->shard, shard);
    if (item->verdict == PUT_THROTTLED)
        return call_error(call, 400, throttled_type,
                          "Rate exceeded for shard %s in stream %s under account %s.", shard, stream.name,
                          call->service->account);
    return call_json(call, json_pack("{s:s, s:s, s:s}", "ShardId", shard, "SequenceNumber",
                                     sequence_print(item->shard, stream.created_ms, item->ordinal, sequence),
                                     "EncryptionType", "NONE"));
}
