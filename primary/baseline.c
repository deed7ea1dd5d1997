#include "primary/baseline.h"

#include <stdlib.h>

#include "common/mem.h"

/* What is in flight at this moment counts as generated after it. */
static void settle(struct counters *counters)
{
    counters->generated -= counters_in_flight(counters);
}

struct baseline *baseline_new(const ledger_t *ledger, uint64_t now_us)
{
    must(ledger != NULL);
    struct baseline *self = mem_new(1, sizeof *self);
    ledger_totals(ledger, &self->all);
    settle(&self->all.counters);
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        ledger_phase_totals(ledger, (enum phase)i, &self->phases[i]);
        settle(&self->phases[i].counters);
        self->phase_us[i] = ledger_phase_us(ledger, (enum phase)i, now_us);
    }
    self->shards_count = ledger_shards_count(ledger);
    self->shards = mem_new(self->shards_count + 1, sizeof *self->shards);
    for (size_t i = 0; i < self->shards_count; i++)
        self->shards[i] = ledger_shard(ledger, i).events;
    self->errors_count = ledger_errors_count(ledger);
    self->errors = mem_new(self->errors_count + 1, sizeof *self->errors);
    for (size_t i = 0; i < self->errors_count; i++)
        self->errors[i] = ledger_error(ledger, i).events;
    return self;
}

void baseline_destroy(struct baseline **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->shards);
    free((*self_p)->errors);
    free(*self_p);
    *self_p = NULL;
}

static uint64_t after(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static void take_off(const struct histogram *before, struct histogram *now)
{
    struct histogram *difference = mem_new(1, sizeof *difference);
    if (histogram_since(now, before, difference))
        *now = *difference;
    free(difference);
}

void baseline_totals(const struct ledger_totals *before, struct ledger_totals *totals)
{
    must(before != NULL && totals != NULL);
    struct counters *now = &totals->counters;
    uint64_t in_flight = counters_in_flight(now);
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        counters_set(now, i, after(counters_get(now, i), counters_get(&before->counters, i)));
    now->generated = now->delivered + now->failed + now->unknown + in_flight;
    take_off(&before->due, &totals->due);
    take_off(&before->service, &totals->service);
}

uint64_t baseline_shard(const struct baseline *self, size_t index, uint64_t events)
{
    return self != NULL && index < self->shards_count ? after(events, self->shards[index]) : events;
}

uint64_t baseline_error(const struct baseline *self, size_t index, uint64_t events)
{
    return self != NULL && index < self->errors_count ? after(events, self->errors[index]) : events;
}
