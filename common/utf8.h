/*
 * utf8 - is a text UTF-8, as RFC 3629 has it: shortest forms only, no surrogates, nothing past U+10FFFF.
 *
 * Pure. Any thread.
 */
#ifndef FRESHET_UTF8_H
#define FRESHET_UTF8_H

#include <stdbool.h>

#include "common/must.h"

MUST_USE bool utf8_valid(const char *text);

#endif
