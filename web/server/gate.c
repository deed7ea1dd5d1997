#include "web/server/gate.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct entry {
    enum gate_state state;
    bool leaving; /* told to go */
    int handle;
    uint64_t since_us; /* of the state; in GATE_LIVE of the last event */
    uint8_t address[GATE_ADDRESS_BYTES];
};

struct gate {
    size_t connections_max;
    size_t per_address_max;
    size_t count;
    size_t capacity; /* a few more than connections_max: those told to go still hold a slot */
    struct entry *entries;
};

gate_t *gate_new(size_t connections_max, size_t per_address_max)
{
    must(connections_max > 0 && per_address_max > 0);
    must(connections_max <= 65536);
    gate_t *self = mem_new(1, sizeof *self);
    self->connections_max = connections_max;
    self->per_address_max = per_address_max;
    self->capacity = connections_max + connections_max / 4 + 1;
    self->entries = mem_new(self->capacity, sizeof *self->entries);
    return self;
}

void gate_destroy(gate_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->entries);
    free(*self_p);
    *self_p = NULL;
}

struct census {
    size_t staying;      /* connections that were not told to go */
    size_t staying_here; /* of them from this address */
    int free_slot;
    int oldest;      /* the waiting one that waits for longest */
    int oldest_here; /* of this address */
};

static bool older(const gate_t *self, int slot, size_t than)
{
    return slot == GATE_NONE || self->entries[than].since_us < self->entries[slot].since_us;
}

static struct census count(const gate_t *self, const uint8_t address[GATE_ADDRESS_BYTES])
{
    struct census census = {0, 0, GATE_NONE, GATE_NONE, GATE_NONE};
    for (size_t i = 0; i < self->capacity; i++) {
        const struct entry *entry = &self->entries[i];
        if (entry->state == GATE_FREE && census.free_slot == GATE_NONE)
            census.free_slot = (int)i;
        if (entry->state == GATE_FREE || entry->leaving)
            continue;
        bool here = memcmp(entry->address, address, GATE_ADDRESS_BYTES) == 0;
        census.staying++;
        census.staying_here += here ? 1 : 0;
        bool waiting = entry->state == GATE_HEAD || entry->state == GATE_BODY;
        if (waiting && older(self, census.oldest, i))
            census.oldest = (int)i;
        if (waiting && here && older(self, census.oldest_here, i))
            census.oldest_here = (int)i;
    }
    return census;
}

int gate_open(gate_t *self, const uint8_t address[GATE_ADDRESS_BYTES], int handle, uint64_t now_us,
              int *victim_out)
{
    must(self != NULL && address != NULL);
    must(victim_out != NULL);
    *victim_out = GATE_NONE;
    struct census census = count(self, address);
    if (census.free_slot == GATE_NONE)
        return GATE_NONE;
    bool crowded_here = census.staying_here >= self->per_address_max;
    if (crowded_here || census.staying >= self->connections_max) {
        *victim_out = crowded_here ? census.oldest_here : census.oldest;
        if (*victim_out == GATE_NONE)
            return GATE_NONE;
        self->entries[*victim_out].leaving = true;
    }
    struct entry *entry = &self->entries[census.free_slot];
    *entry = (struct entry){.state = GATE_HEAD, .handle = handle, .since_us = now_us};
    memcpy(entry->address, address, GATE_ADDRESS_BYTES);
    self->count++;
    return census.free_slot;
}

void gate_note(gate_t *self, int slot, enum gate_state state, uint64_t now_us)
{
    must(self != NULL && state != GATE_FREE);
    must(slot >= 0 && (size_t)slot < self->capacity);
    must(self->entries[slot].state != GATE_FREE);
    self->entries[slot].state = state;
    self->entries[slot].since_us = now_us;
}

void gate_close(gate_t *self, int slot)
{
    must(self != NULL && self->count > 0);
    must(slot >= 0 && (size_t)slot < self->capacity);
    must(self->entries[slot].state != GATE_FREE);
    self->entries[slot].state = GATE_FREE;
    self->count--;
}

static uint64_t limit_us(enum gate_state state)
{
    switch (state) {
    case GATE_HEAD:
        return GATE_HEAD_US;
    case GATE_BODY:
        return GATE_BODY_US;
    case GATE_SEND:
        return GATE_SEND_US;
    case GATE_LIVE:
        return GATE_LIVE_US;
    default:
        return UINT64_MAX;
    }
}

int gate_overdue(const gate_t *self, int slot, uint64_t now_us)
{
    must(self != NULL);
    must(slot >= GATE_NONE);
    for (size_t i = slot == GATE_NONE ? 0 : (size_t)slot + 1; i < self->capacity; i++) {
        const struct entry *entry = &self->entries[i];
        uint64_t age_us = now_us > entry->since_us ? now_us - entry->since_us : 0;
        if (entry->state != GATE_FREE && age_us >= limit_us(entry->state))
            return (int)i;
    }
    return GATE_NONE;
}

int gate_handle(const gate_t *self, int slot)
{
    must(self != NULL);
    must(slot >= 0 && (size_t)slot < self->capacity);
    return self->entries[slot].handle;
}

size_t gate_count(const gate_t *self)
{
    must(self != NULL);
    return self->count;
}
