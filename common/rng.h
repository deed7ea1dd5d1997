/*
 * rng - a seeded pseudo-random generator (xoshiro256++, seeded through splitmix64; Blackman and Vigna, 2019).
 *
 * The same seed gives the same sequence on every machine. Not for secrets. Each owner keeps its own.
 */
#ifndef FRESHET_RNG_H
#define FRESHET_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

/* Start the sequence `stream` of `seed`; different streams of a seed are unrelated. */
void rng_init(struct rng *self, uint64_t seed, uint64_t stream);

static inline uint64_t rng_rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

/* The next 64 random bits. In the header because the hot loop inlines it. */
static inline uint64_t rng_next(struct rng *self)
{
    uint64_t *s = self->state;
    uint64_t result = rng_rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotate(s[3], 45);
    return result;
}

/* Uniform in [0, bound) for bound > 0; the bias of one multiplication is below 2^-32. */
static inline uint32_t rng_below(struct rng *self, uint32_t bound)
{
    return (uint32_t)(((rng_next(self) >> 32) * bound) >> 32);
}

/* Uniform in [0, 1) with 53 bits. */
static inline double rng_unit(struct rng *self)
{
    return (double)(rng_next(self) >> 11) * 0x1.0p-53;
}

#endif
