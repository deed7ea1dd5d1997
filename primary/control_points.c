/*
 * The points of the series: one for each second of a run, made when everybody has reported since (or soon
 * after), so that what was delivered in a second stands beside what was asked in it.
 */
#include "primary/control_state.h"

#include "common/clock.h"

#include <stddef.h>

enum {
    POINT_US = 1000000,
    LATE_US = 300000,       /* a point waits so long for the reports of its end: an interval and a bit, */
    LATE_SLOW_US = 1100000, /* or that of a large fleet */
    SMALL_FLEET = 64,
    SHORT_US = 250000,  /* what is left at the end of a run is a point of its own if it is no shorter */
    CALM_US = 30000000, /* throttling after so long without it is news */
};

static double cpu_max(const control_t *self)
{
    const roster_t *roster = members_roster(self->is.members);
    double most = 0;
    for (size_t i = 0; i < roster_count(roster); i++) {
        if (roster_alive(roster, i) && roster_at(roster, i)->cpu_percent > most)
            most = roster_at(roster, i)->cpu_percent;
    }
    return most;
}

static void mark_throttling(control_t *self, const struct series_sample *sample)
{
    bool throttled = sample->rates[offsetof(struct counters, throttled) / sizeof(uint64_t)] > 0;
    if (throttled && (self->throttled_us == 0 || sample->now_us - self->throttled_us > CALM_US))
        marks_add(&self->marks, control_elapsed_s(self, sample->now_us), MARK_THROTTLED, "throttling began");
    if (throttled)
        self->throttled_us = sample->now_us;
}

/* What is so at the end of the point's time, and can't be known later. */
static void see(control_t *self, uint64_t at_us, int64_t wall_ms)
{
    struct control_point *point = &self->point;
    point->seen = true;
    point->phase = self->run.phase;
    point->wall_ms = wall_ms;
    point->users = members_users(self->is.members);
    point->asked = run_asked(&self->run, at_us);
}

/* Add the point that ends at `at_us`, and begin the next. */
static void add(control_t *self, uint64_t at_us, const struct counters *counted, uint64_t next_us)
{
    ledger_t *ledger = members_ledger(self->is.members);
    struct control_point *point = &self->point;
    double span_s = (double)(at_us - point->from_us) / 1e6, rates[COUNTERS_COUNT];
    for (size_t i = 0; i < COUNTERS_COUNT; i++) {
        uint64_t before = counters_get(&point->counted, i), by_now = counters_get(counted, i);
        rates[i] = span_s > 0 && by_now > before ? (double)(by_now - before) / span_s : 0;
    }
    struct counters counters = ledger_counters(ledger);
    struct series_sample sample = {.now_us = at_us,
                                   .wall_ms = point->wall_ms,
                                   .phase = point->phase,
                                   .asked_per_s =
                                       span_s > 0 ? (point->asked - point->asked_before) / span_s : 0,
                                   .users = point->users,
                                   .secondaries = roster_alive_count(members_roster(self->is.members)),
                                   .lag_us = stretch_lag_us(ledger),
                                   .cpu_percent = cpu_max(self),
                                   .rates = rates,
                                   .reported = ledger_reported(ledger),
                                   .counters = counted,
                                   .in_flight = counters_in_flight(&counters)};
    series_add(self->series, &sample);
    mark_throttling(self, &sample);
    shard_times_note(self->shard_times, ledger, control_elapsed_s(self, at_us),
                     self->run.state == RUN_STOPPED);
    point->counted = *counted;
    point->asked_before = point->asked;
    point->from_us = at_us;
    point->to_us = next_us;
    point->seen = false;
    ledger_mark(ledger, next_us);
}

void control_first_point(control_t *self, uint64_t now_us)
{
    series_begin(self->series, now_us);
    self->point = (struct control_point){.from_us = now_us, .to_us = now_us + POINT_US};
    ledger_mark(members_ledger(self->is.members), self->point.to_us);
}

void control_points(control_t *self, uint64_t now_us)
{
    const struct control_point *point = &self->point;
    const ledger_t *ledger = members_ledger(self->is.members);
    if (now_us < point->to_us)
        return;
    if (!point->seen)
        see(self, point->to_us, clock_wall_ms());
    if (self->run.state == RUN_STOPPING && now_us < point->to_us + SHORT_US)
        return; /* what is left may belong to it */
    struct counters counted;
    uint64_t late_us = ledger_alive_count(ledger) > SMALL_FLEET ? LATE_SLOW_US : LATE_US;
    if (!ledger_marked(ledger, &counted) && now_us - point->to_us < late_us)
        return;
    uint64_t missed = (now_us - point->to_us) / POINT_US; /* the loop stood still: one point for all */
    add(self, point->to_us, &counted, point->to_us + (missed + 1) * POINT_US);
}

void control_last_point(control_t *self, uint64_t now_us)
{
    struct control_point *point = &self->point;
    ledger_t *ledger = members_ledger(self->is.members);
    struct counters counted;
    if (point->seen && now_us >= point->to_us + SHORT_US) {
        (void)ledger_marked(ledger, &counted);
        add(self, point->to_us, &counted, now_us);
    }
    if (!point->seen)
        see(self, now_us, clock_wall_ms());
    point->asked = run_asked(&self->run, now_us);
    counted = ledger_reported(ledger)->counters;
    add(self, now_us, &counted, now_us + POINT_US);
}
