/*
 * form - parameters from a query, a urlencoded body or a JSON object: one flat list of names and values.
 *
 * Pure but for the memory it owns. All of it is the client's: each parser says what is wrong with its input
 * in words that may be shown, and then has added nothing. Values are UTF-8 without NUL. One thread at a time.
 */
#ifndef FRESHET_FORM_H
#define FRESHET_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "web/server/web.h"

enum {
    FORM_PARAMETERS_MAX = 256,
    FORM_NAME_MAX = 64,            /* bytes of a name, with the NUL */
    FORM_VALUE_MAX = 64 * 1024 + 1 /* bytes of a value, with the NUL: a template is the longest */
};

struct form {
    struct web_parameter *list; /* owned, as are the texts */
    size_t count;
    size_t capacity;
};

void form_init(struct form *self);
void form_fini(struct form *self);

/* Add the parameters of a query or a body of application/x-www-form-urlencoded. False: *why says what is
 * wrong. */
MUST_USE bool form_urlencoded(struct form *self, const char *bytes, size_t length, const char **why);

/* Add the members of a JSON object whose values are texts, numbers, booleans or null. */
MUST_USE bool form_json(struct form *self, const char *bytes, size_t length, const char **why);

/* The first value of that name ('-' and '_' are the same), or NULL. Borrowed. */
const char *form_value(const struct form *self, const char *name);

/* Forget all of that name; they are overwritten before they are freed. */
void form_remove(struct form *self, const char *name);

/* The same comparison and search for any list. */
const char *form_search(const struct web_parameter *list, size_t count, const char *name);

#endif
