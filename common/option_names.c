#include "common/option_names.h"

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

/* How many letters must be added, dropped or changed to make `name` of `known` (Levenshtein). */
static size_t distance(const char *known, const char *name, size_t length)
{
    size_t row[OPTION_NAME_MAX];
    must(length < OPTION_NAME_MAX);
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; known[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t changed = diagonal + (fold(known[i]) != fold(name[j]) ? 1 : 0);
            size_t shorter = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = changed < shorter ? changed : shorter;
        }
    }
    return row[length];
}

/* Keep `known` in `out` if it is nearer than *best, or begins with what was typed. */
static void consider(const char *known, const char *name, size_t length, size_t *best,
                     char out[OPTION_NAME_MAX])
{
    size_t away = distance(known, name, length);
    if (away >= 2 && length >= 3 && strncmp(known, name, length) == 0)
        away = 2; /* typed half: as near as two slips */
    if (away >= *best)
        return;
    *best = away;
    snprintf(out, OPTION_NAME_MAX, "%s", known);
}

bool option_names_nearest(const struct option *table, size_t count, unsigned program, const char *name,
                          size_t length, char out[OPTION_NAME_MAX])
{
    must(table != NULL);
    must(name != NULL && out != NULL);
    if (length < 2 || length >= OPTION_NAME_MAX)
        return false;
    size_t limit = length < 4 ? 2 : length < 9 ? 3 : 4; /* one slip in a short name, three in a long one */
    size_t best = limit;
    for (size_t i = 0; i < count; i++) {
        if ((table[i].flags & program) == 0)
            continue;
        consider(table[i].name, name, length, &best, out);
        const char *cursor = table[i].aliases;
        char alias[OPTION_NAME_MAX];
        while (option_names_word(&cursor, alias))
            consider(alias, name, length, &best, out);
    }
    return best < limit;
}
