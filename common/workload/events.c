#include "common/workload/events.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/must.h"
#include "common/workload/events_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALL_US_MAX = FRESHET_SCRIPT_CALL_MS * 1000, /* far below a lease: who loops is heard before it is lost */
    LOOK_US_MIN = 200,                           /* the clock is looked at about so often, in CPU time */
    LOOK_US_MAX = 1000,
};

/* What lua/base.lua declares: pointers, numbers, 32-bit numbers, and two flags. */
_Static_assert(offsetof(struct events, user) == 15 * sizeof(void *), "see lua/base.lua");
_Static_assert(offsetof(struct events, random_at) == 15 * sizeof(void *) + 4 * sizeof(double) + 36,
               "see lua/base.lua");
_Static_assert(offsetof(struct events, full) == offsetof(struct events, random_at) + 12, "see lua/base.lua");

static void refill(events_t *self)
{
    for (size_t i = 0; i < EVENTS_RANDOM; i++) {
        uint64_t bits = rng_next(&self->rng);
        self->random[2 * i] = (uint32_t)bits;
        self->random[2 * i + 1] = (uint32_t)(bits >> 32);
    }
    self->random_at = 0;
}

/* The clock is read often enough for slow turns, and seldom enough to cost nothing where they are fast. */
static bool may_go_on(events_t *self)
{
    uint64_t now_us = clock_thread_cpu_us();
    if (self->started_us == 0) {
        self->started_us = now_us; /* the first look of this call */
    } else {
        if (now_us - self->started_us > self->call_us_max)
            return false;
        uint64_t since_us = now_us - self->looked_us;
        if (since_us < LOOK_US_MIN && self->step < EVENTS_TICKS_MAX)
            self->step *= 2;
        else if (since_us > LOOK_US_MAX && self->step > 1)
            self->step /= 2;
    }
    self->looked_us = now_us;
    self->ticks = self->step;
    return true;
}

static void grow(events_t *self, uint32_t count)
{
    self->ids_room = mem_resize(self->ids_room, count, SENSOR_IDS_MAX);
    self->lengths_room = mem_resize(self->lengths_room, count, 1);
    self->ends = mem_resize(self->ends, count, sizeof *self->ends);
    self->keys = mem_resize(self->keys, count, EVENTS_KEY_MAX);
    self->key_lengths = mem_resize(self->key_lengths, count, sizeof *self->key_lengths);
    self->ids = self->ids_room;
    self->lengths = self->lengths_room;
    for (uint32_t i = self->capacity; i < count; i++) {
        char *id = (char *)self->ids_room + (size_t)i * SENSOR_IDS_MAX;
        memset(id, 0, SENSOR_IDS_MAX);
        self->lengths_room[i] = (uint8_t)(SENSOR_IDS_GROUP + sensor_ids_number(id + SENSOR_IDS_GROUP, i));
    }
    self->capacity = count;
}

void events_begin(events_t *self, uint64_t user, uint32_t count, int64_t now_ms)
{
    must(self != NULL);
    if (count > self->capacity)
        grow(self, count);
    char group[SENSOR_IDS_GROUP];
    sensor_ids_group(&self->names, user, group);
    uint8_t *id = self->ids_room;
    for (uint32_t i = 0; i < count; i++, id += SENSOR_IDS_MAX)
        memcpy(id, group, sizeof group);
    self->user = (double)user;
    self->now_ms = (double)now_ms;
    self->now_length = snprintf(self->now_text, sizeof self->now_text, "%lld", (long long)now_ms);
    self->number += self->made;
    self->made = 0;
}

void events_init(events_t *self, uint64_t seed, uint64_t stream, uint64_t run_id)
{
    must(self != NULL);
    *self = (struct events){
        .text = events_json_text,
        .escaped = events_json_escaped,
        .quoted = events_json_quoted,
        .bare = events_json_bare,
        .shortest = events_json_number,
        .decimal = events_json_decimal,
        .refill = refill,
        .may_go_on = may_go_on,
        .run_id = run_id,
        .step = 1,
        .call_us_max = CALL_US_MAX,
        .limit = EVENTS_CHUNK_BYTES + EVENTS_EVENT_MAX,
        .random = mem_new(2 * EVENTS_RANDOM, sizeof *self->random),
    };
    self->bytes = mem_new((size_t)self->limit + EVENTS_FIXED_MAX + SENSOR_IDS_MAX, 1);
    rng_init(&self->rng, seed, stream);
    sensor_ids_init(&self->names, seed, stream);
    refill(self);
    events_begin(self, 0, 1, 0); /* nothing that Lua might look at is ever missing */
}

void events_fini(events_t *self)
{
    must(self != NULL);
    free(self->bytes);
    free(self->ids_room);
    free(self->lengths_room);
    free(self->ends);
    free(self->keys);
    free(self->key_lengths);
    free(self->random);
    memset(self, 0, sizeof *self);
}

void events_watch(events_t *self)
{
    must(self != NULL);
    self->started_us = 0;
}
