#include "common/quote.h"

#include "common/must.h"

#include <stdio.h>
#include <string.h>

const char *quote(const char *text, char out[QUOTE_MAX])
{
    enum { SHOWN_MAX = QUOTE_MAX - 6 }; /* two quotes, three dots, NUL */
    must(text != NULL);
    must(out != NULL);
    size_t length = strnlen(text, SHOWN_MAX + 1);
    const char *dots = "";
    if (length > SHOWN_MAX) {
        length = SHOWN_MAX;
        dots = "...";
        /* Step back over the continuation bytes of a character that the cut would split. */
        for (int i = 0; i < 3 && ((unsigned char)text[length] & 0xC0) == 0x80; i++)
            length--;
    }
    char shown[SHOWN_MAX + 1];
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        shown[i] = byte < 0x20 || byte == 0x7F ? '?' : text[i];
    }
    shown[length] = '\0';
    snprintf(out, QUOTE_MAX, "\"%s%s\"", shown, dots);
    return out;
}
