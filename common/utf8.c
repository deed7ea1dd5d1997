#include "common/utf8.h"

#include <stddef.h>

bool utf8_valid(const char *text)
{
    must(text != NULL);
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0';) {
        size_t more = *c < 0x80 ? 0 : *c >= 0xc2 && *c < 0xe0 ? 1 : (*c & 0xf0) == 0xe0 ? 2 : 3;
        unsigned char low = *c == 0xe0 ? 0xa0 : *c == 0xf0 ? 0x90 : 0x80;
        unsigned char high = *c == 0xed ? 0x9f : *c == 0xf4 ? 0x8f : 0xbf;
        if (more == 3 && (*c < 0xf0 || *c > 0xf4))
            return false;
        if (more > 0 && (c[1] < low || c[1] > high))
            return false;
        for (size_t i = 2; i <= more; i++)
            if ((c[i] & 0xc0) != 0x80)
                return false;
        c += 1 + more;
    }
    return true;
}
