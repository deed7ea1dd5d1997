#include "primary/snapshot_passing.h"

#include <stdlib.h>

#include "common/mem.h"

/* Of the seconds of the headline phase; where none was whole, of the run. */
static uint64_t lag_most(const struct snapshot *self, const series_t *series)
{
    bool steady = self->headline == &self->phases[PHASE_STEADY], any = false;
    uint64_t most = 0;
    for (size_t i = 0; i < series_count(series); i++) {
        const struct series_point *point = series_at(series, i);
        if (steady && point->phase != PHASE_STEADY)
            continue;
        any = true;
        if (point->lag_us > most)
            most = point->lag_us;
    }
    return any ? most : self->lag_us_max;
}

/* Errors since the steady phase or the last reset began; codes are the ledger's. The caller frees them. */
static struct threshold_error *errors_since(const struct snapshot_sources *sources, size_t *count_out)
{
    size_t count = ledger_errors_count(sources->ledger);
    struct threshold_error *out = mem_new(count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        struct ledger_error error = ledger_error(sources->ledger, i);
        uint64_t events = baseline_error(sources->steady, i, error.events);
        uint64_t after_reset = baseline_error(sources->baseline, i, error.events);
        out[i] = (struct threshold_error){error.code, after_reset < events ? after_reset : events};
    }
    *count_out = count;
    return out;
}

static void judge(struct snapshot *self, const struct snapshot_sources *sources)
{
    const struct threshold_list *asked = sources->thresholds;
    const struct run *run = sources->run;
    bool measured = run->steady_us > 0 || run->state == RUN_STOPPED;
    struct threshold_facts facts = {.counters = self->headline->counters,
                                    .due = &self->headline_due,
                                    .service = &self->headline_service,
                                    .delivered_per_s = self->delivered_per_s_mean,
                                    .achieved = run->plan.model == PLAN_RATE ? self->achieved_ratio : -1,
                                    .lag_us = lag_most(self, sources->series),
                                    .broker = run->plan.target.kind == TARGET_KAFKA};
    struct threshold_error *errors = errors_since(sources, &facts.errors_count);
    facts.errors = errors;
    self->thresholds_count = asked->count;
    for (size_t i = 0; i < asked->count; i++)
        threshold_judge(&asked->list[i], measured ? &facts : NULL, &self->thresholds[i]);
    free(errors);
}

void snapshot_passing_fill(struct snapshot *self, const struct snapshot_sources *sources)
{
    must(self != NULL && self->headline != NULL);
    must(sources != NULL);
    if (sources->thresholds != NULL)
        judge(self, sources);
    if (sources->search == NULL)
        return;
    self->search = mem_new(1, sizeof *self->search);
    *self->search = *sources->search;
    self->search_remaining_us = sources->search_remaining_us;
    self->search_activity = sources->search_activity;
}

bool snapshot_passing_holds(const struct snapshot *self)
{
    must(self != NULL);
    bool ended = self->run.state == RUN_STOPPED;
    for (size_t i = 0; i < self->thresholds_count; i++) {
        enum threshold_state state = self->thresholds[i].state;
        if (state == THRESHOLD_MISSED || (ended && state == THRESHOLD_NONE))
            return false;
    }
    if (self->search != NULL && ended && self->search->state != SEARCH_FOUND)
        return false;
    return self->run.ended_by != RUN_END_ABORTED;
}
