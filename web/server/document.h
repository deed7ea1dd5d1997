/*
 * document - bytes that never change, shared between threads and freed by the last holder; and the shelf
 * where the primary puts the newest of each kind.
 *
 * Any thread.
 */
#ifndef FRESHET_DOCUMENT_H
#define FRESHET_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "web/server/web.h"

struct document; /* opaque */

/* A copy of `bytes`, held once. */
struct document *document_new(const void *bytes, size_t length);
/* Hold it once more; returns it. */
struct document *document_hold(struct document *self);
/* Let go; the last one frees. Sets *self_p to NULL, which it may be already. */
void document_drop(struct document **self_p);

const char *document_bytes(const struct document *self);
size_t document_length(const struct document *self);

typedef struct shelf shelf_t;

shelf_t *shelf_new(void);
void shelf_destroy(shelf_t **self_p);

/* Put a new one in place of the last; takes over the hold. */
void shelf_put(shelf_t *self, enum web_doc kind, struct document *document);
/* The newest, held for the caller; NULL before the first. */
struct document *shelf_get(shelf_t *self, enum web_doc kind);

#endif
