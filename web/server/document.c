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

struct kept {
    char target[SHELF_TARGET_MAX];
    const char *type;
    struct document *document;
};

struct shelf {
    pthread_mutex_t lock;
    struct document *places[WEB_DOC_COUNT_];
    uint64_t age;
    size_t kept_count;
    struct kept kept[SHELF_KEPT_MAX];
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
    shelf_forget(*self_p);
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

/* With the lock held. */
static struct kept *find_kept(shelf_t *self, const char *target)
{
    for (size_t i = 0; i < self->kept_count; i++) {
        if (strcmp(self->kept[i].target, target) == 0)
            return &self->kept[i];
    }
    return NULL;
}

uint64_t shelf_age(shelf_t *self)
{
    must(self != NULL);
    pthread_mutex_lock(&self->lock);
    uint64_t age = self->age;
    pthread_mutex_unlock(&self->lock);
    return age;
}

void shelf_keep(shelf_t *self, uint64_t age, const char *target, const char *type, struct document *document)
{
    must(self != NULL && target != NULL);
    must(type != NULL && document != NULL);
    size_t length = strlen(target);
    if (length >= SHELF_TARGET_MAX || document_length(document) > SHELF_KEPT_BYTES_MAX)
        return;
    pthread_mutex_lock(&self->lock);
    must(age <= self->age);
    if (age == self->age && self->kept_count < SHELF_KEPT_MAX && find_kept(self, target) == NULL) {
        struct kept *kept = &self->kept[self->kept_count++];
        memcpy(kept->target, target, length + 1);
        kept->type = type;
        kept->document = document_hold(document);
    }
    pthread_mutex_unlock(&self->lock);
}

struct document *shelf_kept(shelf_t *self, const char *target, const char **type_out)
{
    must(self != NULL && target != NULL);
    must(type_out != NULL);
    pthread_mutex_lock(&self->lock);
    const struct kept *kept = find_kept(self, target);
    struct document *found = kept != NULL ? document_hold(kept->document) : NULL;
    *type_out = kept != NULL ? kept->type : NULL;
    pthread_mutex_unlock(&self->lock);
    return found;
}

void shelf_forget(shelf_t *self)
{
    must(self != NULL);
    struct document *old[SHELF_KEPT_MAX];
    pthread_mutex_lock(&self->lock);
    size_t count = self->kept_count;
    must(count <= SHELF_KEPT_MAX);
    for (size_t i = 0; i < count; i++)
        old[i] = self->kept[i].document;
    self->kept_count = 0;
    self->age++;
    pthread_mutex_unlock(&self->lock);
    for (size_t i = 0; i < count; i++)
        document_drop(&old[i]);
}
