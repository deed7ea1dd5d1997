/*
 * nearest - which of the known names was meant by a mistyped one.
 *
 * Pure. '-' and '_' are the same. Names of 2 to NEAREST_NAME_MAX - 1 bytes; a shorter or longer one is near
 * to none.
 */
#ifndef FRESHET_NEAREST_H
#define FRESHET_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

enum { NEAREST_NAME_MAX = 64 };

struct nearest {
    const char *name; /* as typed; borrowed */
    size_t length;
    size_t best; /* slips to the nearest so far */
};

void nearest_init(struct nearest *self, const char *name, size_t length);

/* Is `known` near, and nearer than all considered before? */
bool nearest_consider(struct nearest *self, const char *known);

#endif
