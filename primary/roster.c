#include "primary/roster.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct roster {
    size_t capacity;
    size_t count;                 /* indexes ever in use */
    uint64_t silence_us_max;      /* silent for longer means missing */
    struct roster_entry *entries; /* grows to capacity, so that a small fleet stays small */
    size_t entries_size;
    uint32_t *slots; /* open-addressed hash of id: index + 1, 0 empty */
    size_t slots_count;
};

static size_t hash(const char *id)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *id != '\0'; id++)
        h = (h ^ (unsigned char)*id) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 32));
}

roster_t *roster_new(size_t capacity, uint64_t silence_us_max)
{
    must(capacity > 0 && capacity < UINT32_MAX / 4);
    must(silence_us_max > 0);
    roster_t *self = mem_new(1, sizeof *self);
    self->capacity = capacity;
    self->silence_us_max = silence_us_max;
    self->slots_count = 16;
    while (self->slots_count < 2 * capacity)
        self->slots_count *= 2;
    self->slots = mem_new(self->slots_count, sizeof *self->slots);
    return self;
}

void roster_destroy(roster_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->entries);
    free((*self_p)->slots);
    free(*self_p);
    *self_p = NULL;
}

/* The slot that holds `id`, or the empty one where it would go. */
static size_t slot_of(const roster_t *self, const char *id)
{
    size_t slot = hash(id) & (self->slots_count - 1);
    while (self->slots[slot] != 0 && strcmp(self->entries[self->slots[slot] - 1].id, id) != 0)
        slot = (slot + 1) & (self->slots_count - 1);
    return slot;
}

static bool id_fits(const char *id)
{
    size_t length = strnlen(id, WIRE_ID_MAX);
    return length > 0 && length < WIRE_ID_MAX;
}

/* A free index, or the capacity when there is none. */
static size_t vacancy(const roster_t *self)
{
    if (self->count < self->capacity)
        return self->count;
    for (size_t i = 0; i < self->count; i++) {
        if (self->entries[i].state == ROSTER_VACANT)
            return i;
    }
    return self->capacity;
}

static struct roster_entry *add(roster_t *self, size_t index, const char *id)
{
    if (index == self->entries_size) {
        self->entries_size = self->entries_size == 0 ? 16 : 2 * self->entries_size;
        self->entries = mem_resize(self->entries, self->entries_size, sizeof *self->entries);
    }
    struct roster_entry *entry = &self->entries[index];
    memset(entry, 0, sizeof *entry);
    memcpy(entry->id, id, strlen(id) + 1);
    entry->process = ROSTER_PROCESS_REMOTE;
    if (index == self->count)
        self->count++;
    self->slots[slot_of(self, id)] = (uint32_t)index + 1;
    return entry;
}

/* And may return. */
static bool is_missing(const struct roster_entry *entry)
{
    if (entry->ended)
        return false;
    return entry->state == ROSTER_MISSING || entry->state == ROSTER_REPLACED;
}

enum roster_seen roster_join(roster_t *self, const char *id, const char *version, bool freshet,
                             uint64_t now_us, size_t *index_out)
{
    must(self != NULL && id != NULL);
    must(version != NULL && index_out != NULL);
    if (!id_fits(id))
        return ROSTER_BAD_ID;
    size_t index;
    struct roster_entry *entry;
    enum roster_seen seen = ROSTER_JOINED;
    if (roster_find(self, id, &index)) {
        entry = &self->entries[index];
        if (is_missing(entry))
            seen = ROSTER_RETURNED;
        else if (entry->state != ROSTER_LEFT || entry->ended)
            seen = ROSTER_KNOWN;
    } else {
        index = vacancy(self);
        if (index == self->capacity)
            return ROSTER_FULL;
        entry = add(self, index, id);
    }
    if (seen == ROSTER_JOINED)
        entry->joined_us = now_us;
    if (seen != ROSTER_KNOWN) {
        entry->state = ROSTER_READY;
        entry->users = 0;
    }
    size_t length = strnlen(version, WIRE_VERSION_MAX - 1);
    memcpy(entry->version, version, length);
    entry->version[length] = '\0';
    entry->freshet = freshet;
    entry->seen_us = now_us;
    *index_out = index;
    return seen;
}

enum roster_seen roster_see(roster_t *self, const char *id, uint64_t now_us, size_t *index_out)
{
    must(self != NULL && id != NULL);
    must(index_out != NULL);
    if (!id_fits(id))
        return ROSTER_BAD_ID;
    size_t index;
    if (!roster_find(self, id, &index))
        return ROSTER_STRANGER;
    struct roster_entry *entry = &self->entries[index];
    if (entry->state == ROSTER_LEFT)
        return ROSTER_STRANGER;
    bool returned = is_missing(entry);
    if (returned)
        entry->state = ROSTER_READY;
    must(now_us >= entry->seen_us);
    entry->seen_us = now_us;
    *index_out = index;
    return returned ? ROSTER_RETURNED : ROSTER_KNOWN;
}

bool roster_find(const roster_t *self, const char *id, size_t *index_out)
{
    must(self != NULL && id != NULL);
    must(index_out != NULL);
    uint32_t place = self->slots[slot_of(self, id)];
    if (place == 0)
        return false;
    *index_out = place - 1;
    return true;
}

static struct roster_entry *entry_at(roster_t *self, size_t index)
{
    must(self != NULL);
    must(index < self->count);
    return &self->entries[index];
}

void roster_set_state(roster_t *self, size_t index, enum roster_state state)
{
    struct roster_entry *entry = entry_at(self, index);
    must(state == ROSTER_READY || state == ROSTER_SPAWNING || state == ROSTER_RUNNING);
    if (roster_alive(self, index))
        entry->state = state;
}

void roster_set_load(roster_t *self, size_t index, double cpu_percent, uint64_t memory_bytes)
{
    struct roster_entry *entry = entry_at(self, index);
    entry->cpu_percent = cpu_percent;
    entry->memory_bytes = memory_bytes;
}

void roster_set_clock(roster_t *self, size_t index, uint64_t round_trip_us, int64_t offset_us,
                      uint64_t error_us)
{
    struct roster_entry *entry = entry_at(self, index);
    entry->round_trip_us = round_trip_us > 0 ? round_trip_us : 1;
    entry->clock_offset_us = offset_us;
    entry->clock_error_us = error_us;
}

void roster_set_slowest(roster_t *self, size_t index, uint64_t round_trip_us)
{
    entry_at(self, index)->slowest_us = round_trip_us;
}

void roster_set_users(roster_t *self, size_t index, uint64_t users)
{
    entry_at(self, index)->users = users;
}

void roster_set_process(roster_t *self, size_t index, int process)
{
    entry_at(self, index)->process = process;
}

static bool lose(roster_t *self, size_t index)
{
    struct roster_entry *entry = entry_at(self, index);
    if (!roster_alive(self, index))
        return false;
    entry->state = ROSTER_MISSING;
    entry->users = 0;
    return true;
}

static uint64_t silence_of(const roster_t *self, const struct roster_entry *entry)
{
    uint64_t most_us =
        self->silence_us_max > ROSTER_SILENCE_US_MAX ? self->silence_us_max : ROSTER_SILENCE_US_MAX;
    uint64_t room_us = (most_us - self->silence_us_max) / ROSTER_SILENCE_TRIPS;
    uint64_t slowest_us = entry->slowest_us < room_us ? entry->slowest_us : room_us;
    return self->silence_us_max + slowest_us * ROSTER_SILENCE_TRIPS;
}

size_t roster_sweep(roster_t *self, uint64_t now_us, size_t *lost)
{
    must(self != NULL);
    size_t changed = 0;
    for (size_t i = 0; i < self->count; i++) {
        uint64_t seen_us = self->entries[i].seen_us, silence_us = silence_of(self, &self->entries[i]);
        if (now_us < seen_us || now_us - seen_us <= silence_us || !lose(self, i))
            continue;
        if (lost != NULL)
            lost[changed] = i;
        changed++;
    }
    return changed;
}

void roster_excuse(roster_t *self, uint64_t length_us, uint64_t now_us)
{
    must(self != NULL);
    for (size_t i = 0; i < self->count; i++) {
        uint64_t seen_us = self->entries[i].seen_us;
        must(seen_us <= now_us);
        self->entries[i].seen_us = now_us - seen_us > length_us ? seen_us + length_us : now_us;
    }
}

bool roster_end(roster_t *self, size_t index)
{
    entry_at(self, index)->ended = true;
    return lose(self, index);
}

void roster_leave(roster_t *self, size_t index)
{
    struct roster_entry *entry = entry_at(self, index);
    must(entry->state != ROSTER_VACANT);
    entry->state = ROSTER_LEFT;
    entry->users = 0;
}

size_t roster_host_length(const char *id)
{
    must(id != NULL);
    const char *end = strrchr(id, '_');
    return end != NULL ? (size_t)(end - id) : strlen(id);
}

bool roster_replace(roster_t *self, size_t index, size_t *replaced_out)
{
    must(replaced_out != NULL);
    const struct roster_entry *entry = entry_at(self, index);
    size_t length = roster_host_length(entry->id);
    for (size_t i = 0; i < self->count; i++) {
        struct roster_entry *other = &self->entries[i];
        if (other->state != ROSTER_MISSING || roster_host_length(other->id) != length ||
            strncmp(other->id, entry->id, length) != 0)
            continue;
        other->state = ROSTER_REPLACED;
        *replaced_out = i;
        return true;
    }
    return false;
}

void roster_prune(roster_t *self)
{
    must(self != NULL);
    memset(self->slots, 0, self->slots_count * sizeof *self->slots);
    for (size_t i = 0; i < self->count; i++) {
        struct roster_entry *entry = &self->entries[i];
        if (!roster_alive(self, i))
            memset(entry, 0, sizeof *entry); /* ROSTER_VACANT */
        else
            self->slots[slot_of(self, entry->id)] = (uint32_t)i + 1;
    }
    while (self->count > 0 && self->entries[self->count - 1].state == ROSTER_VACANT)
        self->count--;
}

const struct roster_entry *roster_at(const roster_t *self, size_t index)
{
    must(self != NULL);
    must(index < self->count);
    return &self->entries[index];
}

size_t roster_count(const roster_t *self)
{
    must(self != NULL);
    return self->count;
}

bool roster_alive(const roster_t *self, size_t index)
{
    enum roster_state state = roster_at(self, index)->state;
    return state == ROSTER_READY || state == ROSTER_SPAWNING || state == ROSTER_RUNNING;
}

size_t roster_alive_count(const roster_t *self)
{
    size_t alive = 0;
    for (size_t i = 0; i < roster_count(self); i++)
        alive += roster_alive(self, i);
    return alive;
}

const char *roster_state_name(enum roster_state state)
{
    static const char *const names[] = {"vacant",  "ready", "spawning", "running",
                                        "missing", "left",  "replaced"};
    must(state <= ROSTER_REPLACED);
    return names[state];
}
