#include "standins/call.h"

#include "common/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 64 * 1024 * 1024 };

void call_init(struct call *self, const struct service *service, uint64_t seed, uint64_t number)
{
    must(self != NULL);
    must(service != NULL);
    self->service = service;
    rng_init(&self->rng, seed, number);
    faults_init(&self->faults);
    buffer_init(&self->answer, ANSWER_BYTES_MAX);
    buffer_init(&self->decoded, CALL_BODY_BYTES_MAX);
    putrecords_request_init(&self->request);
}

void call_fini(struct call *self)
{
    must(self != NULL);
    buffer_fini(&self->answer);
    buffer_fini(&self->decoded);
    putrecords_request_fini(&self->request);
}

unsigned call_error(struct call *self, unsigned status, const char *type, const char *format, ...)
{
    must(self != NULL);
    must(status >= 400);
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    json_t *text = json_string(message); /* NULL when the message was cut inside a character */
    json_t *root = json_pack("{s:s, s:o}", "__type", type, "message", text != NULL ? text : json_string(""));
    must(root != NULL);
    (void)call_json(self, root);
    return status;
}

static int append(const char *bytes, size_t length, void *answer)
{
    return buffer_append(answer, bytes, length) ? 0 : -1;
}

unsigned call_json(struct call *self, json_t *root)
{
    must(self != NULL);
    must(root != NULL);
    buffer_clear(&self->answer);
    must(json_dump_callback(root, append, &self->answer, JSON_COMPACT) == 0);
    json_decref(root);
    return 200;
}

unsigned call_empty(struct call *self)
{
    must(self != NULL);
    buffer_clear(&self->answer);
    return 200;
}

const char *call_text(const json_t *root, const char *name)
{
    must(name != NULL);
    return json_string_value(json_object_get(root, name));
}

static bool name_fits(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < STREAMS_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == length;
}

unsigned call_stream(struct call *self, const char *name, const char *arn, struct stream_summary *out)
{
    must(self != NULL);
    must(out != NULL);
    if (name == NULL && arn == NULL)
        return call_error(self, 400, "InvalidArgumentException",
                          "Either StreamARN or StreamName must be specified.");
    if (arn != NULL) {
        const char *in_arn = strstr(arn, ":stream/");
        if (strncmp(arn, "arn:", 4) != 0 || strstr(arn, ":kinesis:") == NULL || in_arn == NULL)
            return call_error(self, 400, "ValidationException",
                              "1 validation error detected: Value '%.256s' at 'streamARN' failed to satisfy "
                              "constraint: Member must satisfy regular expression pattern: "
                              "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
                              arn);
        in_arn += strlen(":stream/");
        if (name != NULL && strcmp(name, in_arn) != 0)
            return call_error(self, 400, "InvalidArgumentException",
                              "StreamARN and StreamName name different streams.");
        name = in_arn;
    }
    if (!name_fits(name))
        return call_error(
            self, 400, "ValidationException",
            "1 validation error detected: Value '%.256s' at 'streamName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+, and have "
            "length from 1 to 128",
            name);
    if (!streams_find(self->service->streams, name, out))
        return call_error(self, 400, "ResourceNotFoundException", "Stream %s under account %s not found.",
                          name, self->service->account);
    return 0;
}

unsigned call_stream_json(struct call *self, const json_t *root, struct stream_summary *out)
{
    return call_stream(self, call_text(root, "StreamName"), call_text(root, "StreamARN"), out);
}

const char *call_shard_print(uint32_t shard, char out[CALL_SHARD_MAX])
{
    must(out != NULL);
    snprintf(out, CALL_SHARD_MAX, "shardId-%012u", shard);
    return out;
}

bool call_shard_parse(const char *text, const struct stream_summary *stream, uint32_t *out)
{
    must(stream != NULL);
    must(out != NULL);
    static const char prefix[] = "shardId-";
    if (text == NULL || strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *digits = text + sizeof prefix - 1;
    size_t length = strlen(digits);
    if (length == 0 || length > 12 || strspn(digits, "0123456789") != length)
        return false;
    unsigned long value = strtoul(digits, NULL, 10);
    if (value >= stream->shards)
        return false;
    *out = (uint32_t)value;
    return true;
}
