#include "common/option_names.h"

#include "common/nearest.h"

#include <stdio.h>
#include <string.h>

bool option_names_word(const char **cursor, char out[OPTION_NAME_MAX])
{
    must(cursor != NULL);
    must(out != NULL);
    if (*cursor == NULL)
        return false;
    const char *start = *cursor + strspn(*cursor, " ");
    size_t length = strcspn(start, " ");
    *cursor = start + length;
    must(length < OPTION_NAME_MAX);
    memcpy(out, start, length);
    out[length] = '\0';
    return length > 0;
}

static char fold(char c)
{
    return c == '_' ? '-' : c;
}

static bool same(const char *known, const char *name, size_t length)
{
    if (strlen(known) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (fold(known[i]) != fold(name[i]))
            return false;
    return true;
}

bool option_names_match(const struct option *row, const char *name, size_t length)
{
    must(row != NULL);
    must(name != NULL);
    if (same(row->name, name, length))
        return true;
    const char *cursor = row->aliases;
    char alias[OPTION_NAME_MAX];
    while (option_names_word(&cursor, alias))
        if (same(alias, name, length))
            return true;
    return false;
}

void option_names_variable(const struct option *row, char out[OPTION_NAME_MAX])
{
    must(row != NULL);
    int length = snprintf(out, OPTION_NAME_MAX, "FRESHET_%s", row->name);
    must(length > 0 && length < OPTION_NAME_MAX);
    for (char *c = out; *c != '\0'; c++)
        *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
}

/* Keep `known` in `out` if it is nearer than all before. */
static bool consider(struct nearest *nearest, const char *known, char out[OPTION_NAME_MAX])
{
    if (!nearest_consider(nearest, known))
        return false;
    snprintf(out, OPTION_NAME_MAX, "%s", known);
    return true;
}

bool option_names_nearest(const struct option *table, size_t count, unsigned program, const char *name,
                          size_t length, char out[OPTION_NAME_MAX])
{
    must(table != NULL);
    must(name != NULL && out != NULL);
    struct nearest nearest;
    nearest_init(&nearest, name, length);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if ((table[i].flags & program) == 0)
            continue;
        found |= consider(&nearest, table[i].name, out);
        const char *cursor = table[i].aliases;
        char alias[OPTION_NAME_MAX];
        while (option_names_word(&cursor, alias))
            found |= consider(&nearest, alias, out);
    }
    return found;
}
