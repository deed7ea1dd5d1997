#include "primary/stretch.h"

#include <math.h>
#include <stdlib.h>

#include "common/mem.h"

struct mark { /* of a secondary, by its own report */
    uint64_t delivered, elapsed_us;
};

struct stretch {
    uint64_t begun_us;
    struct baseline *books; /* owned */
    struct mark *marks;     /* owned */
    size_t marks_count;
    struct ledger_totals totals;
    struct threshold_error *errors; /* owned */
    struct threshold_facts facts;
};

stretch_t *stretch_new(const ledger_t *ledger, uint64_t now_us)
{
    must(ledger != NULL);
    stretch_t *self = mem_new(1, sizeof *self);
    self->begun_us = now_us;
    self->books = baseline_new(ledger, now_us);
    self->marks_count = ledger_count(ledger);
    self->marks = mem_new(self->marks_count + 1, sizeof *self->marks);
    for (size_t i = 0; i < self->marks_count; i++) {
        const struct ledger_member *member = ledger_member(ledger, i);
        self->marks[i] = (struct mark){member->counters.delivered, member->elapsed_us};
    }
    return self;
}

void stretch_destroy(stretch_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    baseline_destroy(&(*self_p)->books);
    free((*self_p)->marks);
    free((*self_p)->errors);
    free(*self_p);
    *self_p = NULL;
}

uint64_t stretch_begun_us(const stretch_t *self)
{
    must(self != NULL);
    return self->begun_us;
}

static double delivered_per_s(const stretch_t *self, const ledger_t *ledger)
{
    double sum = 0;
    for (size_t i = 0; i < ledger_count(ledger); i++) {
        const struct ledger_member *member = ledger_member(ledger, i);
        struct mark from = i < self->marks_count ? self->marks[i] : (struct mark){0, 0};
        if (!member->known || member->lost || member->elapsed_us <= from.elapsed_us ||
            member->counters.delivered < from.delivered)
            continue;
        sum += (double)(member->counters.delivered - from.delivered) * 1e6 /
               (double)(member->elapsed_us - from.elapsed_us);
    }
    return sum;
}

const struct threshold_facts *stretch_facts(stretch_t *self, const ledger_t *ledger, double asked_per_s,
                                            uint64_t now_us)
{
    must(self != NULL && ledger != NULL);
    must(now_us >= self->begun_us);
    free(self->errors);
    ledger_totals(ledger, &self->totals);
    baseline_totals(&self->books->all, &self->totals);
    self->facts = (struct threshold_facts){.counters = self->totals.counters,
                                           .due = &self->totals.due,
                                           .service = &self->totals.service,
                                           .delivered_per_s = delivered_per_s(self, ledger),
                                           .lag_us = stretch_lag_us(ledger)};
    self->facts.achieved = asked_per_s > 0 ? fmin(self->facts.delivered_per_s / asked_per_s, 1) : -1;
    self->facts.errors = self->errors = stretch_errors(ledger, self->books, &self->facts.errors_count);
    return &self->facts;
}

uint64_t stretch_lag_us(const ledger_t *ledger)
{
    must(ledger != NULL);
    uint64_t most = 0;
    for (size_t i = 0; i < ledger_count(ledger); i++) {
        const struct ledger_member *member = ledger_member(ledger, i);
        if (member->known && !member->lost && member->lag_us > most)
            most = member->lag_us;
    }
    return most;
}

struct threshold_error *stretch_errors(const ledger_t *ledger, const struct baseline *from, size_t *count_out)
{
    must(ledger != NULL && count_out != NULL);
    size_t count = ledger_errors_count(ledger);
    struct threshold_error *out = mem_new(count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        struct ledger_error error = ledger_error(ledger, i);
        out[i] = (struct threshold_error){error.code, baseline_error(from, i, error.events)};
    }
    *count_out = count;
    return out;
}
