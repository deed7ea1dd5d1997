#include "secondary/retry.h"

#include "common/mem.h"

#include <stdlib.h>

struct retry {
    struct rng rng;
    size_t capacity, count;
    struct batch **heap; /* owned array of borrowed batches; smallest retry_us first */
};

retry_t *retry_new(size_t capacity, uint64_t seed, uint64_t stream)
{
    must(capacity > 0);
    retry_t *self = mem_new(1, sizeof *self);
    self->capacity = capacity;
    self->heap = mem_new(capacity, sizeof(struct batch *));
    rng_init(&self->rng, seed ^ UINT64_C(0x7265747279), stream);
    return self;
}

void retry_destroy(retry_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->heap);
    free(*self_p);
    *self_p = NULL;
}

bool retry_spent(const struct batch *batch, uint64_t retries_max)
{
    must(batch != NULL && batch->attempts > 0);
    return batch->attempts > retries_max;
}

static uint64_t draw_us(retry_t *self, const struct batch *batch, bool throttled)
{
    uint64_t most_us = throttled ? RETRY_BASE_THROTTLED_US : RETRY_BASE_US;
    for (uint32_t i = 1; i < batch->attempts && most_us < RETRY_CAP_US; i++)
        most_us *= 2;
    if (most_us > RETRY_CAP_US)
        most_us = RETRY_CAP_US;
    uint64_t wait_us = rng_below(&self->rng, (uint32_t)most_us);
    if (wait_us >= batch->retry_after_us)
        return wait_us;
    return batch->retry_after_us - wait_us > RETRY_WISH_US ? wait_us + RETRY_WISH_US : batch->retry_after_us;
}

static void sift_down(retry_t *self, size_t at)
{
    struct batch *moved = self->heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= self->count)
            break;
        if (child + 1 < self->count && self->heap[child + 1]->retry_us < self->heap[child]->retry_us)
            child++;
        if (moved->retry_us <= self->heap[child]->retry_us)
            break;
        self->heap[at] = self->heap[child];
        at = child;
    }
    self->heap[at] = moved;
}

void retry_put(retry_t *self, struct batch *batch, bool throttled, uint64_t now_us)
{
    must(self != NULL && batch != NULL);
    must(self->count < self->capacity && batch->attempts > 0);
    batch->retry_us = now_us + draw_us(self, batch, throttled);
    size_t at = self->count++;
    while (at > 0 && self->heap[(at - 1) / 2]->retry_us > batch->retry_us) {
        self->heap[at] = self->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    self->heap[at] = batch;
}

struct batch *retry_take(retry_t *self, uint64_t now_us)
{
    must(self != NULL);
    if (self->count == 0 || self->heap[0]->retry_us > now_us)
        return NULL;
    struct batch *first = self->heap[0];
    self->heap[0] = self->heap[--self->count];
    if (self->count > 0)
        sift_down(self, 0);
    return first;
}

uint64_t retry_next_us(const retry_t *self)
{
    must(self != NULL);
    return self->count > 0 ? self->heap[0]->retry_us : RETRY_NEVER;
}

size_t retry_count(const retry_t *self)
{
    must(self != NULL);
    return self->count;
}
