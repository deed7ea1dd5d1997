#include "standins/api_read.h"

#include "common/mem.h"
#include "standins/base64.h"
#include "standins/sequence.h"
#include "standins/shard_token.h"

#include <stdlib.h>
#include <string.h>

enum { ITERATOR_LIFE_MS = 300 * 1000, GET_RECORDS_MAX = 10000, GET_BYTES_MAX = 10 * 1024 * 1024 };

static unsigned gone(struct call *call, const char *name)
{
    return call_error(call, 400, "ResourceNotFoundException", "Stream %s under account %s not found.", name,
                      call->service->account);
}

/* Start at or after a sequence number. 0, or the status of a refusal. */
static unsigned start_at_sequence(struct call *call, const json_t *root, const struct stream_summary *stream,
                                  uint32_t shard, bool after, uint64_t *out)
{
    const char *text = call_text(root, "StartingSequenceNumber");
    if (text == NULL || !sequence_parse(text, shard, stream->created_ms, out))
        return call_error(
            call, 400, "InvalidArgumentException",
            "StartingSequenceNumber %.140s used in GetShardIterator on shard %u in stream %s under "
            "account %s is invalid.",
            text != NULL ? text : "null", shard, stream->name, call->service->account);
    *out += after;
    return 0;
}

/* The ordinal that an iterator begins at. 0, or the status of a refusal. */
static unsigned start_of(struct call *call, const json_t *root, const struct stream_summary *stream,
                         uint32_t shard, uint64_t *out)
{
    streams_t *streams = call->service->streams;
    const char *type = call_text(root, "ShardIteratorType");
    bool found = false;
    if (type == NULL)
        type = "null";
    if (strcmp(type, "AT_SEQUENCE_NUMBER") == 0 || strcmp(type, "AFTER_SEQUENCE_NUMBER") == 0)
        return start_at_sequence(call, root, stream, shard, type[1] == 'F', out);
    if (strcmp(type, "TRIM_HORIZON") == 0) {
        found = streams_horizon(streams, stream, shard, out);
    } else if (strcmp(type, "LATEST") == 0) {
        found = streams_tip(streams, stream, shard, out);
    } else if (strcmp(type, "AT_TIMESTAMP") == 0) {
        const json_t *time = json_object_get(root, "Timestamp");
        double seconds = json_number_value(time);
        if (!json_is_number(time) || seconds < 0 || seconds > 1e12)
            return call_error(call, 400, "InvalidArgumentException",
                              "Must specify timestampInMillis parameter for iterator type AT_TIMESTAMP.");
        found = streams_at_time(streams, stream, shard, (int64_t)(seconds * 1000.0 + 0.5), out);
    } else {
        return call_error(
            call, 400, "ValidationException",
            "1 validation error detected: Value '%.64s' at 'shardIteratorType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, "
            "AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
            type);
    }
    return found ? 0 : gone(call, stream->name);
}

unsigned api_get_shard_iterator(struct call *call, const json_t *root)
{
    must(call != NULL);
    struct stream_summary stream;
    struct shard_token token = {.issued_ms = call->wall_ms};
    unsigned status = call_stream_json(call, root, &stream);
    if (status != 0)
        return status;
    const char *id = call_text(root, "ShardId");
    if (!call_shard_parse(id, &stream, &token.shard))
        return call_error(call, 400, "ResourceNotFoundException",
                          "Shard %.128s in stream %s under account %s does not exist",
                          id != NULL ? id : "null", stream.name, call->service->account);
    status = start_of(call, root, &stream, token.shard, &token.ordinal);
    if (status != 0)
        return status;
    memcpy(token.stream, stream.name, sizeof token.stream);
    token.created_ms = stream.created_ms;
    char text[SHARD_TOKEN_TEXT_MAX];
    return call_json(call, json_pack("{s:s}", "ShardIterator", shard_token_print(&token, text)));
}

static json_t *record_json(const struct stream_record *record, const struct shard_token *token,
                           const struct buffer *bytes, struct buffer *text)
{
    static const char blanks[1024];
    const char *key = bytes->bytes + record->offset;
    size_t length = base64_encoded_length(record->data_length);
    buffer_clear(text);
    while (text->length < length) {
        size_t missing = length - text->length;
        must(buffer_append(text, blanks, missing < sizeof blanks ? missing : sizeof blanks));
    }
    if (length > 0)
        base64_encode((const uint8_t *)key + record->key_length, record->data_length, text->bytes);
    char sequence[SEQUENCE_TEXT_MAX];
    json_t *root = json_pack("{s:s, s:f, s:s%, s:s%, s:s}", "SequenceNumber",
                             sequence_print(token->shard, token->created_ms, record->ordinal, sequence),
                             "ApproximateArrivalTimestamp", (double)record->arrived_ms / 1000.0, "Data",
                             buffer_str(text), length, "PartitionKey", key, (size_t)record->key_length,
                             "EncryptionType", "NONE");
    must(root != NULL);
    return root;
}

static unsigned read_records(struct call *call, struct shard_token *token,
                             const struct stream_summary *stream, size_t max)
{
    struct stream_record *records = mem_new(max, sizeof *records);
    struct buffer bytes, text;
    struct stream_read read;
    buffer_init(&bytes, GET_BYTES_MAX + 1024);
    buffer_init(&text, GET_BYTES_MAX * 2);
    bool found = streams_read(call->service->streams, stream, token->shard, token->ordinal, call->wall_ms,
                              records, max, &bytes, &read);
    unsigned status;
    if (found) {
        json_t *list = json_array();
        must(list != NULL);
        for (size_t i = 0; i < read.count; i++)
            must(json_array_append_new(list, record_json(&records[i], token, &bytes, &text)) == 0);
        /* An iterator that points past the tip waits for the records to come. */
        if (read.ordinal_next > token->ordinal)
            token->ordinal = read.ordinal_next;
        token->issued_ms = call->wall_ms;
        char next[SHARD_TOKEN_TEXT_MAX];
        status = call_json(call, json_pack("{s:o, s:s, s:I}", "Records", list, "NextShardIterator",
                                           shard_token_print(token, next), "MillisBehindLatest",
                                           (json_int_t)read.behind_ms));
    } else {
        status = gone(call, stream->name);
    }
    buffer_fini(&text);
    buffer_fini(&bytes);
    free(records);
    return status;
}

unsigned api_get_records(struct call *call, const json_t *root)
{
    must(call != NULL);
    struct shard_token token;
    struct stream_summary stream;
    const char *text = call_text(root, "ShardIterator");
    if (text == NULL || !shard_token_parse(text, &token))
        return call_error(call, 400, "InvalidArgumentException", "Invalid ShardIterator.");
    if (call->wall_ms - token.issued_ms > ITERATOR_LIFE_MS)
        return call_error(
            call, 400, "ExpiredIteratorException",
            "Iterator expired. The iterator was created more than 300000 milliseconds ago, which is "
            "the longest it may be kept.");
    json_t *limit = json_object_get(root, "Limit");
    json_int_t max = json_is_integer(limit) ? json_integer_value(limit) : GET_RECORDS_MAX;
    if (max < 1 || max > GET_RECORDS_MAX)
        return call_error(
            call, 400, "ValidationException",
            "1 validation error detected: Value '%lld' at 'limit' failed to satisfy constraint: Member "
            "must be from 1 to %d",
            (long long)max, GET_RECORDS_MAX);
    if (!streams_find(call->service->streams, token.stream, &stream) || stream.created_ms != token.created_ms)
        return gone(call, token.stream);
    if (token.shard >= stream.shards)
        return call_error(call, 400, "InvalidArgumentException", "Invalid ShardIterator.");
    return read_records(call, &token, &stream, (size_t)max);
}
