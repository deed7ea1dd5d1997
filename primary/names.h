/*
 * names - pairs of texts kept once each and known by a small number: shards and kinds of errors.
 *
 * Pure. A fixed number of pairs is kept; further ones all get the number of the pair ("other", ""). One
 * thread.
 */
#ifndef FRESHET_NAMES_H
#define FRESHET_NAMES_H

#include <stddef.h>

typedef struct names names_t;

/* Room for `count_max` pairs, "other" not counted. The caller owns it; exhausted memory aborts. */
names_t *names_new(size_t count_max);
void names_destroy(names_t **self_p);
void names_clear(names_t *self);

/* The number of the pair: a known one or the next free one. Texts are copied. */
size_t names_index(names_t *self, const char *first, const char *second);

/* Numbers in use are below this. */
size_t names_count(const names_t *self);
/* Borrowed until names_clear. */
const char *names_first(const names_t *self, size_t index);
const char *names_second(const names_t *self, size_t index);

#endif
