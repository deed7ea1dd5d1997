/*
 * retry - batches that wait to be sent again, and for how long.
 *
 * Pure. Full jitter: the wait before retry i is uniform in [0, min(base * 2^i, RETRY_CAP_US)), or as long as
 * the service asked for where that is more, but by RETRY_WISH_US at most (the SDKs' rule). Capacity is fixed
 * at birth. The batches are borrowed. One thread; time is an argument, in monotonic microseconds.
 */
#ifndef FRESHET_RETRY_H
#define FRESHET_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/rng.h"
#include "secondary/batch.h"

#define RETRY_NEVER UINT64_MAX

enum {
    RETRY_BASE_US = 50000,
    RETRY_BASE_THROTTLED_US = 100000,
    RETRY_CAP_US = 20000000,
    RETRY_WISH_US = 5000000,
};

typedef struct retry retry_t;

retry_t *retry_new(size_t capacity, uint64_t seed, uint64_t stream);
void retry_destroy(retry_t **self_p);

/* Have all attempts been spent? `retries_max` counts sends after the first. */
bool retry_spent(const struct batch *batch, uint64_t retries_max);

/* Draw the wait of `batch` (attempts, retry_after_us), stamp its retry_us and keep it. */
void retry_put(retry_t *self, struct batch *batch, bool throttled, uint64_t now_us);

/* The batch that may go first, if it may go by `now_us`; else NULL. RETRY_NEVER as time takes any. */
struct batch *retry_take(retry_t *self, uint64_t now_us);

/* When the first may go; RETRY_NEVER when none waits. */
uint64_t retry_next_us(const retry_t *self);
size_t retry_count(const retry_t *self);

#endif
