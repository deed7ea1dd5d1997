#include "common/nearest.h"

#include "common/must.h"

#include <string.h>

static char fold(char c)
{
    return c == '_' ? '-' : c;
}

/* How many letters must be added, dropped or changed to make `name` of `known` (Levenshtein). */
static size_t distance(const char *known, const char *name, size_t length)
{
    size_t row[NEAREST_NAME_MAX];
    must(length < NEAREST_NAME_MAX);
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

void nearest_init(struct nearest *self, const char *name, size_t length)
{
    must(self != NULL && name != NULL);
    *self = (struct nearest){.name = name, .length = length};
    if (length >= 2 && length < NEAREST_NAME_MAX)
        self->best = length < 4 ? 2 : length < 9 ? 3 : 4; /* one slip in a short name, three in a long one */
}

bool nearest_consider(struct nearest *self, const char *known)
{
    must(self != NULL && known != NULL);
    if (self->best == 0)
        return false;
    size_t away = distance(known, self->name, self->length);
    if (away >= 2 && self->length >= 3 && strncmp(known, self->name, self->length) == 0)
        away = 2; /* typed half: as near as two slips */
    if (away >= self->best)
        return false;
    self->best = away;
    return true;
}
