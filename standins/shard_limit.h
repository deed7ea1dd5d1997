/*
 * shard_limit - what one shard takes: 1,000 records and 1 MiB a second.
 *
 * Pure; time is an argument, in monotonic microseconds. Two token buckets that hold a slice of 200 ms,
 * because the service judges over slices shorter than a second: a burst is refused although the second's
 * average would fit. A record larger than the slice is taken when the bucket is not in debt, and the debt is
 * paid back first.
 */
#ifndef FRESHET_STANDINS_SHARD_LIMIT_H
#define FRESHET_STANDINS_SHARD_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"

enum { SHARD_LIMIT_RECORDS_PER_S = 1000, SHARD_LIMIT_BYTES_PER_S = 1024 * 1024, SHARD_LIMIT_SLICE_MS = 200 };

/* Open data; tokens in millionths of a record and of a byte. */
struct shard_limit {
    int64_t records_millionths, bytes_millionths;
    uint64_t filled_us;
};

/* Start with one full slice. */
void shard_limit_init(struct shard_limit *self, uint64_t now_us);

/* Take one record of `bytes`, or refuse it and change nothing. */
MUST_USE bool shard_limit_take(struct shard_limit *self, uint64_t now_us, uint64_t bytes);

#endif
