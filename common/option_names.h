/*
 * option_names - the names of options: flags, aliases, variables, and the nearest one to a mistyped flag.
 *
 * Pure; works on rows of a table and keeps nothing. '-' and '_' are the same in a name.
 */
#ifndef FRESHET_OPTION_NAMES_H
#define FRESHET_OPTION_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "common/options.h"

enum { OPTION_NAME_MAX = 64 }; /* bytes of a flag or variable, with the NUL */

/* The next of the blank-separated words at *cursor (which may be NULL: no words), copied; false at the end.
 */
MUST_USE bool option_names_word(const char **cursor, char out[OPTION_NAME_MAX]);

/* Is `name` (length bytes, no dashes before it) the row's name or one of its aliases? */
MUST_USE bool option_names_match(const struct option *row, const char *name, size_t length);

/* The row's own variable: FRESHET_RUN_TIME for run-time. */
void option_names_variable(const struct option *row, char out[OPTION_NAME_MAX]);

/* The flag nearest to `name` (length bytes) among the rows that have a bit of `program`, copied without
 * dashes; false when none is near. */
MUST_USE bool option_names_nearest(const struct option *table, size_t count, unsigned program,
                                   const char *name, size_t length, char out[OPTION_NAME_MAX]);

#endif
