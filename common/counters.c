#include "common/counters.h"

#include "common/must.h"

#include <string.h>

static const struct counters_row rows[COUNTERS_COUNT] = {
#define ROW(name, unit, help) {#name, unit, help},
    COUNTERS(ROW)
#undef ROW
};

static const size_t offsets[COUNTERS_COUNT] = {
#define OFFSET(name, unit, help) offsetof(struct counters, name),
    COUNTERS(OFFSET)
#undef OFFSET
};

const struct counters_row *counters_row(size_t index)
{
    must(index < COUNTERS_COUNT);
    return &rows[index];
}

uint64_t counters_get(const struct counters *self, size_t index)
{
    must(self != NULL);
    must(index < COUNTERS_COUNT);
    uint64_t value;
    memcpy(&value, (const char *)self + offsets[index], sizeof value);
    return value;
}

void counters_set(struct counters *self, size_t index, uint64_t value)
{
    must(self != NULL);
    must(index < COUNTERS_COUNT);
    memcpy((char *)self + offsets[index], &value, sizeof value);
}

size_t counters_find(const char *name, size_t length)
{
    must(name != NULL || length == 0);
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return i;
    return COUNTERS_COUNT;
}

void counters_add(struct counters *self, const struct counters *other)
{
    must(self != NULL);
    must(other != NULL);
#define ADD(name, unit, help) self->name += other->name;
    COUNTERS(ADD)
#undef ADD
}

bool counters_since(const struct counters *later, const struct counters *earlier, struct counters *out)
{
    must(later != NULL && earlier != NULL);
    must(out != NULL);
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        if (counters_get(later, i) < counters_get(earlier, i))
            return false;
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        counters_set(out, i, counters_get(later, i) - counters_get(earlier, i));
    return true;
}

/* Counters that came over the wire may claim more outcomes than events, so this never goes below 0. */
static uint64_t minus(uint64_t left, uint64_t right)
{
    return left > right ? left - right : 0;
}

uint64_t counters_in_flight(const struct counters *self)
{
    must(self != NULL);
    return minus(minus(minus(self->generated, self->delivered), self->failed), self->unknown);
}
