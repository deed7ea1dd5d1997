/*
 * histogram - latencies in microseconds, recorded with less than 1 % error and merged without loss.
 *
 * Pure. Log-linear buckets: values below 256 are exact; above, every power of two is cut into 128 equal
 * buckets (relative width 1/128). Values past HISTOGRAM_US_MAX count as HISTOGRAM_US_MAX. Min, max, count and
 * sum are exact. Fixed size; nothing is allocated after birth. One thread at a time.
 */
#ifndef FRESHET_HISTOGRAM_H
#define FRESHET_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

#define HISTOGRAM_US_MAX ((UINT64_C(1) << 36) - 1) /* about 19 hours */

enum {
    HISTOGRAM_BUCKETS = 256 + 28 * 128,
    HISTOGRAM_ENCODED_MAX = 48 + HISTOGRAM_BUCKETS * 12, /* bytes, the worst case of histogram_encode */
};

struct histogram {
    uint64_t count;
    uint64_t sum_us;
    uint64_t min_us; /* UINT64_MAX while empty */
    uint64_t max_us;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *self);

/* Note `times` events of `value_us`. */
void histogram_record(struct histogram *self, uint64_t value_us, uint64_t times);

/* self += other. */
void histogram_add(struct histogram *self, const struct histogram *other);

/* later - earlier into *out; false when a bucket went back. Min and max of the difference are those of its
 * lowest and highest non-empty bucket, clamped into later's exact min and max. */
MUST_USE bool histogram_since(const struct histogram *later, const struct histogram *earlier,
                              struct histogram *out);

/* The value below or at which `quantile` (0..1) of the events lie; 0 when empty. Reported as the bucket's
 * highest value, clamped to [min, max]. */
uint64_t histogram_quantile(const struct histogram *self, double quantile);
double histogram_mean(const struct histogram *self);

/* Lowest and highest value of bucket `index`. */
void histogram_bucket(size_t index, uint64_t *low_us, uint64_t *high_us);

/* Compact, architecture-independent bytes (varints: format version, count, sum, min, max, then runs of empty
 * buckets and counts). Returns the length written into `out` (HISTOGRAM_ENCODED_MAX bytes suffice). */
size_t histogram_encode(const struct histogram *self, uint8_t *out, size_t size);

/* Strict: false on any malformed, over-long, overflowing or inconsistent input (bucket counts must sum to
 * count). */
MUST_USE bool histogram_decode(struct histogram *out, const uint8_t *bytes, size_t length);

#endif
