/*
 * place - where in a template or scenario an error is: "NAME:LINE:COLUMN: words" or "NAME:LINE: words".
 *
 * Pure.
 */
#ifndef FRESHET_PLACE_H
#define FRESHET_PLACE_H

#include <stdbool.h>

#include "common/must.h"

struct place {
    unsigned line, column; /* from 1; column 0: not known */
    const char *words;     /* borrowed: what follows */
};

/* False: `text` does not begin so. */
MUST_USE bool place_find(const char *text, const char *name, struct place *out);

#endif
