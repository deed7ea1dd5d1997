#include "secondary/kinesis/putrecords.h"

#include "secondary/kinesis/base64.h"
#include "secondary/kinesis/bytes16.h"

#include <stdio.h>
#include <string.h>

static const char before_data[] = "{\"Data\":\"";
static const char before_key[] = "\",\"PartitionKey\":\"";
static const char before_hash[] = "\",\"ExplicitHashKey\":\"";
static const char after_key[] = "\"},";

enum {
    BEFORE_DATA = sizeof before_data - 1,
    BEFORE_KEY = sizeof before_key - 1,
    BEFORE_HASH = sizeof before_hash - 1,
    AFTER_KEY = sizeof after_key - 1,
    SUFFIX = 1,      /* "]}" takes the place of the last comma and one byte more */
    ESCAPED_MAX = 6, /* \u00XX */
};

void putrecords_init(struct putrecords *self, const char *stream, const char *arn, uint64_t payload_bytes_max)
{
    must(self != NULL && stream != NULL && arn != NULL);
    must(payload_bytes_max > 0);
    bool by_arn = arn[0] != '\0';
    int length = snprintf(self->prefix, sizeof self->prefix, "{\"%s\":\"%s\",\"Records\":[",
                          by_arn ? "StreamARN" : "StreamName", by_arn ? arn : stream);
    must(length > 0 && (size_t)length < sizeof self->prefix); /* target_parse bounds both */
    self->prefix_length = (size_t)length;
    self->payload_bytes_max = payload_bytes_max;
    self->shards = NULL;
}

void putrecords_begin(const struct putrecords *self, struct batch *batch)
{
    must(self != NULL && batch != NULL);
    must(batch->count == 0 && batch->body_max > self->prefix_length + SUFFIX);
    memcpy(batch->body, self->prefix, self->prefix_length);
    batch->body_length = batch->prefix_length = self->prefix_length;
}

/* Copy a key, JSON-escaped; at most ESCAPED_MAX bytes for one of the key's. */
static char *escape(char *to, const char *key, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)key[i];
        if (c < 0x20) {
            memcpy(to, "\\u00", 4);
            to[4] = digits[c >> 4];
            to[5] = digits[c & 15];
            to += 6;
            continue;
        }
        if (c == '"' || c == '\\')
            *to++ = '\\';
        *to++ = (char)c;
    }
    return to;
}

/* Not all zero where a byte is a control character, quote, backslash or beyond ASCII. */
static inline bytes16_t special_of(bytes16_t bytes)
{
    return (bytes16_t)(bytes < 0x20) | (bytes16_t)(bytes > 0x7f) | (bytes16_t)(bytes == '"') |
           (bytes16_t)(bytes == '\\');
}

/* True for a key of printable ASCII that may be copied as it is. */
static inline bool is_plain(const char *key, size_t length)
{
    if (length < 16) {
        char padded[] = "________________";
        memcpy(padded, key, length);
        return bytes16_none(special_of(bytes16_load(padded)));
    }
    bytes16_t special = special_of(bytes16_load(key + length - 16)); /* may overlap with those before */
    for (size_t at = 0; length - at > 16; at += 16)
        special |= special_of(bytes16_load(key + at));
    return bytes16_none(special);
}

/* Of UTF-8: bytes that begin one. */
static size_t characters_of(const char *key, size_t length)
{
    size_t characters = 0;
    for (size_t i = 0; i < length; i++)
        characters += ((unsigned char)key[i] & 0xc0) != 0x80;
    return characters;
}

bool putrecords_append(const struct putrecords *self, struct batch *batch, const struct event *event)
{
    must(self != NULL && batch != NULL);
    const char *key = event->key, *data = event->data;
    size_t key_length = event->key_length, data_length = event->data_length;
    must(key != NULL && (data != NULL || data_length == 0));
    must(batch->body_length >= batch->prefix_length && batch->prefix_length > 0);
    if (key_length == 0 || key_length > PUTRECORDS_KEY_MAX * 4 || data_length > PUTRECORDS_EVENT_BYTES_MAX)
        return false;
    size_t payload = data_length + key_length;
    bool plain = is_plain(key, key_length);
    size_t characters = plain ? key_length : characters_of(key, key_length);
    if (payload > PUTRECORDS_EVENT_BYTES_MAX || characters > PUTRECORDS_KEY_MAX)
        return false;
    if (batch->count >= PUTRECORDS_EVENTS_MAX || batch->count >= batch->count_max ||
        batch->payload_bytes + payload > self->payload_bytes_max)
        return false;
    size_t key_bytes_max = plain ? key_length : key_length * ESCAPED_MAX;
    size_t need = BEFORE_DATA + base64_length(data_length) + BEFORE_KEY + key_bytes_max + AFTER_KEY + SUFFIX;
    const struct shard *shard = NULL;
    if (event->placed && self->shards != NULL && self->shards->count > 0) {
        shard = shard_map_at(self->shards, event->place);
        need += BEFORE_HASH + shard->hash_length;
    }
    if (need > batch->body_max - batch->body_length)
        return false;

    char *to = batch->body + batch->body_length;
    if (batch->count > 0)
        to[-1] = ','; /* a suffix may have been there */
    memcpy(to, before_data, BEFORE_DATA);
    to += BEFORE_DATA;
    to += base64_encode(to, data, data_length);
    memcpy(to, before_key, BEFORE_KEY);
    to += BEFORE_KEY;
    if (plain) {
        bytes16_copy(to, key, key_length);
        to += key_length;
    } else {
        to = escape(to, key, key_length);
    }
    if (shard != NULL) {
        memcpy(to, before_hash, BEFORE_HASH);
        memcpy(to + BEFORE_HASH, shard->hash, shard->hash_length);
        to += BEFORE_HASH + shard->hash_length;
    }
    memcpy(to, after_key, AFTER_KEY);
    to += AFTER_KEY;
    batch->body_length = (size_t)(to - batch->body);
    batch_added(batch, (uint32_t)payload);
    return true;
}

void putrecords_close(struct batch *batch)
{
    must(batch != NULL && batch->count > 0);
    size_t end = batch->ends[batch->count - 1];
    must(end > batch->prefix_length && end + SUFFIX <= batch->body_max);
    batch->body[end - 1] = ']';
    batch->body[end] = '}';
    batch->body_length = end + SUFFIX;
}
