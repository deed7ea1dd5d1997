#include "common/workload/replay.h"

#include "common/mem.h"
#include "common/quote.h"
#include "common/workload/lines.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS_KEPT = 4 * 1024 * 1024, /* lines whose key's place is kept */
    KEYS_FIRST = 4096,
    KEY_MAX =
        1024, /* bytes; Kinesis takes 256 characters, and what no service takes is an error at the sink */
    LENGTH_BITS = 11,
    NUMBER_TEXT_MAX = 24,
    PREFIX_MAX = 256,
};

/* Where a line's key is: its length in the low bits, above them where in the line it begins. 0: not known. */
typedef uint32_t key_place;
#define PLACE_NUMBER UINT32_MAX /* there is none: the line's number is the key */

_Static_assert((UINT64_C(1) << (32 - LENGTH_BITS)) > LINES_BYTES_MAX, "every place in a line can be told");
_Static_assert(KEY_MAX < 1 << LENGTH_BITS, "and every length");

struct replay {
    struct workload base; /* first: what the engine holds */
    lines_t *lines;       /* owned */
    char *field;          /* owned; NULL: sensorId, if it is there */
    uint64_t place, parts;
    uint64_t passed; /* lines in the rounds before this one */
    key_place *keys; /* owned: by the line's index */
    size_t keys_count;
    char key[KEY_MAX];
    char prefix[PREFIX_MAX]; /* what stood before the key of the line parsed last; see learn */
    size_t prefix_length;    /* 0: nothing is known */
    bool good;               /* the file is what it was */
    char name[QUOTE_MAX];
    char error[WORKLOAD_ERROR_MAX];
};

static void begin(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    (void)user;
    (void)count;
    (void)now_ms;
    struct replay *self = (struct replay *)base;
    self->good = lines_check(self->lines);
    if (!self->good)
        snprintf(self->error, sizeof self->error, "%s", lines_error(self->lines));
}

/* The next line of our part. */
static bool advance(struct replay *self, struct line *out)
{
    for (unsigned rounds = 0;;) {
        switch (lines_next(self->lines, out)) {
        case LINES_BAD:
            snprintf(self->error, sizeof self->error, "%s", lines_error(self->lines));
            return false;
        case LINES_END:
            self->passed += out->index;
            if (++rounds <= self->parts)
                continue;
            snprintf(self->error, sizeof self->error, "%s: the file has no lines any more", self->name);
            return false;
        case LINES_ONE:
            break;
        }
        if ((self->passed + out->index) % self->parts == self->place)
            return true;
    }
}

static key_place *kept(struct replay *self, uint64_t index)
{
    if (index >= KEYS_KEPT)
        return NULL;
    if (index >= self->keys_count) {
        size_t count = self->keys_count > 0 ? self->keys_count : KEYS_FIRST;
        while (count <= index)
            count *= 2;
        self->keys = mem_resize(self->keys, count, sizeof self->keys[0]);
        memset(self->keys + self->keys_count, 0, (count - self->keys_count) * sizeof self->keys[0]);
        self->keys_count = count;
    }
    return &self->keys[index];
}

/* The member's text in self->key, its length; 0: it can't be a key. */
static size_t read_key(struct replay *self, const struct line *line)
{
    json_t *object = json_loadb(line->text, line->length, 0, NULL);
    const json_t *value = json_object_get(object, self->field != NULL ? self->field : "sensorId");
    size_t length = 0;
    if (json_is_string(value)) {
        length = json_string_length(value);
        if (length <= KEY_MAX)
            memcpy(self->key, json_string_value(value), length);
    } else if (json_is_number(value)) {
        length = json_dumpb(value, self->key, KEY_MAX, JSON_ENCODE_ANY);
    }
    json_decref(object);
    return length <= KEY_MAX ? length : 0;
}

static bool no_key(struct replay *self, const struct line *line)
{
    char field[QUOTE_MAX];
    snprintf(self->error, sizeof self->error,
             "%s, line %" PRIu64
             ": is no JSON object with a text or number %s of 1 to %d bytes (--replay-key)",
             self->name, line->number, quote(self->field, field), KEY_MAX);
    return false;
}

static void take_number(struct replay *self, const struct line *line, struct event *out)
{
    out->key = self->key;
    out->key_length = (size_t)snprintf(self->key, NUMBER_TEXT_MAX, "%" PRIu64, line->number);
}

/* Lines of a file mostly begin alike. Behind the same bytes as before the key of a line that was parsed, a
 * key begins as well, if those bytes say for certain where they are: in the text of the very member, in no
 * inner object or list, and without anything escaped. The rest of such a line is not parsed at all. */
static void learn(struct replay *self, const struct line *line, size_t from)
{
    char end[PREFIX_MAX];
    int length = snprintf(end, sizeof end, "\"%s\":\"", self->field != NULL ? self->field : "sensorId");
    self->prefix_length = 0;
    if (from > PREFIX_MAX || length < 0 || (size_t)length > from || (size_t)length >= sizeof end ||
        memcmp(line->text + from - length, end, (size_t)length) != 0)
        return;
    for (size_t i = 0; i < from; i++) {
        char c = line->text[i];
        if (c == '\\' || c == '[' || (c == '{' && i > 0))
            return;
    }
    memcpy(self->prefix, line->text, from);
    self->prefix_length = from;
}

/* Length of the plain key behind the prefix; 0: the line has to be parsed. */
static size_t behind_prefix(const struct replay *self, const struct line *line)
{
    size_t from = self->prefix_length;
    if (from == 0 || line->length <= from || memcmp(line->text, self->prefix, from) != 0)
        return 0;
    for (size_t i = from; i < line->length && i - from <= KEY_MAX; i++) {
        char c = line->text[i];
        if (c == '"')
            return i - from;
        if (c < ' ' || c > '~' || c == '\\')
            return 0;
    }
    return 0;
}

/* Find the line's key, and keep where it is if its bytes stand in the line as they are. */
static bool find_key(struct replay *self, const struct line *line, key_place *keep, struct event *out)
{
    size_t behind = behind_prefix(self, line);
    if (behind > 0) {
        out->key = line->text + self->prefix_length;
        out->key_length = behind;
        if (keep != NULL)
            *keep = (key_place)self->prefix_length << LENGTH_BITS | (key_place)behind;
        return true;
    }
    size_t length = read_key(self, line);
    if (length == 0) {
        if (self->field != NULL)
            return no_key(self, line);
        if (keep != NULL)
            *keep = PLACE_NUMBER;
        take_number(self, line, out);
        return true;
    }
    const char *found = memmem(line->text, line->length, self->key, length);
    if (found != NULL) {
        learn(self, line, (size_t)(found - line->text));
        if (keep != NULL)
            *keep = (key_place)(found - line->text) << LENGTH_BITS | (key_place)length;
    }
    out->key = self->key;
    out->key_length = length;
    return true;
}

static bool next(workload_t *base, uint32_t sensor, struct event *out)
{
    (void)sensor;
    struct replay *self = (struct replay *)base;
    struct line line = {.text = NULL};
    if (!self->good || !advance(self, &line))
        return false;
    *out = (struct event){.data = line.text, .data_length = line.length};
    key_place *keep = kept(self, line.index);
    if (keep == NULL || *keep == 0)
        return find_key(self, &line, keep, out);
    if (*keep == PLACE_NUMBER) {
        take_number(self, &line, out);
        return true;
    }
    size_t from = *keep >> LENGTH_BITS, length = *keep & ((1U << LENGTH_BITS) - 1);
    if (from + length > line.length) /* the file was written over */
        return find_key(self, &line, keep, out);
    out->key = line.text + from;
    out->key_length = length;
    return true;
}

static const char *error(const workload_t *base)
{
    return ((const struct replay *)base)->error;
}

static void destroy(workload_t **self_p)
{
    must(self_p != NULL);
    struct replay *self = (struct replay *)*self_p;
    if (self == NULL)
        return;
    lines_close(&self->lines);
    free(self->field);
    free(self->keys);
    free(self);
    *self_p = NULL;
}

static const struct workload_ops ops = {
    .name = "replay", .begin = begin, .next = next, .error = error, .destroy = destroy};

workload_t *replay_new(const struct replay_setup *setup, char error_out[WORKLOAD_ERROR_MAX])
{
    must(setup != NULL && setup->path != NULL && error_out != NULL);
    lines_t *lines = lines_open(setup->path, error_out);
    if (lines == NULL)
        return NULL;
    struct replay *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    self->lines = lines;
    self->field = setup->field != NULL ? mem_text(setup->field) : NULL;
    self->parts = setup->parts > 0 ? setup->parts : 1;
    self->place = setup->place % self->parts;
    quote(setup->path, self->name);
    return &self->base;
}

bool replay_count(const char *path, uint64_t *out, char error_out[WORKLOAD_ERROR_MAX])
{
    must(path != NULL && out != NULL && error_out != NULL);
    lines_t *lines = lines_open(path, error_out);
    if (lines == NULL)
        return false;
    bool good = lines_count(lines, out);
    if (!good)
        snprintf(error_out, WORKLOAD_ERROR_MAX, "%s", lines_error(lines));
    lines_close(&lines);
    return good;
}
