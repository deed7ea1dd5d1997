#include "standins/shard_limit.h"

#include <stddef.h>

#define MILLION      INT64_C(1000000)
#define RECORDS_FULL ((int64_t)SHARD_LIMIT_RECORDS_PER_S * SHARD_LIMIT_SLICE_MS * 1000)
#define BYTES_FULL   ((int64_t)SHARD_LIMIT_BYTES_PER_S * SHARD_LIMIT_SLICE_MS * 1000)

enum { PAUSE_US_MAX = 60 * 1000 * 1000 }; /* any debt is paid by then */

void shard_limit_init(struct shard_limit *self, uint64_t now_us)
{
    must(self != NULL);
    *self = (struct shard_limit){RECORDS_FULL, BYTES_FULL, now_us};
}

static int64_t at_most(int64_t value, int64_t limit)
{
    return value < limit ? value : limit;
}

/* Tokens come by the microsecond: a rate per second is as many millionths per microsecond. */
static void fill(struct shard_limit *self, uint64_t now_us)
{
    if (now_us <= self->filled_us)
        return;
    uint64_t pause_us = now_us - self->filled_us;
    int64_t us = pause_us < PAUSE_US_MAX ? (int64_t)pause_us : PAUSE_US_MAX;
    self->records_millionths =
        at_most(self->records_millionths + us * SHARD_LIMIT_RECORDS_PER_S, RECORDS_FULL);
    self->bytes_millionths = at_most(self->bytes_millionths + us * SHARD_LIMIT_BYTES_PER_S, BYTES_FULL);
    self->filled_us = now_us;
}

bool shard_limit_take(struct shard_limit *self, uint64_t now_us, uint64_t bytes)
{
    must(self != NULL);
    must(bytes < UINT32_MAX);
    fill(self, now_us);
    int64_t asked = (int64_t)bytes * MILLION;
    bool fits = self->bytes_millionths >= asked || (asked > BYTES_FULL && self->bytes_millionths > 0);
    if (self->records_millionths < MILLION || !fits)
        return false;
    self->records_millionths -= MILLION;
    self->bytes_millionths -= asked;
    return true;
}
