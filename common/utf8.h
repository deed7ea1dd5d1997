/*
 * utf8 - is a text UTF-8, as RFC 3629 has it: shortest forms only, no surrogates, nothing past U+10FFFF.
 *
 * Pure. Any thread.
 */
#ifndef FRESHET_UTF8_H
#define FRESHET_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"

/* How many bytes of the text, from its beginning, are UTF-8: all of them, or those before the first that
 * isn't. */
MUST_USE size_t utf8_span(const char *text, size_t length);

MUST_USE bool utf8_valid(const char *text);

#endif
