#include "standins/api_streams.h"

#include "common/mem.h"
#include "standins/sequence.h"
#include "standins/shard_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_STREAMS_MAX = 10000, LIST_SHARDS_MAX = 1000, TOKEN_LIFE_MS = 300 * 1000, ARN_MAX = 512 };

static const char *print_arn(const struct call *call, const char *name, char out[ARN_MAX])
{
    snprintf(out, ARN_MAX, "arn:aws:kinesis:%s:%s:stream/%s", call->service->region, call->service->account,
             name);
    return out;
}

static const char *mode_of(const struct stream_summary *stream)
{
    return stream->on_demand ? "ON_DEMAND" : "PROVISIONED";
}

/* A whole number member; `fallback` when absent. False when it is none or lies outside. */
static bool number_member(const json_t *root, const char *name, json_int_t fallback, json_int_t max,
                          json_int_t *out)
{
    const json_t *value = json_object_get(root, name);
    *out = fallback;
    if (value == NULL || json_is_null(value))
        return true;
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 1 && *out <= max;
}

unsigned api_create_stream(struct call *call, const json_t *root)
{
    must(call != NULL);
    struct stream_summary stream = {0};
    const char *name = call_text(root, "StreamName");
    if (name == NULL)
        return call_error(
            call, 400, "ValidationException",
            "1 validation error detected: Value null at 'streamName' failed to satisfy constraint: "
            "Member must not be null");
    unsigned status = call_stream(call, name, NULL, &stream);
    if (status == 0)
        return call_error(call, 400, "ResourceInUseException", "Stream %s under account %s already exists.",
                          name, call->service->account);
    json_t *answered = json_loadb(call->answer.bytes, call->answer.length, 0, NULL);
    bool absent = strcmp(call_text(answered, "__type"), "ResourceNotFoundException") == 0;
    json_decref(answered);
    if (!absent)
        return status;
    const char *mode = call_text(json_object_get(root, "StreamModeDetails"), "StreamMode");
    json_int_t shards, record_kib;
    stream = (struct stream_summary){.on_demand = mode != NULL && strcmp(mode, "ON_DEMAND") == 0,
                                     .created_ms = (uint64_t)call->wall_ms};
    if (!number_member(root, "ShardCount", stream.on_demand ? 4 : 0, STREAMS_SHARDS_MAX, &shards) ||
        shards == 0)
        return call_error(call, 400, "ValidationException",
                          "1 validation error detected: Value at 'shardCount' failed to satisfy constraint: "
                          "Member must be from 1 to %d",
                          STREAMS_SHARDS_MAX);
    if (!number_member(root, "MaxRecordSizeInKiB", 1024, STREAMS_RECORD_KIB_MAX, &record_kib) ||
        record_kib < 1024)
        return call_error(call, 400, "ValidationException",
                          "1 validation error detected: Value at 'maxRecordSizeInKiB' failed to satisfy "
                          "constraint: Member must be from 1024 to %d",
                          STREAMS_RECORD_KIB_MAX);
    snprintf(stream.name, sizeof stream.name, "%s", name);
    stream.shards = (uint32_t)shards;
    stream.record_kib_max = (uint32_t)record_kib;
    if (!streams_create(call->service->streams, &stream, call->now_us))
        return call_error(call, 400, "LimitExceededException", "Stream %s can't be made: too many streams.",
                          name);
    return call_empty(call);
}

unsigned api_delete_stream(struct call *call, const json_t *root)
{
    must(call != NULL);
    struct stream_summary stream = {0};
    unsigned status = call_stream_json(call, root, &stream);
    if (status != 0)
        return status;
    if (!streams_delete(call->service->streams, stream.name))
        return call_error(call, 400, "ResourceNotFoundException", "Stream %s under account %s not found.",
                          stream.name, call->service->account);
    return call_empty(call);
}

static json_t *shard_json(const struct stream_summary *stream, uint32_t index)
{
    char id[CALL_SHARD_MAX], first[HASH_TEXT_MAX], last[HASH_TEXT_MAX], sequence[SEQUENCE_TEXT_MAX];
    json_t *shard = json_pack(
        "{s:s, s:{s:s, s:s}, s:{s:s}}", "ShardId", call_shard_print(index, id), "HashKeyRange",
        "StartingHashKey", hash_print(hash_range_first(index, stream->shards), first), "EndingHashKey",
        hash_print(hash_range_last(index, stream->shards), last), "SequenceNumberRange",
        "StartingSequenceNumber", sequence_print(index, stream->created_ms, 0, sequence));
    must(shard != NULL);
    return shard;
}

/* Shards from `from` on, at most `max`; *next_out is the first one left out. */
static json_t *shards_json(const struct stream_summary *stream, uint32_t from, uint32_t max,
                           uint32_t *next_out)
{
    json_t *shards = json_array();
    must(shards != NULL);
    uint32_t index = from;
    for (; index < stream->shards && index - from < max; index++)
        must(json_array_append_new(shards, shard_json(stream, index)) == 0);
    *next_out = index;
    return shards;
}

/* The member of a description that both kinds have. */
static json_t *description(const struct call *call, const struct stream_summary *stream)
{
    char arn[ARN_MAX];
    json_t *root = json_pack("{s:s, s:s, s:s, s:{s:s}, s:i, s:f, s:[{s:[]}], s:s, s:i}", "StreamName",
                             stream->name, "StreamARN", print_arn(call, stream->name, arn), "StreamStatus",
                             "ACTIVE", "StreamModeDetails", "StreamMode", mode_of(stream),
                             "RetentionPeriodHours", 24, "StreamCreationTimestamp",
                             (double)stream->created_ms / 1000.0, "EnhancedMonitoring", "ShardLevelMetrics",
                             "EncryptionType", "NONE", "MaxRecordSizeInKiB", (int)stream->record_kib_max);
    must(root != NULL);
    return root;
}

unsigned api_describe_stream_summary(struct call *call, const json_t *root)
{
    must(call != NULL);
    struct stream_summary stream = {0};
    unsigned status = call_stream_json(call, root, &stream);
    if (status != 0)
        return status;
    json_t *summary = description(call, &stream);
    must(json_object_set_new(summary, "OpenShardCount", json_integer(stream.shards)) == 0);
    must(json_object_set_new(summary, "ConsumerCount", json_integer(0)) == 0);
    return call_json(call, json_pack("{s:o}", "StreamDescriptionSummary", summary));
}

unsigned api_describe_stream(struct call *call, const json_t *root)
{
    must(call != NULL);
    struct stream_summary stream = {0};
    uint32_t from = 0, next;
    json_int_t limit;
    unsigned status = call_stream_json(call, root, &stream);
    if (status != 0)
        return status;
    if (!number_member(root, "Limit", 100, 10000, &limit))
        return call_error(
            call, 400, "ValidationException",
            "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must "
            "be from 1 to 10000");
    const char *after = call_text(root, "ExclusiveStartShardId");
    if (after != NULL && !call_shard_parse(after, &stream, &from))
        return call_error(call, 400, "ResourceNotFoundException",
                          "Shard %.128s in stream %s under account %s does not exist", after, stream.name,
                          call->service->account);
    if (after != NULL)
        from++;
    json_t *shards = shards_json(&stream, from, (uint32_t)limit, &next);
    json_t *whole = description(call, &stream);
    must(json_object_set_new(whole, "Shards", shards) == 0);
    must(json_object_set_new(whole, "HasMoreShards", json_boolean(next < stream.shards)) == 0);
    return call_json(call, json_pack("{s:o}", "StreamDescription", whole));
}

unsigned api_list_streams(struct call *call, const json_t *root)
{
    must(call != NULL);
    json_int_t limit;
    if (!number_member(root, "Limit", 100, LIST_STREAMS_MAX, &limit))
        return call_error(
            call, 400, "ValidationException",
            "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must "
            "be from 1 to %d",
            LIST_STREAMS_MAX);
    const char *after = call_text(root, "ExclusiveStartStreamName");
    if (after == NULL)
        after = call_text(root, "NextToken");
    size_t max = limit < STREAMS_MAX ? (size_t)limit : STREAMS_MAX;
    struct stream_summary *streams = mem_new(max, sizeof *streams);
    bool more;
    size_t count = streams_list(call->service->streams, after != NULL ? after : "", streams, max, &more);
    json_t *names = json_array();
    json_t *summaries = json_array();
    for (size_t i = 0; i < count; i++) {
        char arn[ARN_MAX];
        must(json_array_append_new(names, json_string(streams[i].name)) == 0);
        must(json_array_append_new(summaries,
                                   json_pack("{s:s, s:s, s:s, s:{s:s}, s:f}", "StreamName", streams[i].name,
                                             "StreamARN", print_arn(call, streams[i].name, arn),
                                             "StreamStatus", "ACTIVE", "StreamModeDetails", "StreamMode",
                                             mode_of(&streams[i]), "StreamCreationTimestamp",
                                             (double)streams[i].created_ms / 1000.0)) == 0);
    }
    json_t *answer = json_pack("{s:o, s:o, s:b}", "StreamNames", names, "StreamSummaries", summaries,
                               "HasMoreStreams", more);
    if (more && answer != NULL)
        must(json_object_set_new(answer, "NextToken", json_string(streams[count - 1].name)) == 0);
    free(streams);
    return call_json(call, answer);
}

/* Where a listing goes on, from a token that stands alone. 0, or the status of a refusal. */
static unsigned follow_token(struct call *call, const char *text, struct stream_summary *stream,
                             uint32_t *from)
{
    struct shard_token token;
    if (!shard_token_parse(text, &token) || !streams_find(call->service->streams, token.stream, stream) ||
        stream->created_ms != token.created_ms)
        return call_error(call, 400, "InvalidArgumentException", "NextToken is not valid.");
    if (call->wall_ms - token.issued_ms > TOKEN_LIFE_MS)
        return call_error(call, 400, "ExpiredNextTokenException", "NextToken has expired.");
    *from = token.shard;
    return 0;
}

/* 0, or the status of a refusal. */
static unsigned begin_listing(struct call *call, const json_t *root, struct stream_summary *stream,
                              uint32_t *from)
{
    const char *text = call_text(root, "NextToken");
    const char *after = call_text(root, "ExclusiveStartShardId");
    *from = 0;
    if (text != NULL && (after != NULL || call_text(root, "StreamName") != NULL))
        return call_error(call, 400, "InvalidArgumentException",
                          "NextToken and StreamName cannot be provided together.");
    if (text != NULL)
        return follow_token(call, text, stream, from);
    unsigned status = call_stream_json(call, root, stream);
    if (status != 0 || after == NULL)
        return status;
    if (!call_shard_parse(after, stream, from))
        return call_error(call, 400, "ResourceNotFoundException",
                          "Shard %.128s in stream %s under account %s does not exist", after, stream->name,
                          call->service->account);
    (*from)++;
    return 0;
}

unsigned api_list_shards(struct call *call, const json_t *root)
{
    must(call != NULL);
    struct stream_summary stream = {0};
    uint32_t from, next;
    json_int_t limit;
    if (!number_member(root, "MaxResults", LIST_SHARDS_MAX, 10000, &limit))
        return call_error(
            call, 400, "ValidationException",
            "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member "
            "must be from 1 to 10000");
    unsigned status = begin_listing(call, root, &stream, &from);
    if (status != 0)
        return status;
    uint32_t max = limit < LIST_SHARDS_MAX ? (uint32_t)limit : LIST_SHARDS_MAX;
    json_t *answer = json_pack("{s:o}", "Shards", shards_json(&stream, from, max, &next));
    if (next < stream.shards) {
        struct shard_token token = {
            .created_ms = stream.created_ms, .shard = next, .issued_ms = call->wall_ms};
        memcpy(token.stream, stream.name, sizeof token.stream);
        char text[SHARD_TOKEN_TEXT_MAX];
        must(json_object_set_new(answer, "NextToken", json_string(shard_token_print(&token, text))) == 0);
    }
    return call_json(call, answer);
}
