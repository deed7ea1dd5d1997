#include "web/server/document.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct document {
    atomic_uint holders;
    size_t length;
    char bytes[];
};

struct document *document_new(const void *bytes, size_t length)
{
    must(bytes != NULL || length == 0);
    struct document *self = mem_new(1, sizeof *self + length);
    atomic_init(&self->holders, 1);
    self->length = length;
    if (length > 0)
        memcpy(self->bytes, bytes, length);
    return self;
}

struct document *document_hold(struct document *self)
{
    must(self != NULL);
    unsigned before = atomic_fetch_add(&self->holders, 1);
    must(before > 0);
    return self;
}

void document_drop(struct document **self_p)
{
    must(self_p != NULL);
    struct document *self = *self_p;
    *self_p = NULL;
    if (self == NULL)
        return;
    unsigned before = atomic_fetch_sub(&self->holders, 1);
    must(before > 0);
    if (before == 1)
        free(self);
}

const char *document_bytes(const struct document *self)
{
    must(self != NULL);
    return self->bytes;
}

size_t document_length(const struct document *self)
{
    must(self != NULL);
    return self->length;
}

struct shelf {
    pthread_mutex_t lock;
    struct document *places[WEB_DOC_COUNT_];
};

shelf_t *shelf_new(void)
{
    shelf_t *self = mem_new(1, sizeof *self);
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    return self;
}

void shelf_destroy(shelf_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    for (size_t i = 0; i < WEB_DOC_COUNT_; i++)
        document_drop(&(*self_p)->places[i]);
    pthread_mutex_destroy(&(*self_p)->lock);
    free(*self_p);
    *self_p = NULL;
}

void shelf_put(shelf_t *self, enum web_doc kind, struct document *document)
{
    must(self != NULL && document != NULL);
    must(kind < WEB_DOC_COUNT_);
    pthread_mutex_lock(&self->lock);
    struct document *old = self->places[kind];
    self->places[kind] = document;
    pthread_mutex_unlock(&self->lock);
    document_drop(&old);
}

struct document *shelf_get(shelf_t *self, enum web_doc kind)
{
    must(self != NULL);
    must(kind < WEB_DOC_COUNT_);
    pthread_mutex_lock(&self->lock);
    struct document *found = self->places[kind] != NULL ? document_hold(self->places[kind]) : NULL;
    pthread_mutex_unlock(&self->lock);
    return found;
}
