#include "common/utf8.h"

#include <string.h>

/* Bytes of the character that begins here, `left` of which at most; 0: none does. */
static size_t character(const unsigned char *c, size_t left)
{
    size_t more = *c < 0x80 ? 0 : *c >= 0xc2 && *c < 0xe0 ? 1 : (*c & 0xf0) == 0xe0 ? 2 : 3;
    unsigned char low = *c == 0xe0 ? 0xa0 : *c == 0xf0 ? 0x90 : 0x80;
    unsigned char high = *c == 0xed ? 0x9f : *c == 0xf4 ? 0x8f : 0xbf;
    if (more >= left || (more == 3 && (*c < 0xf0 || *c > 0xf4)))
        return 0;
    if (more > 0 && (c[1] < low || c[1] > high))
        return 0;
    for (size_t i = 2; i <= more; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    return 1 + more;
}

size_t utf8_span(const char *text, size_t length)
{
    must(text != NULL);
    size_t at = 0;
    while (at < length) {
        size_t bytes = character((const unsigned char *)text + at, length - at);
        if (bytes == 0)
            break;
        at += bytes;
    }
    return at;
}

bool utf8_valid(const char *text)
{
    must(text != NULL);
    size_t length = strlen(text);
    return utf8_span(text, length) == length;
}
