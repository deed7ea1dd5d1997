#include "standins/putrecords_request.h"

#include "common/mem.h"
#include "standins/base64.h"

#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *at, *end;
};

void putrecords_request_init(struct putrecords_request *self)
{
    must(self != NULL);
    self->count = 0;
    self->scratch = NULL;
    self->scratch_length = self->scratch_capacity = 0;
}

void putrecords_request_fini(struct putrecords_request *self)
{
    must(self != NULL);
    free(self->scratch);
    self->scratch = NULL;
}

static inline void skip_blanks(struct cursor *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\n' || *in->at == '\r' || *in->at == '\t'))
        in->at++;
}

/* Take one structural character, with the blanks before it. */
static inline bool take(struct cursor *in, char wanted)
{
    if (in->at < in->end && *in->at == wanted) {
        in->at++;
        return true;
    }
    skip_blanks(in);
    if (in->at == in->end || *in->at != wanted)
        return false;
    in->at++;
    return true;
}

/* Length of the valid UTF-8 sequence at `text`, or 0 (overlong, surrogate, out of range, cut short). */
static size_t utf8_sequence(const char *text, size_t length)
{
    uint8_t first = (uint8_t)text[0];
    size_t want = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || want > length)
        return 0;
    for (size_t i = 1; i < want; i++)
        if (((uint8_t)text[i] & 0xC0) != 0x80)
            return 0;
    uint8_t second = (uint8_t)text[1];
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
        return 0;
    return want;
}

/* Four hex digits. */
static bool read_hex4(struct cursor *in, uint32_t *out)
{
    if (in->end - in->at < 4)
        return false;
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = *in->at++;
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    *out = value;
    return true;
}

/* The code point after "\u", a pair of surrogates taken together; U+0000 is left to jansson. */
static bool read_code_point(struct cursor *in, uint32_t *out)
{
    uint32_t high, low;
    if (!read_hex4(in, &high) || high == 0 || (high >= 0xDC00 && high <= 0xDFFF))
        return false;
    if (high < 0xD800 || high > 0xDBFF) {
        *out = high;
        return true;
    }
    if (in->end - in->at < 2 || in->at[0] != '\\' || in->at[1] != 'u')
        return false;
    in->at += 2;
    if (!read_hex4(in, &low) || low < 0xDC00 || low > 0xDFFF)
        return false;
    *out = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static char *write_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        *out++ = (char)point;
        return out;
    }
    if (point < 0x800) {
        *out++ = (char)(0xC0 | point >> 6);
    } else {
        if (point < 0x10000) {
            *out++ = (char)(0xE0 | point >> 12);
        } else {
            *out++ = (char)(0xF0 | point >> 18);
            *out++ = (char)(0x80 | (point >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (point >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (point & 0x3F));
    return out;
}

/* One escape after its backslash. Never writes more bytes than the escape is long. */
static bool read_escape(struct cursor *in, char **out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (in->at == in->end)
        return false;
    char c = *in->at++;
    if (c == 'u') {
        uint32_t point;
        if (!read_code_point(in, &point))
            return false;
        *out = write_utf8(*out, point);
        return true;
    }
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    if (name == NULL)
        return false;
    *(*out)++ = values[name - names];
    return true;
}

/* The rest of a string after its opening quote, the careful way, into the scratch. */
static bool read_escaped(struct putrecords_request *self, struct cursor *in, struct putrecords_text *out)
{
    must(self->scratch_length <= self->scratch_capacity);
    char *start = self->scratch + self->scratch_length;
    char *to = start;
    while (in->at < in->end) {
        uint8_t c = (uint8_t)*in->at;
        size_t sequence = 1;
        if (c == '"') {
            in->at++;
            *out = (struct putrecords_text){start, (size_t)(to - start)};
            self->scratch_length += out->length;
            return true;
        }
        if (c == '\\') {
            in->at++;
            if (!read_escape(in, &to))
                return false;
            continue;
        }
        if (c < 0x20)
            return false;
        if (c >= 0x80)
            sequence = utf8_sequence(in->at, (size_t)(in->end - in->at));
        if (sequence == 0)
            return false;
        memcpy(to, in->at, sequence);
        to += sequence;
        in->at += sequence;
    }
    return false;
}

/* A string value: plain ASCII is borrowed from the body, everything else goes through the scratch. */
static inline bool read_string(struct putrecords_request *self, struct cursor *in,
                               struct putrecords_text *out)
{
    if (!take(in, '"'))
        return false;
    const char *start = in->at;
    const char *quote = memchr(start, '"', (size_t)(in->end - start));
    if (quote == NULL)
        return false;
    uint8_t special = 0;
    for (const char *c = start; c < quote; c++)
        special |= (uint8_t)(((uint8_t)*c < 0x20) | ((uint8_t)*c >= 0x80) | (*c == '\\'));
    if (special != 0)
        return read_escaped(self, in, out);
    *out = (struct putrecords_text){start, (size_t)(quote - start)};
    in->at = quote + 1;
    return true;
}

static inline bool read_data(struct cursor *in, struct putrecords_record *record)
{
    if (!take(in, '"'))
        return false;
    const char *start = in->at;
    const char *quote = memchr(start, '"', (size_t)(in->end - start));
    if (quote == NULL)
        return false;
    record->data = (struct putrecords_text){start, (size_t)(quote - start)};
    in->at = quote + 1;
    return base64_check(record->data.bytes, record->data.length, &record->data_bytes);
}

/* A member's name and its colon; names with escapes are left to jansson. */
static inline bool read_name(struct cursor *in, struct putrecords_text *out)
{
    if (!take(in, '"'))
        return false;
    const char *quote = memchr(in->at, '"', (size_t)(in->end - in->at));
    if (quote == NULL)
        return false;
    *out = (struct putrecords_text){in->at, (size_t)(quote - in->at)};
    in->at = quote + 1;
    if (!take(in, ':'))
        return false;
    skip_blanks(in);
    return true;
}

#define IS(text, literal)                                                                                    \
    ((text).length == sizeof(literal) - 1 && memcmp((text).bytes, literal, sizeof(literal) - 1) == 0)

static inline bool read_record(struct putrecords_request *self, struct cursor *in,
                               struct putrecords_record *record)
{
    record->data.bytes = record->key.bytes = record->hash_key.bytes = NULL;
    if (!take(in, '{'))
        return false;
    do {
        struct putrecords_text name;
        bool known = false;
        if (!read_name(in, &name))
            return false;
        if (IS(name, "Data"))
            known = record->data.bytes == NULL && read_data(in, record);
        else if (IS(name, "PartitionKey"))
            known = record->key.bytes == NULL && read_string(self, in, &record->key);
        else if (IS(name, "ExplicitHashKey"))
            known = record->hash_key.bytes == NULL && read_string(self, in, &record->hash_key);
        if (!known)
            return false;
    } while (take(in, ','));
    return take(in, '}') && record->data.bytes != NULL && record->key.bytes != NULL;
}

static bool read_records(struct putrecords_request *self, struct cursor *in)
{
    if (!take(in, '['))
        return false;
    do {
        if (self->count == PUTRECORDS_COUNT_MAX || !read_record(self, in, &self->records[self->count]))
            return false;
        self->count++;
    } while (take(in, ','));
    return take(in, ']');
}

static bool read_request(struct putrecords_request *self, struct cursor *in)
{
    if (!take(in, '{'))
        return false;
    do {
        struct putrecords_text name;
        bool known = false;
        if (!read_name(in, &name))
            return false;
        if (IS(name, "Records"))
            known = self->count == 0 && read_records(self, in);
        else if (IS(name, "StreamName"))
            known = self->stream_name.bytes == NULL && read_string(self, in, &self->stream_name);
        else if (IS(name, "StreamARN"))
            known = self->stream_arn.bytes == NULL && read_string(self, in, &self->stream_arn);
        if (!known)
            return false;
    } while (take(in, ','));
    return take(in, '}') && self->count > 0;
}

bool putrecords_request_read(struct putrecords_request *self, const char *body, size_t length)
{
    must(self != NULL);
    must(body != NULL || length == 0);
    if (length == 0)
        return false;
    self->stream_name.bytes = self->stream_arn.bytes = NULL;
    self->count = 0;
    self->scratch_length = 0;
    if (self->scratch_capacity < length) { /* unescaped text is never longer than the body */
        self->scratch = mem_resize(self->scratch, length, 1);
        self->scratch_capacity = length;
    }
    struct cursor in = {body, body + length};
    if (!read_request(self, &in))
        return false;
    skip_blanks(&in);
    return in.at == in.end;
}
