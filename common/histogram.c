#include "common/histogram.h"

#include <math.h>
#include <string.h>

enum {
    EXACT = 256,    /* values below have a bucket each */
    EXACT_BITS = 8, /* of them */
    CUT_BITS = 7,   /* every power of two above is cut into 2^7 buckets */
    CUTS = 128,
    FORMAT = 1,      /* first byte of the encoding */
    VARINT_MAX = 10, /* bytes of the longest varint */
};

/* Sums of count x value may pass 64 bits while a hostile encoding is being checked. */
__extension__ typedef unsigned __int128 wide;

void histogram_init(struct histogram *self)
{
    must(self != NULL);
    memset(self, 0, sizeof *self);
    self->min_us = UINT64_MAX;
}

static inline size_t bucket_of(uint64_t value_us)
{
    if (value_us < EXACT)
        return (size_t)value_us;
    unsigned power = 63U - (unsigned)__builtin_clzll(value_us);
    return EXACT + (size_t)(power - EXACT_BITS) * CUTS +
           (size_t)((value_us >> (power - CUT_BITS)) & (CUTS - 1));
}

/* The buckets that may hold something, of thousands: the first, and the one after the last. */
struct span {
    size_t first, end;
};

static struct span span_of(const struct histogram *self)
{
    if (self->count == 0)
        return (struct span){0, 0};
    return (struct span){bucket_of(self->min_us), bucket_of(self->max_us) + 1};
}

void histogram_record(struct histogram *self, uint64_t value_us, uint64_t times)
{
    must(self != NULL);
    if (times == 0)
        return;
    if (value_us > HISTOGRAM_US_MAX)
        value_us = HISTOGRAM_US_MAX;
    self->count += times;
    self->sum_us += value_us * times;
    if (value_us < self->min_us)
        self->min_us = value_us;
    if (value_us > self->max_us)
        self->max_us = value_us;
    self->buckets[bucket_of(value_us)] += times;
}

void histogram_add(struct histogram *self, const struct histogram *other)
{
    must(self != NULL);
    must(other != NULL);
    if (other->count == 0)
        return;
    self->count += other->count;
    self->sum_us += other->sum_us;
    if (other->min_us < self->min_us)
        self->min_us = other->min_us;
    if (other->max_us > self->max_us)
        self->max_us = other->max_us;
    struct span span = span_of(other);
    for (size_t i = span.first; i < span.end; i++)
        self->buckets[i] += other->buckets[i];
}

void histogram_bucket(size_t index, uint64_t *low_us, uint64_t *high_us)
{
    must(index < HISTOGRAM_BUCKETS);
    must(low_us != NULL && high_us != NULL);
    if (index < EXACT) {
        *low_us = *high_us = index;
        return;
    }
    size_t power = EXACT_BITS + (index - EXACT) / CUTS;
    uint64_t cut = (index - EXACT) % CUTS;
    *low_us = (CUTS + cut) << (power - CUT_BITS);
    *high_us = ((CUTS + cut + 1) << (power - CUT_BITS)) - 1;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

bool histogram_since(const struct histogram *later, const struct histogram *earlier, struct histogram *out)
{
    must(later != NULL && earlier != NULL);
    must(out != NULL);
    if (later->count < earlier->count || later->sum_us < earlier->sum_us)
        return false;
    struct span span = span_of(later), before = span_of(earlier);
    if (earlier->count > 0 && (before.first < span.first || before.end > span.end))
        return false;
    for (size_t i = span.first; i < span.end; i++)
        if (later->buckets[i] < earlier->buckets[i])
            return false;
    uint64_t later_min = later->min_us, later_max = later->max_us;
    out->count = later->count - earlier->count;
    out->sum_us = later->sum_us - earlier->sum_us;
    out->min_us = UINT64_MAX;
    out->max_us = 0;
    memset(out->buckets, 0, span.first * sizeof out->buckets[0]);
    memset(out->buckets + span.end, 0, (HISTOGRAM_BUCKETS - span.end) * sizeof out->buckets[0]);
    for (size_t i = span.first; i < span.end; i++) {
        out->buckets[i] = later->buckets[i] - earlier->buckets[i];
        if (out->buckets[i] == 0)
            continue;
        uint64_t low, high;
        histogram_bucket(i, &low, &high);
        if (out->min_us == UINT64_MAX)
            out->min_us = clamp(low, later_min, later_max);
        out->max_us = clamp(high, later_min, later_max);
    }
    return true;
}

/* How many events lie at or below the asked value: ceil(quantile x count), at least 1. The product is taken
 * down by a hair first, because 0.07 x 100 is a little more than 7 in binary. */
static uint64_t rank_of(double quantile, uint64_t count)
{
    double exact = quantile * (double)count;
    exact = ceil(exact - exact * 1e-15);
    if (exact >= (double)count)
        return count;
    return exact < 1 ? 1 : (uint64_t)exact;
}

uint64_t histogram_quantile(const struct histogram *self, double quantile)
{
    must(self != NULL);
    must(quantile >= 0 && quantile <= 1);
    if (self->count == 0)
        return 0;
    uint64_t rank = rank_of(quantile, self->count);
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += self->buckets[i];
        if (seen < rank)
            continue;
        uint64_t low, high;
        histogram_bucket(i, &low, &high);
        return clamp(high, self->min_us, self->max_us);
    }
    return self->max_us;
}

double histogram_mean(const struct histogram *self)
{
    must(self != NULL);
    return self->count == 0 ? 0 : (double)self->sum_us / (double)self->count;
}

static size_t put(uint8_t *out, size_t size, size_t at, uint64_t value)
{
    do {
        must(at < size);
        uint8_t low = value & 0x7f;
        value >>= 7;
        out[at++] = (uint8_t)(low | (value > 0 ? 0x80 : 0));
    } while (value > 0);
    return at;
}

size_t histogram_encode(const struct histogram *self, uint8_t *out, size_t size)
{
    must(self != NULL && out != NULL);
    must(size > 0);
    size_t at = put(out, size, 0, FORMAT);
    at = put(out, size, at, self->count);
    at = put(out, size, at, self->sum_us);
    at = put(out, size, at, self->count > 0 ? self->min_us : 0);
    at = put(out, size, at, self->max_us);
    uint64_t empty = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (self->buckets[i] == 0) {
            empty++;
            continue;
        }
        at = put(out, size, at, empty);
        at = put(out, size, at, self->buckets[i]);
        empty = 0;
    }
    return at;
}

struct input {
    const uint8_t *bytes;
    size_t length, at;
};

/* One varint; false at the end of the input, past 64 bits, and when it could have been written shorter. */
static bool get(struct input *in, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < VARINT_MAX && in->at < in->length; i++) {
        uint8_t byte = in->bytes[in->at++];
        if (i == VARINT_MAX - 1 && byte > 1)
            return false;
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0)
            return byte != 0 || i == 0;
    }
    return false;
}

/* What the buckets alone say about the histogram. */
struct bounds {
    uint64_t count;
    wide sum_low, sum_high;
    size_t first, last; /* non-empty buckets */
};

static bool get_buckets(struct histogram *out, struct input *in, struct bounds *bounds)
{
    size_t next = 0; /* bucket that a gap of 0 means */
    while (in->at < in->length) {
        uint64_t gap, count, low, high;
        if (!get(in, &gap) || !get(in, &count))
            return false;
        if (gap >= HISTOGRAM_BUCKETS - next || count == 0 || count > out->count - bounds->count)
            return false;
        size_t index = next + (size_t)gap;
        histogram_bucket(index, &low, &high);
        out->buckets[index] = count;
        if (bounds->count == 0)
            bounds->first = index;
        bounds->last = index;
        bounds->count += count;
        bounds->sum_low += (wide)low * count;
        bounds->sum_high += (wide)high * count;
        next = index + 1;
    }
    return bounds->count == out->count;
}

/* The exact numbers must agree with the buckets. */
static bool consistent(const struct histogram *self, const struct bounds *bounds)
{
    if (self->count == 0)
        return self->sum_us == 0 && self->min_us == 0 && self->max_us == 0;
    return self->min_us <= self->max_us && self->max_us <= HISTOGRAM_US_MAX &&
           bucket_of(self->min_us) == bounds->first && bucket_of(self->max_us) == bounds->last &&
           self->sum_us >= bounds->sum_low && self->sum_us <= bounds->sum_high;
}

bool histogram_decode(struct histogram *out, const uint8_t *bytes, size_t length)
{
    must(out != NULL);
    must(bytes != NULL || length == 0);
    histogram_init(out);
    struct input in = {.bytes = bytes, .length = length};
    struct bounds bounds = {0};
    uint64_t format;
    bool good = get(&in, &format) && format == FORMAT && get(&in, &out->count) && get(&in, &out->sum_us) &&
                get(&in, &out->min_us) && get(&in, &out->max_us) && get_buckets(out, &in, &bounds) &&
                consistent(out, &bounds);
    if (!good)
        histogram_init(out);
    else if (out->count == 0)
        out->min_us = UINT64_MAX;
    return good;
}
