/* The search for the limit within a run: ask for a rate, let it settle, hold and measure it, rest after a
 * failure. search.h decides which rate is next. */
#include "primary/control_state.h"

#include "common/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SETTLE_US = 1000000,     /* a new rate is not measured for so long */
    SETTLE_US_MAX = 5000000, /* nor, up to this, while the secondaries lag or don't obey yet */
    SETTLE_LAG_US = 50000,
    REST_US_MAX = 30000000, /* after a failure nothing is asked until nothing is in flight, up to this */
};

#define HOT_CPU_PERCENT 90.0

static void tell_begin(const control_t *self)
{
    const struct search_plan *plan = &self->watch.search.plan;
    char from[UNITS_TEXT_MAX], to[UNITS_TEXT_MAX], time[UNITS_TEXT_MAX];
    log_info(self->is.log, "search begins: from=%s/s to=%s/s, at most about %s",
             units_print_count(plan->from, from), units_print_count(plan->to, to),
             units_print_duration(search_remaining_us(&self->watch.search, SETTLE_US), time));
}

void control_search_begin(control_t *self)
{
    struct watch *watch = &self->watch;
    stretch_destroy(&watch->hold);
    watch->activity = ACTIVITY_SETTLING;
    watch->since_us = 0;
    if (watch->passing.searches)
        search_init(&watch->search, &watch->passing.search);
}

static void enter(control_t *self, enum activity activity, uint64_t now_us)
{
    self->watch.activity = activity;
    self->watch.since_us = now_us;
}

static void ask(control_t *self, double rate, enum activity activity, uint64_t now_us)
{
    enter(self, activity, now_us);
    control_obey(self, run_set_rate(&self->run, rate, now_us), now_us);
}

static bool rested(const control_t *self, uint64_t now_us)
{
    struct counters counters = ledger_counters(members_ledger(self->is.members));
    return counters_in_flight(&counters) == 0 || now_us - self->watch.since_us >= REST_US_MAX;
}

static bool settled(const control_t *self, uint64_t now_us)
{
    const ledger_t *ledger = members_ledger(self->is.members);
    uint64_t took_us = now_us - self->watch.since_us;
    bool calm =
        stretch_lag_us(ledger) < SETTLE_LAG_US && ledger_obeying_count(ledger) >= ledger_alive_count(ledger);
    return took_us >= SETTLE_US_MAX || (took_us >= SETTLE_US && calm);
}

static void begin_hold(control_t *self, uint64_t now_us)
{
    const ledger_t *ledger = members_ledger(self->is.members);
    enter(self, ACTIVITY_HOLDING, now_us);
    self->watch.lag_us = stretch_lag_us(ledger);
    self->watch.hold = stretch_new(ledger, now_us);
}

/* What limited the hold. */
static void judge_hold(control_t *self, const struct threshold_facts *facts, const struct search_step *step,
                       struct verdict *out)
{
    const ledger_t *ledger = members_ledger(self->is.members);
    const struct wire_preflight *preflight = members_preflight(self->is.members);
    struct verdict_facts all = {.model = PLAN_RATE,
                                .broker = facts->broker,
                                .ended = true,
                                .asked_per_s = step->rate,
                                .delivered_per_s = step->delivered_per_s,
                                .achieved_ratio = step->achieved,
                                .counters = facts->counters,
                                .all = facts->counters,
                                .service_p50_us = histogram_quantile(facts->service, 0.5),
                                .service_p99_us = histogram_quantile(facts->service, 0.99),
                                .due_p50_us = step->p50_us,
                                .due_p99_us = step->p99_us,
                                .lag_us_max = facts->lag_us,
                                .touched = step->throttled,
                                .members = ledger_alive_count(ledger),
                                .capacity_events_per_s = preflight != NULL ? preflight->events_per_s : 0};
    for (size_t i = 0; i < ledger_count(ledger); i++) {
        const struct ledger_member *member = ledger_member(ledger, i);
        if (!member->known || member->lost)
            continue;
        all.hot += member->cpu_percent > HOT_CPU_PERCENT;
        all.cpu_percent_max = fmax(all.cpu_percent_max, member->cpu_percent);
        all.busy_share = fmax(all.busy_share, member->busy_share);
    }
    verdict_make(&all, out);
}

static void tell_step(const control_t *self, const struct search_step *step)
{
    char rate[UNITS_TEXT_MAX], delivered[UNITS_TEXT_MAX], p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX];
    log_info(self->is.log, "search: %s events/s %s%s: delivered %s/s, p50 %s, p99 %s, throttled %.2f %%%s%s",
             units_print_count(step->rate, rate), step->confirming ? "for confirmation " : "",
             step->held ? "held" : "failed", units_print_count(step->delivered_per_s, delivered),
             units_print_duration(step->p50_us, p50), units_print_duration(step->p99_us, p99),
             100 * step->throttled_share, step->held ? "" : ": ", step->why);
}

static void tell_end(control_t *self)
{
    const struct search *search = &self->watch.search;
    char rate[UNITS_TEXT_MAX];
    if (search->state == SEARCH_FOUND)
        log_info(self->is.log, "search: found %s events/s; what stopped it: %s",
                 units_print_count(search->found, rate), search->stopped_by);
    else
        log_warning(self->is.log, "search: not even --from held; %s", search->stopped_by);
}

static void end_hold(control_t *self, uint64_t now_us)
{
    struct watch *watch = &self->watch;
    struct search *search = &watch->search;
    uint64_t begun_us = stretch_begun_us(watch->hold);
    struct threshold_facts facts =
        *stretch_facts(watch->hold, members_ledger(self->is.members), search->rate, now_us);
    facts.broker = self->run.plan.target.kind == TARGET_KAFKA;
    struct search_step step = {.at_s = (double)(begun_us - self->run.started_us) / 1e6,
                               .seconds = (double)(now_us - begun_us) / 1e6,
                               .rate = search->rate,
                               .confirming = search->state == SEARCH_CONFIRMING};
    uint64_t lag_grown_us = facts.lag_us > watch->lag_us ? facts.lag_us - watch->lag_us : 0;
    search_judge(&search->plan, &facts, lag_grown_us, &step);
    struct verdict verdict;
    judge_hold(self, &facts, &step, &verdict);
    stretch_destroy(&watch->hold);
    tell_step(self, &step);
    search_note(search, &step, &verdict);
    if (search_over(search)) {
        tell_end(self);
        control_obey(self, run_stop(&self->run, RUN_END_SEARCHED, now_us), now_us);
    } else if (step.held) {
        ask(self, search->rate, ACTIVITY_SETTLING, now_us);
    } else {
        ask(self, 0, ACTIVITY_RESTING, now_us);
    }
}

void control_search_turn(control_t *self, uint64_t now_us)
{
    struct watch *watch = &self->watch;
    if (search_over(&watch->search) || self->run.steady_us == 0)
        return;
    if (watch->since_us == 0) {
        tell_begin(self);
        enter(self, ACTIVITY_SETTLING, now_us); /* at --from already */
    }
    switch (watch->activity) {
    case ACTIVITY_RESTING:
        if (rested(self, now_us))
            ask(self, watch->search.rate, ACTIVITY_SETTLING, now_us);
        break;
    case ACTIVITY_SETTLING:
        if (settled(self, now_us))
            begin_hold(self, now_us);
        break;
    case ACTIVITY_HOLDING:
        if (now_us - watch->since_us >= search_hold_us(&watch->search))
            end_hold(self, now_us);
        break;
    case ACTIVITY_OVER:
        break;
    }
}

const char *control_search_activity(const control_t *self)
{
    switch (self->watch.activity) {
    case ACTIVITY_HOLDING:
        return "holding";
    case ACTIVITY_OVER:
        return "over";
    default:
        return "settling";
    }
}

uint64_t control_search_remaining_us(const control_t *self, uint64_t now_us)
{
    const struct watch *watch = &self->watch;
    uint64_t left_us = search_remaining_us(&watch->search, SETTLE_US);
    uint64_t spent_us =
        watch->since_us > 0 && watch->activity == ACTIVITY_HOLDING ? now_us - watch->since_us + SETTLE_US : 0;
    return left_us > spent_us ? left_us - spent_us : 0;
}
