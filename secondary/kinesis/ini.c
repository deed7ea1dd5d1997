#include "secondary/kinesis/ini.h"

#include "common/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    size_t section; /* index */
    char *key;      /* owned, as the next two */
    char *sub;      /* NULL: the key's own value */
    char *value;
};

struct ini {
    char **sections; /* owned, each too */
    size_t sections_count;
    struct entry *entries; /* owned */
    size_t count;
};

struct span {
    const char *at;
    size_t length;
};

static struct span trim(struct span text)
{
    while (text.length > 0 && isspace((unsigned char)text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && isspace((unsigned char)text.at[text.length - 1]))
        text.length--;
    return text;
}

static struct span drop_comment(struct span text)
{
    for (size_t i = 1; i < text.length; i++) {
        if ((text.at[i] == '#' || text.at[i] == ';') && isspace((unsigned char)text.at[i - 1])) {
            text.length = i;
            break;
        }
    }
    return trim(text);
}

static size_t section_index(ini_t *self, struct span name)
{
    for (size_t i = 0; i < self->sections_count; i++) {
        if (strlen(self->sections[i]) == name.length && memcmp(self->sections[i], name.at, name.length) == 0)
            return i;
    }
    self->sections = mem_resize(self->sections, self->sections_count + 1, sizeof self->sections[0]);
    self->sections[self->sections_count] = mem_text_n(name.at, name.length);
    return self->sections_count++;
}

static char *lower(struct span text)
{
    char *copy = mem_text_n(text.at, text.length);
    for (char *at = copy; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return copy;
}

struct reading {
    size_t section;
    bool in_section;
    bool nests; /* the last key had no value: indented lines belong to it */
};

static void add(ini_t *self, size_t section, char *key, char *sub, struct span value)
{
    if (self->count == INI_ENTRIES_MAX) {
        free(key);
        free(sub);
        return;
    }
    if ((self->count & (self->count - 1)) == 0)
        self->entries =
            mem_resize(self->entries, self->count > 0 ? self->count * 2 : 1, sizeof self->entries[0]);
    self->entries[self->count++] = (struct entry){section, key, sub, mem_text_n(value.at, value.length)};
}

static void read_line(ini_t *self, struct reading *state, struct span line)
{
    bool indented = line.length > 0 && (line.at[0] == ' ' || line.at[0] == '\t');
    struct span text = trim(line);
    if (text.length == 0 || text.at[0] == '#' || text.at[0] == ';')
        return;
    if (text.at[0] == '[' && !indented) {
        const char *close = memchr(text.at, ']', text.length);
        state->in_section = close != NULL;
        state->nests = false;
        if (close != NULL)
            state->section =
                section_index(self, trim((struct span){text.at + 1, (size_t)(close - text.at) - 1}));
        return;
    }
    const char *equals = memchr(text.at, '=', text.length);
    if (equals == NULL || !state->in_section)
        return;
    struct span key = trim((struct span){text.at, (size_t)(equals - text.at)});
    struct span value = drop_comment((struct span){equals, text.length - (size_t)(equals - text.at)});
    value = trim((struct span){value.at + 1, value.length - 1});
    if (key.length == 0)
        return;
    if (indented) { /* below a key with a value it would be that value's continuation, which no key we read
                       has */
        if (state->nests)
            add(self, state->section, mem_text(self->entries[self->count - 1].key), lower(key), value);
        return;
    }
    size_t before = self->count;
    add(self, state->section, lower(key), NULL, value);
    state->nests = value.length == 0 && self->count > before;
}

ini_t *ini_parse(const char *text, size_t length)
{
    must(text != NULL || length == 0);
    ini_t *self = mem_new(1, sizeof *self);
    struct reading state = {0};
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end != NULL ? (size_t)(end - text) - at : length - at;
        if (memchr(text + at, '\0', line) == NULL)
            read_line(self, &state, (struct span){text + at, line});
        at += line + 1;
    }
    return self;
}

void ini_destroy(ini_t **self_p)
{
    must(self_p != NULL);
    ini_t *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->sections_count; i++)
        free(self->sections[i]);
    for (size_t i = 0; i < self->count; i++) {
        free(self->entries[i].key);
        free(self->entries[i].sub);
        free(self->entries[i].value);
    }
    free(self->sections);
    free(self->entries);
    free(self);
    *self_p = NULL;
}

bool ini_has(const ini_t *self, const char *section)
{
    must(self != NULL && section != NULL);
    for (size_t i = 0; i < self->sections_count; i++) {
        if (strcmp(self->sections[i], section) == 0)
            return true;
    }
    return false;
}

const char *ini_get(const ini_t *self, const char *section, const char *key, const char *sub)
{
    must(self != NULL && section != NULL && key != NULL);
    for (size_t i = self->count; i-- > 0;) {
        const struct entry *entry = &self->entries[i];
        bool same_sub = sub == NULL ? entry->sub == NULL : entry->sub != NULL && strcmp(entry->sub, sub) == 0;
        if (same_sub && strcmp(entry->key, key) == 0 && strcmp(self->sections[entry->section], section) == 0)
            return entry->value;
    }
    return NULL;
}
