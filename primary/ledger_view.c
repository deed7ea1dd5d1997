#include "primary/ledger.h"

#include <string.h>

#include "primary/ledger_books.h"

static void add_lost(struct counters *counters, uint64_t generated, uint64_t unknown)
{
    counters->generated += generated;
    counters->unknown += unknown;
}

struct counters ledger_counters(const ledger_t *self)
{
    must(self != NULL);
    struct counters out = self->reported.counters;
    for (size_t i = 0; i < PHASE_COUNT; i++)
        add_lost(&out, self->lost_generated[i], self->lost_unknown[i]);
    return out;
}

void ledger_totals(const ledger_t *self, struct ledger_totals *out)
{
    must(self != NULL && out != NULL);
    *out = self->reported;
    out->counters = ledger_counters(self);
}

void ledger_phase_totals(const ledger_t *self, enum phase phase, struct ledger_totals *out)
{
    must(self != NULL && out != NULL);
    must(phase < PHASE_COUNT);
    *out = self->phases[phase];
    add_lost(&out->counters, self->lost_generated[phase], self->lost_unknown[phase]);
}

const struct ledger_totals *ledger_reported(const ledger_t *self)
{
    must(self != NULL);
    return &self->reported;
}

uint64_t ledger_lost_unknown(const ledger_t *self)
{
    must(self != NULL);
    uint64_t unknown = 0;
    for (size_t i = 0; i < PHASE_COUNT; i++)
        unknown += self->lost_unknown[i];
    return unknown;
}

void ledger_rates(const ledger_t *self, uint64_t now_us, double rates[COUNTERS_COUNT])
{
    must(self != NULL);
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        rates[i] = 0;
    for (size_t m = 0; m < self->count; m++) {
        const struct ledger_member *view = &self->members[m].view;
        bool fresh = view->reported_us > 0 && now_us - view->reported_us <= RATE_AGE_US_MAX;
        if (!fresh || view->lost || view->final)
            continue;
        for (size_t i = 0; i < COUNTERS_COUNT; i++)
            rates[i] += view->rates[i];
    }
}

bool ledger_marked(const ledger_t *self, struct counters *out)
{
    must(self != NULL && out != NULL);
    bool complete = true;
    memset(out, 0, sizeof *out);
    for (size_t m = 0; m < self->count; m++) {
        const struct member *member = &self->members[m];
        bool marked = self->mark_us > 0 && member->marked_us == self->mark_us;
        counters_add(out, marked ? &member->marked : &member->view.counters);
        complete = complete && (marked || !member->view.known || member->view.lost || member->view.final);
    }
    return complete;
}

const struct ledger_member *ledger_member(const ledger_t *self, size_t index)
{
    must(self != NULL);
    must(index < self->count);
    return &self->members[index].view;
}

size_t ledger_count(const ledger_t *self)
{
    must(self != NULL);
    return self->count;
}

static bool alive(const struct ledger_member *view)
{
    return view->known && !view->lost && !view->left;
}

size_t ledger_alive_count(const ledger_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger_count(self); i++)
        count += alive(&self->members[i].view);
    return count;
}

size_t ledger_final_count(const ledger_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger_count(self); i++)
        count += alive(&self->members[i].view) && self->members[i].view.final;
    return count;
}

size_t ledger_obeying_count(const ledger_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger_count(self); i++) {
        const struct ledger_member *view = &self->members[i].view;
        count += alive(view) && view->reported_us > 0 && view->epoch >= view->epoch_sent;
    }
    return count;
}

size_t ledger_started_count(const ledger_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger_count(self); i++) {
        const struct ledger_member *view = &self->members[i].view;
        count += alive(view) && view->reported_us > 0 && view->epoch > 0;
    }
    return count;
}

size_t ledger_lost_count(const ledger_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger_count(self); i++)
        count += self->members[i].view.lost;
    return count;
}

size_t ledger_shards_count(const ledger_t *self)
{
    must(self != NULL);
    return self->shards.count;
}

struct ledger_shard ledger_shard(const ledger_t *self, size_t index)
{
    must(index < ledger_shards_count(self));
    return (struct ledger_shard){names_first(self->shard_names, index), self->shards.values[index]};
}

size_t ledger_errors_count(const ledger_t *self)
{
    must(self != NULL);
    return self->errors.count;
}

struct ledger_error ledger_error(const ledger_t *self, size_t index)
{
    must(index < ledger_errors_count(self));
    return (struct ledger_error){names_first(self->error_names, index),
                                 names_second(self->error_names, index), self->errors.values[index],
                                 self->times[index].first_ms, self->times[index].last_ms};
}
