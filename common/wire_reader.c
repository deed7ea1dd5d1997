#include "common/wire_reader.h"

#include "common/mem.h"
#include "common/must.h"
#include "common/wire.h"

#include <math.h>
#include <string.h>

#define ELLIPSIS        "\xe2\x80\xa6"
#define WHOLE_FLOAT_MAX 0x1p53 /* above it a float does not tell neighbouring integers apart */

void wire_refuse(struct wire_reader *self, const char *reason)
{
    must(self != NULL);
    must(reason != NULL);
    if (self->reason == NULL)
        self->reason = reason;
}

const msgpack_object *wire_find(const msgpack_object *map, const char *key)
{
    must(key != NULL);
    if (map == NULL || map->type != MSGPACK_OBJECT_MAP)
        return NULL;
    size_t length = strlen(key);
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (pair->key.type == MSGPACK_OBJECT_STR && pair->key.via.str.size == length &&
            memcmp(pair->key.via.str.ptr, key, length) == 0)
            return pair->val.type == MSGPACK_OBJECT_NIL ? NULL : &pair->val;
    }
    return NULL;
}

/* True when there is nothing to read; a missing required value is refused. */
static bool absent(struct wire_reader *self, const msgpack_object *value, enum wire_need need,
                   const char *reason)
{
    if (value != NULL && value->type != MSGPACK_OBJECT_NIL)
        return false;
    if (need == WIRE_REQUIRED)
        wire_refuse(self, reason);
    return true;
}

static bool is_float(const msgpack_object *value)
{
    return value->type == MSGPACK_OBJECT_FLOAT32 || value->type == MSGPACK_OBJECT_FLOAT64;
}

uint64_t wire_count(struct wire_reader *self, const msgpack_object *value, enum wire_need need,
                    const char *reason)
{
    if (absent(self, value, need, reason))
        return 0;
    if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
        return value->via.u64;
    if (is_float(value) && value->via.f64 >= 0 && value->via.f64 <= WHOLE_FLOAT_MAX &&
        value->via.f64 == floor(value->via.f64))
        return (uint64_t)value->via.f64;
    wire_refuse(self, reason);
    return 0;
}

double wire_real(struct wire_reader *self, const msgpack_object *value, enum wire_need need,
                 const char *reason)
{
    if (absent(self, value, need, reason))
        return 0;
    if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
        return (double)value->via.u64;
    if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        return (double)value->via.i64;
    if (is_float(value) && isfinite(value->via.f64))
        return value->via.f64;
    wire_refuse(self, reason);
    return 0;
}

bool wire_bool(struct wire_reader *self, const msgpack_object *value, const char *reason)
{
    if (absent(self, value, WIRE_REQUIRED, reason))
        return false;
    if (value->type == MSGPACK_OBJECT_BOOLEAN)
        return value->via.boolean;
    wire_refuse(self, reason);
    return false;
}

static bool has_nul(const msgpack_object *value)
{
    return value->via.str.size > 0 && memchr(value->via.str.ptr, '\0', value->via.str.size) != NULL;
}

void wire_name(struct wire_reader *self, const msgpack_object *value, enum wire_need need, char *out,
               size_t size, const char *reason)
{
    must(out != NULL);
    must(size > 0);
    out[0] = '\0';
    if (absent(self, value, need, reason))
        return;
    if (value->type != MSGPACK_OBJECT_STR || value->via.str.size >= size || has_nul(value)) {
        wire_refuse(self, reason);
        return;
    }
    if (value->via.str.size > 0)
        memcpy(out, value->via.str.ptr, value->via.str.size);
    out[value->via.str.size] = '\0';
}

/* At most `bytes_max` of the text's bytes, and no part of a character at their end. */
static size_t whole_characters(const char *text, size_t length, size_t bytes_max)
{
    if (length <= bytes_max)
        return length;
    length = bytes_max;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) /* inside a character */
        length--;
    return length;
}

void wire_label(struct wire_reader *self, const msgpack_object *value, enum wire_need need, char *out,
                size_t size, const char *reason)
{
    must(out != NULL);
    must(size > sizeof ELLIPSIS);
    out[0] = '\0';
    if (absent(self, value, need, reason))
        return;
    if (value->type != MSGPACK_OBJECT_STR || value->via.str.size < size || has_nul(value)) {
        wire_name(self, value, need, out, size, reason);
        return;
    }
    size_t length = whole_characters(value->via.str.ptr, value->via.str.size, size - sizeof ELLIPSIS);
    memcpy(out, value->via.str.ptr, length);
    memcpy(out + length, ELLIPSIS, sizeof ELLIPSIS);
}

char *wire_text(struct wire_reader *self, const msgpack_object *value, enum wire_need need,
                const char *reason)
{
    if (absent(self, value, need, reason))
        return NULL;
    if (value->type != MSGPACK_OBJECT_STR || value->via.str.size > WIRE_TEXT_MAX || has_nul(value)) {
        wire_refuse(self, reason);
        return NULL;
    }
    return value->via.str.size > 0 ? mem_text_n(value->via.str.ptr, value->via.str.size) : mem_text("");
}

char *wire_source(struct wire_reader *self, const msgpack_object *value, const char *reason)
{
    if (absent(self, value, WIRE_OPTIONAL, reason))
        return NULL;
    if (value->type != MSGPACK_OBJECT_STR || value->via.str.size == 0 ||
        value->via.str.size > WIRE_SOURCE_MAX || has_nul(value)) {
        wire_refuse(self, reason);
        return NULL;
    }
    return mem_text_n(value->via.str.ptr, value->via.str.size);
}

char *wire_words(struct wire_reader *self, const msgpack_object *value, const char *reason)
{
    if (absent(self, value, WIRE_OPTIONAL, reason))
        return mem_text("");
    if (value->type != MSGPACK_OBJECT_STR) {
        wire_refuse(self, reason);
        return mem_text("");
    }
    const char *words = value->via.str.ptr;
    size_t length = whole_characters(words, value->via.str.size, WIRE_TEXT_MAX);
    return length > 0 ? mem_text_n(words, length) : mem_text("");
}

size_t wire_array(struct wire_reader *self, const msgpack_object *value, enum wire_need need, size_t max,
                  const char *reason)
{
    if (absent(self, value, need, reason))
        return 0;
    if (value->type == MSGPACK_OBJECT_ARRAY && value->via.array.size <= max)
        return value->via.array.size;
    wire_refuse(self, reason);
    return 0;
}

size_t wire_map(struct wire_reader *self, const msgpack_object *value, enum wire_need need, size_t max,
                const char *reason)
{
    if (absent(self, value, need, reason))
        return 0;
    if (value->type == MSGPACK_OBJECT_MAP && value->via.map.size <= max)
        return value->via.map.size;
    wire_refuse(self, reason);
    return 0;
}
