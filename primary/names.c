#include "primary/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/must.h"

struct pair {
    char *first, *second;
};

struct names {
    size_t count_max;
    size_t count;
    struct pair *pairs; /* count_max + 1 at most; grows */
    size_t pairs_size;
    uint32_t *slots; /* open-addressed hash: index + 1, 0 empty */
    size_t slots_count;
};

static uint64_t hash_on(uint64_t h, const char *text)
{
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return h;
}

names_t *names_new(size_t count_max)
{
    must(count_max > 0 && count_max < UINT32_MAX / 4);
    names_t *self = mem_new(1, sizeof *self);
    self->count_max = count_max;
    self->slots_count = 16;
    while (self->slots_count < 2 * (count_max + 1))
        self->slots_count *= 2;
    self->slots = mem_new(self->slots_count, sizeof *self->slots);
    return self;
}

void names_clear(names_t *self)
{
    must(self != NULL);
    for (size_t i = 0; i < self->count; i++) {
        free(self->pairs[i].first);
        free(self->pairs[i].second);
    }
    self->count = 0;
    memset(self->slots, 0, self->slots_count * sizeof *self->slots);
}

void names_destroy(names_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    names_clear(*self_p);
    free((*self_p)->pairs);
    free((*self_p)->slots);
    free(*self_p);
    *self_p = NULL;
}

/* The slot that holds the pair, or the empty one where it would go. */
static size_t slot_of(const names_t *self, const char *first, const char *second)
{
    uint64_t h = hash_on(UINT64_C(14695981039346656037), first); /* FNV-1a */
    h = hash_on(h * UINT64_C(1099511628211), second);
    size_t slot = (size_t)(h ^ (h >> 32)) & (self->slots_count - 1);
    while (self->slots[slot] != 0) {
        const struct pair *pair = &self->pairs[self->slots[slot] - 1];
        if (strcmp(pair->first, first) == 0 && strcmp(pair->second, second) == 0)
            break;
        slot = (slot + 1) & (self->slots_count - 1);
    }
    return slot;
}

size_t names_index(names_t *self, const char *first, const char *second)
{
    must(self != NULL);
    must(first != NULL && second != NULL);
    size_t slot = slot_of(self, first, second);
    if (self->slots[slot] == 0 && self->count >= self->count_max) {
        first = "other";
        second = "";
        slot = slot_of(self, first, second);
    }
    if (self->slots[slot] != 0)
        return self->slots[slot] - 1;
    if (self->count == self->pairs_size) {
        self->pairs_size = self->pairs_size == 0 ? 16 : 2 * self->pairs_size;
        self->pairs = mem_resize(self->pairs, self->pairs_size, sizeof *self->pairs);
    }
    self->pairs[self->count] = (struct pair){mem_text(first), mem_text(second)};
    self->slots[slot] = (uint32_t)++self->count;
    return self->count - 1;
}

size_t names_count(const names_t *self)
{
    must(self != NULL);
    return self->count;
}

const char *names_first(const names_t *self, size_t index)
{
    must(index < names_count(self));
    return self->pairs[index].first;
}

const char *names_second(const names_t *self, size_t index)
{
    must(index < names_count(self));
    return self->pairs[index].second;
}
