#include "primary/place.h"

#include <stddef.h>
#include <string.h>

enum { DIGITS_MAX = 9 };

/* ":123" at *at, which moves behind it. */
static bool take_number(const char **at, unsigned *out)
{
    size_t digits = strspn(*at + (**at == ':'), "0123456789");
    if (**at != ':' || digits == 0 || digits > DIGITS_MAX)
        return false;
    *out = 0;
    for (size_t i = 1; i <= digits; i++)
        *out = *out * 10 + (unsigned)((*at)[i] - '0');
    *at += 1 + digits;
    return true;
}

bool place_find(const char *text, const char *name, struct place *out)
{
    must(text != NULL && name != NULL && out != NULL);
    size_t length = strlen(name);
    if (strncmp(text, name, length) != 0)
        return false;
    const char *at = text + length;
    struct place place = {0};
    if (!take_number(&at, &place.line))
        return false;
    (void)take_number(&at, &place.column);
    if (at[0] != ':' || at[1] != ' ')
        return false;
    place.words = at + 2;
    *out = place;
    return true;
}
