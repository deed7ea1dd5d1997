#include "common/rng.h"

#include "common/must.h"

#include <stddef.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

void rng_init(struct rng *self, uint64_t seed, uint64_t stream)
{
    must(self != NULL);
    uint64_t state = seed;
    state = splitmix(&state) ^ stream * 0xd1342543de82ef95U;
    for (size_t i = 0; i < 4; i++)
        self->state[i] = splitmix(&state);
}
