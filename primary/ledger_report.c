#include "primary/ledger.h"

#include <string.h>

#include "common/mem.h"
#include "common/plan.h"
#include "primary/ledger_books.h"

/* What a checked report adds to the books. */
struct addition {
    struct counters counters;
    uint64_t elapsed_us;
    uint64_t now_us;
    int64_t wall_ms;
};

/* Nothing is believed that breaks the counters' own rules. Static text, or NULL when all is well. */
static const char *check_counters(const struct wire_report *report, const struct ledger_member *view,
                                  struct addition *out)
{
    const struct counters *c = &report->counters;
    for (size_t i = 0; i < COUNTERS_COUNT; i++) {
        if (counters_get(c, i) > COUNTER_MAX)
            return "a counter is beyond belief";
    }
    if (c->delivered + c->failed + c->unknown > c->generated)
        return "more events answered for than generated";
    if (!counters_since(c, &view->counters, &out->counters))
        return "a counter went back";
    if (report->elapsed_us < view->elapsed_us)
        return "elapsed time went back";
    out->elapsed_us = report->elapsed_us - view->elapsed_us;
    return NULL;
}

/* The difference of one histogram; without an earlier one, all of it. */
static bool difference(const struct histogram *later, const struct histogram *earlier, struct histogram *out)
{
    histogram_init(out);
    if (later == NULL)
        return true;
    if (earlier != NULL)
        return histogram_since(later, earlier, out);
    *out = *later;
    return true;
}

/* Sum the reported counts by name into `scratch`; false when one is less than before or beyond belief. */
static bool sum_ok(struct counts *scratch, size_t names, const struct counts *before)
{
    for (size_t i = 0; i < names; i++) {
        uint64_t known = i < before->count ? before->values[i] : 0;
        if (scratch->values[i] < known || scratch->values[i] > COUNTER_MAX)
            return false;
    }
    return true;
}

static void scratch_clear(struct counts *scratch, size_t names)
{
    ledger_counts_grow(scratch, names);
    if (names > 0)
        memset(scratch->values, 0, names * sizeof *scratch->values);
}

static void scratch_add(struct counts *scratch, size_t index, uint64_t events)
{
    ledger_counts_grow(scratch, index + 1);
    uint64_t *value = &scratch->values[index];
    *value = events > UINT64_MAX - *value ? UINT64_MAX : *value + events;
}

static bool stage_shards(ledger_t *self, const struct wire_report *report, const struct counts *before)
{
    scratch_clear(&self->scratch_shards, names_count(self->shard_names));
    for (size_t i = 0; i < report->shards_count; i++) {
        size_t index = names_index(self->shard_names, report->shards[i].id, "");
        scratch_add(&self->scratch_shards, index, report->shards[i].events);
    }
    ledger_counts_grow(&self->scratch_shards, names_count(self->shard_names));
    return sum_ok(&self->scratch_shards, names_count(self->shard_names), before);
}

static bool stage_errors(ledger_t *self, const struct wire_report *report, const struct counts *before)
{
    scratch_clear(&self->scratch_errors, names_count(self->error_names));
    for (size_t i = 0; i < report->errors_count; i++) {
        const struct wire_error *error = &report->errors[i];
        const char *message = error->message == NULL ? "" : error->message;
        size_t index = names_index(self->error_names, error->code, message);
        scratch_add(&self->scratch_errors, index, error->events);
    }
    ledger_counts_grow(&self->scratch_errors, names_count(self->error_names));
    return sum_ok(&self->scratch_errors, names_count(self->error_names), before);
}

/* Add what is new in `scratch` to `totals`, and make it the member's `before`. */
static void book_counts(const struct counts *scratch, size_t names, struct counts *before,
                        struct counts *totals)
{
    ledger_counts_grow(before, names);
    ledger_counts_grow(totals, names);
    for (size_t i = 0; i < names; i++) {
        totals->values[i] += scratch->values[i] - before->values[i];
        before->values[i] = scratch->values[i];
    }
}

static void note_error_times(ledger_t *self, const struct counts *before, int64_t wall_ms)
{
    size_t names = names_count(self->error_names);
    if (names > self->times_count) {
        self->times = mem_resize(self->times, names, sizeof *self->times);
        for (; self->times_count < names; self->times_count++)
            self->times[self->times_count] = (struct error_times){wall_ms, wall_ms};
    }
    for (size_t i = 0; i < names; i++) {
        uint64_t known = i < before->count ? before->values[i] : 0;
        if (self->scratch_errors.values[i] > known)
            self->times[i].last_ms = wall_ms;
    }
}

/* The share of [begin, now] that lies before `border_us`, 0..1. */
static double share_before(uint64_t begin_us, uint64_t now_us, uint64_t border_us)
{
    if (border_us <= begin_us)
        return 0;
    return border_us >= now_us ? 1 : (double)(border_us - begin_us) / (double)(now_us - begin_us);
}

/* Add the part of `all` between the shares `from` and `until` of its time. */
static void book_part(struct counters *to, const struct counters *all, double from, double until)
{
    for (size_t i = 0; i < COUNTERS_COUNT; i++) {
        uint64_t value = counters_get(all, i), before = (uint64_t)((double)value * from);
        uint64_t by_then = until < 1 ? (uint64_t)((double)value * until) : value;
        counters_set(to, i, counters_get(to, i) + by_then - before);
    }
}

/* The latest phase in which what a report tells can have been generated. */
static size_t latest_phase(const ledger_t *self, uint64_t begin_us)
{
    size_t phase = self->phase;
    if (phase != PHASE_DRAIN || begin_us >= self->phase_us[PHASE_DRAIN])
        return phase;
    do
        phase--;
    while (!self->phase_seen[phase]); /* the ramp always was */
    return phase;
}

static void book_phases(ledger_t *self, const struct addition *addition)
{
    uint64_t now_us = addition->now_us;
    uint64_t begin_us = now_us > addition->elapsed_us ? now_us - addition->elapsed_us : 0;
    size_t last = latest_phase(self, begin_us), most = last;
    double from = 0, most_share = 0;
    for (size_t phase = PHASE_RAMP; phase <= last; phase++) {
        size_t next = phase + 1;
        while (next < last && !self->phase_seen[next])
            next++;
        double until = phase == last ? 1 : share_before(begin_us, now_us, self->phase_us[next]);
        if (!self->phase_seen[phase] || until < from)
            continue;
        book_part(&self->phases[phase].counters, &addition->counters, from, until);
        if (until - from >= most_share) {
            most = phase;
            most_share = until - from;
        }
        from = until;
    }
    histogram_add(&self->phases[most].due, &self->due_difference);
    histogram_add(&self->phases[most].service, &self->service_difference);
}

/* When the new events were generated, as far as known: until now; or, with a quota used up in this report,
 * for as long as they take at the pace before. */
static void note_generation(ledger_t *self, struct member *member, const struct wire_report *report,
                            const struct addition *addition)
{
    if (addition->counters.generated == 0)
        return;
    member->generated_until_us = addition->now_us;
    if (self->events == PLAN_EVENTS_UNLIMITED || report->counters.generated < member->view.quota)
        return;
    double pace = member->view.rates[counters_find("generated", strlen("generated"))];
    if (pace <= 0)
        pace = shape_line_at(&self->rate, addition->now_us) /
               (double)(ledger_alive_count(self) > 0 ? ledger_alive_count(self) : 1);
    if (pace <= 0)
        return;
    double took_us = (double)addition->counters.generated / pace * 1e6;
    if (took_us < (double)addition->elapsed_us)
        member->generated_until_us -= addition->elapsed_us - (uint64_t)took_us;
}

static void note_rates(struct member *member, const struct wire_report *report)
{
    struct ledger_member *view = &member->view;
    uint64_t span_us = report->elapsed_us - member->rate_elapsed_us;
    if (span_us < (member->rate_elapsed_us == 0 ? RATE_SPAN_US_FIRST : RATE_SPAN_US_MIN))
        return;
    double span_s = (double)span_us / 1e6;
    for (size_t i = 0; i < COUNTERS_COUNT; i++) {
        uint64_t more = counters_get(&report->counters, i) - counters_get(&member->rate_counters, i);
        view->rates[i] = (double)more / span_s;
    }
    if (report->cpu_us >= member->rate_cpu_us)
        view->cpu_percent = (double)(report->cpu_us - member->rate_cpu_us) / (double)span_us * 100;
    if (report->busy_us >= member->rate_busy_us)
        view->busy_share = (double)(report->busy_us - member->rate_busy_us) / (double)span_us;
    member->rate_counters = report->counters;
    member->rate_elapsed_us = report->elapsed_us;
    member->rate_cpu_us = report->cpu_us;
    member->rate_busy_us = report->busy_us;
}

/* The first report after the mark tells what was counted by it. */
static void note_mark(const ledger_t *self, struct member *member, const struct addition *addition)
{
    if (self->mark_us == 0 || member->marked_us == self->mark_us || addition->now_us < self->mark_us)
        return;
    uint64_t begin_us = member->view.reported_us;
    if (begin_us == 0) /* its first */
        begin_us = addition->now_us > addition->elapsed_us ? addition->now_us - addition->elapsed_us : 0;
    member->marked_us = self->mark_us;
    member->marked = member->view.counters;
    book_part(&member->marked, &addition->counters, 0,
              share_before(begin_us, addition->now_us, self->mark_us));
}

static void keep_histogram(struct histogram **kept, const struct histogram *reported)
{
    if (reported == NULL)
        return;
    if (*kept == NULL)
        *kept = mem_new(1, sizeof **kept);
    **kept = *reported;
}

/* Everything is checked: nothing below can fail. */
static void book(ledger_t *self, struct member *member, const struct wire_report *report,
                 const struct addition *addition)
{
    struct ledger_member *view = &member->view;
    ledger_resolve(self, member);
    view->known = true;
    view->lost = false;
    view->stopped_short = false;
    note_generation(self, member, report, addition);
    note_rates(member, report);
    note_mark(self, member, addition);
    counters_add(&self->reported.counters, &addition->counters);
    histogram_add(&self->reported.due, &self->due_difference);
    histogram_add(&self->reported.service, &self->service_difference);
    book_phases(self, addition);
    note_error_times(self, &member->errors, addition->wall_ms);
    book_counts(&self->scratch_shards, names_count(self->shard_names), &member->shards, &self->shards);
    book_counts(&self->scratch_errors, names_count(self->error_names), &member->errors, &self->errors);
    keep_histogram(&member->due, report->due);
    keep_histogram(&member->service, report->service);

    view->counters = report->counters;
    view->sequence = report->sequence;
    view->epoch = report->epoch;
    view->final = report->final;
    view->batches_in_flight = report->batches_in_flight;
    view->window = report->window;
    view->lag_us = report->lag_us;
    view->lag_us_max = report->lag_us_max;
    view->busy_us = report->busy_us;
    view->cpu_us = report->cpu_us;
    view->elapsed_us = report->elapsed_us;
    view->reported_us = addition->now_us;
    member->promised = report->bound;
}

enum ledger_take ledger_report(ledger_t *self, size_t index, const struct wire_report *report,
                               uint64_t now_us, int64_t wall_ms, const char **reason_out)
{
    must(self != NULL);
    must(report != NULL);
    if (report->run_id != self->run_id)
        return LEDGER_OTHER_RUN;
    struct member *member = ledger_member_at(self, index);
    if (report->sequence <= member->view.sequence)
        return LEDGER_STALE;

    struct addition addition = {.now_us = now_us, .wall_ms = wall_ms};
    const char *reason = check_counters(report, &member->view, &addition);
    if (reason == NULL && (!difference(report->due, member->due, &self->due_difference) ||
                           !difference(report->service, member->service, &self->service_difference)))
        reason = "a latency histogram went back";
    if (reason == NULL && !stage_shards(self, report, &member->shards))
        reason = "a shard's count went back";
    if (reason == NULL && !stage_errors(self, report, &member->errors))
        reason = "an error's count went back";
    if (reason == NULL && report->final && counters_in_flight(&report->counters) > 0)
        reason = "a final report with events in flight";
    if (reason != NULL) {
        if (reason_out != NULL)
            *reason_out = reason;
        return LEDGER_INCONSISTENT;
    }
    book(self, member, report, &addition);
    return LEDGER_TAKEN;
}
