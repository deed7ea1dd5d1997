#include "primary/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "primary/exit_code.h"
#include "primary/predicted.h"
#include "primary/snapshot_passing.h"

#define HOT_CPU_PERCENT 90.0

static void latency(const struct histogram *histogram, struct snapshot_latency *out)
{
    memset(out, 0, sizeof *out);
    if (histogram->count == 0)
        return;
    out->count = histogram->count;
    out->min_us = histogram->min_us;
    out->mean_us = histogram_mean(histogram);
    out->p50_us = histogram_quantile(histogram, 0.50);
    out->p90_us = histogram_quantile(histogram, 0.90);
    out->p95_us = histogram_quantile(histogram, 0.95);
    out->p99_us = histogram_quantile(histogram, 0.99);
    out->p999_us = histogram_quantile(histogram, 0.999);
    out->max_us = histogram->max_us;
}

static void describe(const struct ledger_totals *totals, double duration_s, struct snapshot_phase *out)
{
    out->duration_s = duration_s;
    out->counters = totals->counters;
    latency(&totals->due, &out->due);
    latency(&totals->service, &out->service);
}

static bool shaped(const struct run *run)
{
    return run->plan.shape.kind != SHAPE_NONE;
}

/* Of now; once the load has ended, what was asked last. */
static double asked_now(const struct run *run, uint64_t now_us)
{
    if (run->plan.model != PLAN_RATE || !shaped(run))
        return run->plan.model == PLAN_RATE ? run->plan.rate : 0;
    return run->stop_us == 0 ? run_rate(run, now_us) : shape_line_at(&run->before, run->stop_us);
}

static void fill_totals(struct snapshot *self, const struct snapshot_sources *sources)
{
    const struct baseline *from = sources->baseline;
    ledger_totals(sources->ledger, &self->totals);
    if (from != NULL)
        baseline_totals(&from->all, &self->totals);
    describe(&self->totals, self->elapsed_s, &self->all);
    self->headline = &self->all;
    self->headline_due = self->totals.due;
    self->headline_service = self->totals.service;
    struct ledger_totals *phase = mem_new(1, sizeof *phase);
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        ledger_phase_totals(sources->ledger, (enum phase)i, phase);
        uint64_t phase_us = ledger_phase_us(sources->ledger, (enum phase)i, sources->now_us);
        if (sources->run->state == RUN_READY)
            phase_us = 0; /* the books are of no run */
        if (from != NULL) {
            baseline_totals(&from->phases[i], phase);
            phase_us = phase_us > from->phase_us[i] ? phase_us - from->phase_us[i] : 0;
        }
        double duration_s = (double)phase_us / 1e6;
        describe(phase, duration_s, &self->phases[i]);
        if (i != PHASE_STEADY || phase->counters.delivered == 0 || duration_s <= 0)
            continue;
        self->headline = &self->phases[i];
        self->headline_due = phase->due;
        self->headline_service = phase->service;
    }
    free(phase);
    self->lost_unknown = ledger_lost_unknown(sources->ledger);
    self->achieved_ratio =
        sources->run->plan.model == PLAN_RATE ? ledger_achieved(sources->ledger, sources->now_us) : 1;
    self->asked_per_s = asked_now(sources->run, sources->now_us);
    ledger_rates(sources->ledger, sources->now_us, self->rates);
}

static void fill_points(struct snapshot *self, const struct snapshot_sources *sources)
{
    size_t all = series_count(sources->series);
    size_t count = all < sources->points_max ? all : sources->points_max;
    self->points = mem_new(count + 1, sizeof *self->points);
    self->points_count = count;
    for (size_t i = 0; i < count; i++)
        self->points[i] = *series_at(sources->series, all - count + i);

    bool steady = self->headline == &self->phases[PHASE_STEADY];
    double duration_s = self->headline->duration_s;
    double delivered = (double)self->headline->counters.delivered;
    self->delivered_per_s_mean = duration_s > 0 ? delivered / duration_s : 0;
    double asked = 0, asked_s = 0;
    size_t whole = self->run.state == RUN_STOPPED && all > 1 ? all - 1 : all; /* the last one saw the stop */
    for (size_t i = 0; i < all; i++) {
        const struct series_point *point = series_at(sources->series, i);
        bool counts = !steady || point->phase == PHASE_STEADY;
        if (counts && SERIES_RATE(point, delivered) > self->delivered_per_s_max)
            self->delivered_per_s_max = SERIES_RATE(point, delivered);
        if (counts && i < whole && (point->asked_per_s > 0 || shaped(&self->run))) {
            asked += point->asked_per_s * point->span_s;
            asked_s += point->span_s;
        }
    }
    self->asked_per_s_mean = asked_s > 0 ? asked / asked_s : self->asked_per_s;
    bool to_the_end = shaped(&self->run) || self->run.plan.events == PLAN_EVENTS_UNLIMITED;
    if (steady && duration_s > 0 && to_the_end && sources->baseline == NULL &&
        self->run.plan.model == PLAN_RATE)
        self->asked_per_s_mean = ledger_asked(sources->ledger, sources->now_us) / duration_s;
    if (self->delivered_per_s_max < self->delivered_per_s_mean)
        self->delivered_per_s_max = self->delivered_per_s_mean;
}

static int by_events_shard(const void *a, const void *b)
{
    const struct snapshot_shard *x = a, *y = b;
    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    return strcmp(x->id, y->id);
}

static int by_events_error(const void *a, const void *b)
{
    const struct snapshot_error *x = a, *y = b;
    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    int order = strcmp(x->code, y->code);
    return order != 0 ? order : strcmp(x->message, y->message);
}

static void fill_names(struct snapshot *self, const ledger_t *ledger, const struct baseline *from)
{
    size_t shards = ledger_shards_count(ledger), errors = ledger_errors_count(ledger);
    self->shards = mem_new(shards + 1, sizeof *self->shards);
    for (size_t i = 0; i < shards; i++) {
        struct ledger_shard shard = ledger_shard(ledger, i);
        self->shards[self->shards_count++] =
            (struct snapshot_shard){mem_text(shard.id), baseline_shard(from, i, shard.events),
                                    predicted_share(&self->preflight, shard.id)};
    }
    qsort(self->shards, self->shards_count, sizeof *self->shards, by_events_shard);
    self->errors = mem_new(errors + 1, sizeof *self->errors);
    for (size_t i = 0; i < errors; i++) {
        struct ledger_error error = ledger_error(ledger, i);
        error.events = baseline_error(from, i, error.events);
        if (error.events == 0)
            continue;
        self->errors[self->errors_count++] =
            (struct snapshot_error){mem_text(error.code), mem_text(error.message), error.events,
                                    error.first_seen_ms, error.last_seen_ms};
    }
    qsort(self->errors, self->errors_count, sizeof *self->errors, by_events_error);
}

static void fill_members(struct snapshot *self, const struct snapshot_sources *sources)
{
    size_t count = roster_count(sources->roster);
    self->members = mem_new(count + 1, sizeof *self->members);
    for (size_t i = 0; i < count; i++) {
        struct snapshot_member member = {.index = i, .roster = *roster_at(sources->roster, i)};
        if (i < ledger_count(sources->ledger))
            member.ledger = *ledger_member(sources->ledger, i);
        if (!member.ledger.known && !roster_alive(sources->roster, i))
            continue;
        self->members[self->members_count++] = member;
        if (!member.ledger.lost && member.ledger.lag_us > self->lag_us)
            self->lag_us = member.ledger.lag_us;
        if (member.ledger.lag_us_max > self->lag_us_max)
            self->lag_us_max = member.ledger.lag_us_max;
    }
    self->alive = roster_alive_count(sources->roster);
    self->lost = ledger_lost_count(sources->ledger);
    self->sharing = ledger_alive_count(sources->ledger);
}

static void fill_stock(struct snapshot *self, const stock_t *stock)
{
    if (stock == NULL)
        return;
    const struct stock_entry *entries = stock_entries(stock, &self->stock_entries_count);
    self->stock_entries = mem_new(self->stock_entries_count + 1, sizeof *self->stock_entries);
    for (size_t i = 0; i < self->stock_entries_count; i++)
        stock_entry_copy(&entries[i], &self->stock_entries[i]);
    const struct stock_error *errors = stock_errors(stock, &self->stock_errors_count);
    self->stock_errors = mem_new(self->stock_errors_count + 1, sizeof *self->stock_errors);
    for (size_t i = 0; i < self->stock_errors_count; i++)
        stock_error_copy(&errors[i], &self->stock_errors[i]);
}

static void add_member_facts(const struct snapshot *self, struct verdict_facts *facts)
{
    for (size_t i = 0; i < self->members_count; i++) {
        const struct snapshot_member *member = &self->members[i];
        if (!member->ledger.known)
            continue;
        const struct ledger_member *books = &member->ledger;
        facts->members++;
        /* Live: as of now. Afterwards: over the whole run, so that a last idle second does not hide it. */
        double run_us = books->elapsed_us > 0 ? (double)books->elapsed_us : 1;
        double cpu = facts->ended ? (double)books->cpu_us / run_us * 100 : books->cpu_percent;
        double busy = facts->ended ? (double)books->busy_us / run_us : books->busy_share;
        facts->hot += cpu > HOT_CPU_PERCENT;
        if (cpu > facts->cpu_percent_max)
            facts->cpu_percent_max = cpu;
        if (busy > facts->busy_share)
            facts->busy_share = busy;
        if (books->lost && facts->lost_name == NULL)
            facts->lost_name = member->roster.id;
    }
}

/* In a run that has ended. */
static uint64_t users_asked(const struct run *run)
{
    return shaped(run) ? run->plan.users : run->users_wanted;
}

static void judge(struct snapshot *self, const struct snapshot_sources *sources)
{
    struct verdict_facts facts = {
        .model = self->run.plan.model,
        .broker = self->run.plan.target.kind == TARGET_KAFKA,
        .ended = self->run.state == RUN_STOPPED,
        .users = self->run.state == RUN_STOPPED ? users_asked(&self->run) : sources->users,
        .asked_per_s = self->asked_per_s_mean,
        .delivered_per_s = self->delivered_per_s_mean,
        .achieved_ratio = self->achieved_ratio,
        .counters = self->headline->counters,
        .all = self->all.counters,
        .service_p50_us = self->headline->service.p50_us,
        .service_p99_us = self->headline->service.p99_us,
        .due_p50_us = self->headline->due.p50_us,
        .due_p99_us = self->headline->due.p99_us,
        .lag_us_max = self->lag_us_max,
        .failure = self->run.ended_by == RUN_END_ERROR ? self->run.error : NULL,
        .lost = self->lost,
        .lost_unknown = self->lost_unknown,
        .shards_count = self->shards_count,
        .capacity_events_per_s = self->has_preflight ? self->preflight.events_per_s : 0,
    };
    for (; facts.hottest_count < VERDICT_HOT_MAX && facts.hottest_count < self->shards_count;
         facts.hottest_count++) {
        const struct snapshot_shard *shard = &self->shards[facts.hottest_count];
        facts.hottest[facts.hottest_count] = (struct verdict_shard){shard->id, shard->events};
    }
    add_member_facts(self, &facts);
    verdict_make(&facts, &self->verdict);
}

static void settle_exit_code(struct snapshot *self, const struct snapshot_sources *sources)
{
    struct exit_code_facts facts = {
        .workload_failed = self->run.ended_by == RUN_END_ERROR,
        .signal = self->run.ended_by == RUN_END_SIGNAL ? self->run.signal : 0,
        .lost = self->lost > sources->replaced || self->run.ended_by == RUN_END_ALL_LOST,
        .threshold_missed = !snapshot_passing_holds(self),
        .failed = self->all.counters.failed + self->all.counters.unknown,
        .on_error = sources->exit_code_on_error,
        .model = self->run.plan.model,
        .achieved_ratio = self->achieved_ratio,
    };
    for (size_t i = 0; i < self->stock_entries_count; i++)
        facts.failed += self->stock_entries[i].failures;
    if (self->search != NULL) { /* it asks for too much on purpose */
        facts.failed = 0;
        facts.achieved_ratio = 1;
    }
    self->exit_code = exit_code(&facts);
}

struct snapshot *snapshot_make(const struct snapshot_sources *sources)
{
    must(sources != NULL);
    must(sources->run != NULL && sources->roster != NULL && sources->ledger != NULL &&
         sources->series != NULL);
    struct snapshot *self = mem_new(1, sizeof *self);
    const struct run *run = sources->run;
    snprintf(self->version, sizeof self->version, "%s", sources->version);
    self->run = *run;
    target_print(&run->plan.target, self->target);
    self->now_us = sources->now_us;
    self->wall_ms = sources->wall_ms;
    self->users = sources->users;
    uint64_t end_us = run->stopped_us > 0 ? run->stopped_us : sources->now_us;
    self->elapsed_s = run->state == RUN_READY ? 0 : (double)(end_us - run->started_us) / 1e6;
    fill_totals(self, sources);
    fill_points(self, sources);
    if (sources->preflight != NULL) {
        self->has_preflight = true;
        wire_preflight_copy(sources->preflight, &self->preflight);
    }
    fill_names(self, sources->ledger, sources->baseline);
    fill_members(self, sources);
    fill_stock(self, sources->stock);
    judge(self, sources);
    snapshot_passing_fill(self, sources);
    settle_exit_code(self, sources);
    return self;
}

void snapshot_destroy(struct snapshot **self_p)
{
    must(self_p != NULL);
    struct snapshot *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->shards_count; i++)
        free(self->shards[i].id);
    for (size_t i = 0; i < self->errors_count; i++) {
        free(self->errors[i].code);
        free(self->errors[i].message);
    }
    for (size_t i = 0; i < self->stock_entries_count; i++)
        stock_entry_fini(&self->stock_entries[i]);
    for (size_t i = 0; i < self->stock_errors_count; i++)
        stock_error_fini(&self->stock_errors[i]);
    free(self->points);
    free(self->shards);
    free(self->errors);
    free(self->members);
    free(self->stock_entries);
    free(self->stock_errors);
    wire_preflight_fini(&self->preflight);
    free(self->search);
    free(self);
    *self_p = NULL;
}
