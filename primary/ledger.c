#include "primary/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/plan.h"
#include "primary/ledger_books.h"

static void totals_clear(struct ledger_totals *self)
{
    memset(&self->counters, 0, sizeof self->counters);
    histogram_init(&self->due);
    histogram_init(&self->service);
}

void ledger_counts_grow(struct counts *self, size_t count)
{
    if (count <= self->count)
        return;
    self->values = mem_resize(self->values, count, sizeof *self->values);
    memset(self->values + self->count, 0, (count - self->count) * sizeof *self->values);
    self->count = count;
}

static void counts_free(struct counts *self)
{
    free(self->values);
    memset(self, 0, sizeof *self);
}

ledger_t *ledger_new(size_t capacity)
{
    must(capacity > 0);
    ledger_t *self = mem_new(1, sizeof *self);
    self->capacity = capacity;
    self->shard_names = names_new(WIRE_SHARDS_MAX);
    self->error_names = names_new(LEDGER_ERRORS_MAX);
    ledger_begin(self, 0, PLAN_EVENTS_UNLIMITED, 0);
    return self;
}

static void members_clear(ledger_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        struct member *member = &self->members[i];
        free(member->due);
        free(member->service);
        counts_free(&member->shards);
        counts_free(&member->errors);
    }
    self->count = 0;
}

static void names_forget(ledger_t *self)
{
    names_clear(self->shard_names);
    names_clear(self->error_names);
    counts_free(&self->shards);
    counts_free(&self->errors);
    counts_free(&self->scratch_shards);
    counts_free(&self->scratch_errors);
    free(self->times);
    self->times = NULL;
    self->times_count = 0;
}

void ledger_destroy(ledger_t **self_p)
{
    must(self_p != NULL);
    ledger_t *self = *self_p;
    if (self == NULL)
        return;
    members_clear(self);
    names_forget(self);
    names_destroy(&self->shard_names);
    names_destroy(&self->error_names);
    free(self->members);
    free(self);
    *self_p = NULL;
}

void ledger_begin(ledger_t *self, uint64_t run_id, uint64_t events, uint64_t now_us)
{
    must(self != NULL);
    members_clear(self);
    names_forget(self);
    self->run_id = run_id;
    self->events = events;
    self->phase = PHASE_RAMP;
    self->closed_us = self->mark_us = 0;
    totals_clear(&self->reported);
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        totals_clear(&self->phases[i]);
        self->lost_generated[i] = self->lost_unknown[i] = 0;
        self->phase_seen[i] = false;
        self->phase_us[i] = 0;
    }
    self->phase_seen[PHASE_RAMP] = true;
    self->phase_us[PHASE_RAMP] = now_us;
    self->asked = self->due_in_drain = 0;
    self->rate = (struct shape_line){.from_us = now_us, .to_us = SHAPE_FOREVER};
    self->asked_us = now_us;
}

/* ---- what is asked ---- */

/* All events of the run are generated: the moment, as far as known; else never. */
static uint64_t generated_until(const ledger_t *self)
{
    if (self->events == PLAN_EVENTS_UNLIMITED || ledger_counters(self).generated < self->events)
        return UINT64_MAX;
    uint64_t until_us = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (until_us < self->members[i].generated_until_us)
            until_us = self->members[i].generated_until_us;
    }
    return until_us;
}

double ledger_asked(const ledger_t *self, uint64_t now_us)
{
    must(self != NULL);
    if (self->phase != PHASE_STEADY)
        return self->asked;
    uint64_t until_us = generated_until(self);
    if (until_us > now_us)
        until_us = now_us;
    return self->asked + shape_line_sum(&self->rate, self->asked_us, until_us);
}

void ledger_curve(ledger_t *self, const struct shape_line *line, uint64_t now_us)
{
    must(self != NULL && line != NULL);
    must(line->from_us <= now_us && line->value >= 0 && line->value_to >= 0);
    self->asked = ledger_asked(self, now_us);
    self->asked_us = now_us;
    self->rate = *line;
}

void ledger_rate(ledger_t *self, double rate, uint64_t now_us)
{
    const struct shape_line line = {
        .from_us = now_us, .to_us = SHAPE_FOREVER, .value = rate, .value_to = rate};
    ledger_curve(self, &line, now_us);
}

/* Events in the requests that are under way by the last reports; what waits for a retry is not among them. */
static double requests_hold(const ledger_t *self)
{
    double events = 0;
    for (size_t i = 0; i < self->count; i++) {
        const struct ledger_member *member = &self->members[i].view;
        const struct counters *counters = &member->counters;
        if (!member->known || member->lost || counters->requests_sent == 0)
            continue;
        double size = (double)(counters->generated + counters->retried) / (double)counters->requests_sent;
        events += size * (double)member->batches_in_flight;
    }
    return events;
}

void ledger_phase(ledger_t *self, enum phase phase, uint64_t now_us)
{
    must(self != NULL);
    must(phase < PHASE_COUNT && phase >= self->phase);
    if (phase == self->phase)
        return;
    self->asked = ledger_asked(self, now_us);
    self->asked_us = now_us;
    if (phase == PHASE_DRAIN)
        self->due_in_drain = requests_hold(self);
    self->phase = phase;
    self->phase_us[phase] = now_us;
    self->phase_seen[phase] = true;
}

double ledger_achieved(const ledger_t *self, uint64_t now_us)
{
    double asked = ledger_asked(self, now_us);
    if (asked <= 0)
        return 1;
    double drained = (double)self->phases[PHASE_DRAIN].counters.delivered;
    double delivered = (double)self->phases[PHASE_STEADY].counters.delivered +
                       (drained < self->due_in_drain ? drained : self->due_in_drain);
    double ratio = delivered / asked;
    return ratio < 1 ? ratio : 1;
}

uint64_t ledger_phase_us(const ledger_t *self, enum phase phase, uint64_t now_us)
{
    must(self != NULL);
    must(phase < PHASE_COUNT);
    if (!self->phase_seen[phase])
        return 0;
    uint64_t end_us = self->closed_us > 0 ? self->closed_us : now_us;
    for (size_t next = (size_t)phase + 1; next < PHASE_COUNT; next++) {
        if (self->phase_seen[next]) {
            end_us = self->phase_us[next];
            break;
        }
    }
    return end_us > self->phase_us[phase] ? end_us - self->phase_us[phase] : 0;
}

void ledger_mark(ledger_t *self, uint64_t at_us)
{
    must(self != NULL && at_us > 0);
    self->mark_us = at_us;
}

/* ---- bounds ---- */

struct member *ledger_member_at(ledger_t *self, size_t index)
{
    must(self != NULL);
    must(index < self->capacity);
    if (index >= self->size) {
        size_t size = self->size == 0 ? 16 : self->size;
        while (size <= index)
            size *= 2;
        self->members = mem_resize(self->members, size, sizeof *self->members);
        self->size = size;
    }
    if (index >= self->count) {
        memset(self->members + self->count, 0, (index + 1 - self->count) * sizeof *self->members);
        self->count = index + 1;
    }
    return &self->members[index];
}

static uint64_t bound_of(const struct ledger_member *view)
{
    return view->allowed < view->quota ? view->allowed : view->quota;
}

void ledger_share(ledger_t *self, size_t index, uint64_t epoch, uint64_t quota, uint64_t bound)
{
    struct member *member = ledger_member_at(self, index);
    struct ledger_member *view = &member->view;
    must(bound <= quota);
    must(bound_of(view) <= quota); /* what was allowed can't be taken back */
    if (!view->known || view->quota != quota || member->quota_epoch == UINT64_MAX)
        member->quota_epoch = epoch;
    if (view->quota != quota)
        view->final = false; /* there may be more to do */
    view->known = true;
    view->lost = view->left = false;
    view->epoch_sent = epoch;
    if (view->allowed < bound)
        view->allowed = bound;
    view->quota = quota;
}

uint64_t ledger_acknowledge(ledger_t *self, size_t index)
{
    struct member *member = ledger_member_at(self, index);
    struct ledger_member *view = &member->view;
    /* A promise made before it knew its present quota may pass that quota: such a report waits. */
    bool knows_quota = view->epoch >= member->quota_epoch;
    if (view->lost || (!knows_quota && member->promised > bound_of(view)))
        return member->acknowledged;
    if (view->allowed < member->promised)
        view->allowed = member->promised;
    member->acknowledged = view->sequence;
    return member->acknowledged;
}

uint64_t ledger_bound(const ledger_t *self, size_t index)
{
    must(self != NULL);
    return index < self->count ? bound_of(&self->members[index].view) : 0;
}

void ledger_resolve(ledger_t *self, struct member *member)
{
    self->lost_generated[member->lost_phase] -= member->view.lost_generated;
    self->lost_unknown[member->lost_phase] -= member->view.lost_unknown;
    member->view.lost_generated = member->view.lost_unknown = 0;
}

void ledger_lost(ledger_t *self, size_t index)
{
    struct member *member = ledger_member_at(self, index);
    struct ledger_member *view = &member->view;
    if (!view->known || view->final || view->lost)
        return;
    ledger_resolve(self, member);
    uint64_t bound = bound_of(view);
    view->lost = true;
    if (view->quota != PLAN_EVENTS_UNLIMITED) {
        view->quota = bound; /* the rest of its quota goes to others */
        member->quota_epoch = UINT64_MAX;
    }
    view->lost_generated = bound > view->counters.generated ? bound - view->counters.generated : 0;
    view->lost_unknown = view->lost_generated + counters_in_flight(&view->counters);
    member->lost_phase = self->phase;
    self->lost_generated[self->phase] += view->lost_generated;
    self->lost_unknown[self->phase] += view->lost_unknown;
}

void ledger_left(ledger_t *self, size_t index)
{
    ledger_lost(self, index);
    struct ledger_member *view = &ledger_member_at(self, index)->view;
    view->left = view->known && view->final && !view->lost;
}

void ledger_returned(ledger_t *self, size_t index)
{
    ledger_member_at(self, index)->view.lost = false;
}

void ledger_close(ledger_t *self, uint64_t now_us)
{
    must(self != NULL);
    for (size_t i = 0; i < self->count; i++) {
        struct ledger_member *view = &self->members[i].view;
        if (!view->known || view->final || view->lost)
            continue;
        ledger_lost(self, i);
        view->stopped_short = true;
    }
    self->closed_us = now_us;
}
