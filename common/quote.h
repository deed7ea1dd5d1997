/*
 * quote - show a piece of foreign text in a message without letting it spoil the message.
 *
 * Pure. Control bytes become '?', long text is cut (never inside a UTF-8 character) and ends in "...".
 */
#ifndef FRESHET_QUOTE_H
#define FRESHET_QUOTE_H

enum { QUOTE_MAX = 128 }; /* bytes, with quotes and NUL */

/* `text` in double quotes. Returns `out`. */
const char *quote(const char *text, char out[QUOTE_MAX]);

#endif
