/*
 * document - bytes that never change, shared between threads and freed by the last holder; and the shelf
 * where the primary puts the newest of each kind.
 *
 * The shelf also keeps answers that the primary gave once and that hold until it publishes again or until
 * something was changed: many who ask the same within that second cost the primary one answer. A bounded
 * number of them, each of bounded length. Any thread.
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

enum {
    SHELF_KEPT_MAX = 32,               /* answers */
    SHELF_KEPT_BYTES_MAX = 512 * 1024, /* of one; a longer one is not kept */
    SHELF_TARGET_MAX = 160             /* bytes of a request's target, with the NUL; the same */
};

/* How often all was forgotten: taken before the primary is asked, given to shelf_keep(). */
uint64_t shelf_age(shelf_t *self);
/* Keep the answer to a request for `target`, unless something was forgotten since `age`, it is kept already,
 * or there is no room. `type` is a static text. The caller keeps its own hold. */
void shelf_keep(shelf_t *self, uint64_t age, const char *target, const char *type, struct document *document);
/* The kept answer, held for the caller, and its type; NULL: none. */
struct document *shelf_kept(shelf_t *self, const char *target, const char **type_out);
/* Forget all kept answers. */
void shelf_forget(shelf_t *self);

#endif
