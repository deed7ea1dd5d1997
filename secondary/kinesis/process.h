/*
 * process - run a program without a shell and read what it prints.
 *
 * Blocking, bounded in time and size. Any thread.
 */
#ifndef FRESHET_PROCESS_H
#define FRESHET_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/must.h"

enum { PROCESS_WORDS_MAX = 64 };

/* Pure. Split a command line at blanks; double and single quotes group, a backslash outside of single quotes
 * takes the next character as it is. `line` is changed and the words point into it; a NULL ends them. False
 * when there is no word, too many, or an open quote. */
MUST_USE bool process_split(char *line, char *words[PROCESS_WORDS_MAX + 1]);

/* Run a command line; standard output goes to `out` (initialised by the caller), standard error is ours.
 * False, and `error` says why, when it can't be run, fails, prints too much or is not done in time or before
 * `cancelled` (may be NULL) is set from outside (then it is killed). */
MUST_USE bool process_run(const char *command, uint64_t timeout_us, const atomic_bool *cancelled,
                          struct buffer *out, char *error, size_t error_size);

#endif
