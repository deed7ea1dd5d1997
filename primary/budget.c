#include "primary/budget.h"

#include <stdlib.h>

#include "common/mem.h"

enum { PLACES = 1 << 15, WINDOW_US = 1000000 };

struct place {
    uint64_t window;
    uint32_t messages, bytes;
};

struct budget {
    uint64_t seed;
    struct place places[PLACES];
};

budget_t *budget_new(uint64_t seed)
{
    budget_t *self = mem_new(1, sizeof *self);
    self->seed = seed;
    return self;
}

void budget_destroy(budget_t **self_p)
{
    must(self_p != NULL);
    free(*self_p);
    *self_p = NULL;
}

static size_t place_of(const budget_t *self, const unsigned char *identity, size_t length)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ self->seed; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        h = (h ^ identity[i]) * UINT64_C(1099511628211);
    h ^= h >> 32;
    return (size_t)(h ^ (h >> 15)) & (PLACES - 1);
}

bool budget_take(budget_t *self, const void *identity, size_t length, size_t bytes, uint64_t now_us)
{
    must(self != NULL);
    must(identity != NULL || length == 0);
    struct place *place = &self->places[place_of(self, identity, length)];
    uint64_t window = now_us / WINDOW_US;
    if (place->window != window)
        *place = (struct place){.window = window};
    if (place->messages >= BUDGET_MESSAGES || bytes > BUDGET_BYTES - place->bytes)
        return false;
    place->messages++;
    place->bytes += (uint32_t)bytes;
    return true;
}
