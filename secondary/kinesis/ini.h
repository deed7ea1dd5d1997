/*
 * ini - the text form of the shared AWS config and credentials files.
 *
 * Pure. `[section]`, `key = value`, whole-line comments with # or ;, a comment at the end of a value after a
 * blank, and one level of nesting: indented `sub = value` lines below a key without value. Keys are kept in
 * lower case. What is none of this is skipped, as the SDKs do. A key given again wins over the one before.
 */
#ifndef FRESHET_INI_H
#define FRESHET_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"

enum { INI_ENTRIES_MAX = 100000 };

typedef struct ini ini_t;

/* Copies what it needs of `text`. The caller owns it. */
ini_t *ini_parse(const char *text, size_t length);
void ini_destroy(ini_t **self_p);

/* Is there such a section, even an empty one? */
bool ini_has(const ini_t *self, const char *section);

/* The value of a key, or of `sub` below it where `sub` is not NULL; NULL when absent. Borrowed from self. */
const char *ini_get(const ini_t *self, const char *section, const char *key, const char *sub);

#endif
