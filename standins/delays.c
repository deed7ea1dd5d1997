#include "standins/delays.h"

#include "common/clock.h"
#include "common/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct waiting {
    uint64_t due_us;
    void *item;
};

struct delays {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    delays_fn *due;
    struct waiting *heap; /* owned; the earliest first */
    size_t count, capacity;
    bool stopping, joined;
};

static void swap(struct waiting *a, struct waiting *b)
{
    struct waiting kept = *a;
    *a = *b;
    *b = kept;
}

static void push(delays_t *self, struct waiting entry)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity > 0 ? self->capacity * 2 : 64;
        self->heap = mem_resize(self->heap, self->capacity, sizeof *self->heap);
    }
    size_t at = self->count++;
    self->heap[at] = entry;
    for (; at > 0 && self->heap[(at - 1) / 2].due_us > self->heap[at].due_us; at = (at - 1) / 2)
        swap(&self->heap[at], &self->heap[(at - 1) / 2]);
}

static struct waiting pop(delays_t *self)
{
    must(self->count > 0);
    struct waiting first = self->heap[0];
    self->heap[0] = self->heap[--self->count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < self->count; child++)
            if (self->heap[child].due_us < self->heap[least].due_us)
                least = child;
        if (least == at)
            return first;
        swap(&self->heap[at], &self->heap[least]);
        at = least;
    }
}

/* Wait until something changes or `due_us` has come. The lock is held. */
static void wait_until(delays_t *self, uint64_t due_us)
{
    struct timespec moment = {.tv_sec = (time_t)(due_us / 1000000U),
                              .tv_nsec = (long)(due_us % 1000000U) * 1000};
    (void)pthread_cond_timedwait(&self->changed, &self->lock, &moment);
}

static void *run(void *context)
{
    delays_t *self = context;
    must(pthread_mutex_lock(&self->lock) == 0);
    while (!self->stopping || self->count > 0) {
        if (self->count == 0) {
            must(pthread_cond_wait(&self->changed, &self->lock) == 0);
        } else if (!self->stopping && self->heap[0].due_us > clock_us()) {
            wait_until(self, self->heap[0].due_us);
        } else {
            struct waiting entry = pop(self);
            must(pthread_mutex_unlock(&self->lock) == 0);
            self->due(entry.item);
            must(pthread_mutex_lock(&self->lock) == 0);
        }
    }
    must(pthread_mutex_unlock(&self->lock) == 0);
    return NULL;
}

delays_t *delays_new(delays_fn *due)
{
    must(due != NULL);
    delays_t *self = mem_new(1, sizeof *self);
    pthread_condattr_t attributes;
    self->due = due;
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    must(pthread_condattr_init(&attributes) == 0);
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0); /* the clock of clock_us() */
    must(pthread_cond_init(&self->changed, &attributes) == 0);
    must(pthread_condattr_destroy(&attributes) == 0);
    must(pthread_create(&self->thread, NULL, run, self) == 0);
    return self;
}

bool delays_add(delays_t *self, uint64_t due_us, void *item)
{
    must(self != NULL);
    must(item != NULL);
    must(pthread_mutex_lock(&self->lock) == 0);
    bool added = !self->stopping;
    if (added) {
        push(self, (struct waiting){due_us, item});
        must(pthread_cond_signal(&self->changed) == 0);
    }
    must(pthread_mutex_unlock(&self->lock) == 0);
    return added;
}

void delays_stop(delays_t *self)
{
    must(self != NULL);
    must(pthread_mutex_lock(&self->lock) == 0);
    self->stopping = true;
    must(pthread_cond_signal(&self->changed) == 0);
    must(pthread_mutex_unlock(&self->lock) == 0);
    if (!self->joined)
        must(pthread_join(self->thread, NULL) == 0);
    self->joined = true;
}

void delays_destroy(delays_t **self_p)
{
    must(self_p != NULL);
    delays_t *self = *self_p;
    if (self == NULL)
        return;
    delays_stop(self);
    must(pthread_cond_destroy(&self->changed) == 0);
    must(pthread_mutex_destroy(&self->lock) == 0);
    free(self->heap);
    free(self);
    *self_p = NULL;
}
