/*
 * console_text - the lines that show a run's progress.
 *
 * Pure: text from a snapshot, no colours, no cursor movement, no newline at the end.
 */
#ifndef FRESHET_CONSOLE_TEXT_H
#define FRESHET_CONSOLE_TEXT_H

#include <stddef.h>

#include "primary/snapshot.h"

enum { CONSOLE_TEXT_MAX = 512 };

/* The live line, cut to fit `width` columns by leaving out the least important facts first. Returns `out`. */
const char *console_text_live(const struct snapshot *snapshot, size_t width, char out[CONSOLE_TEXT_MAX]);

/* The plain line of one second, for logs and pipes: key=value facts. Returns `out`. */
const char *console_text_plain(const struct snapshot *snapshot, char out[CONSOLE_TEXT_MAX]);

#endif
