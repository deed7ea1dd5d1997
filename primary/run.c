#include "primary/run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "primary/ramp.h"

void run_init(struct run *self, const struct plan *plan)
{
    must(self != NULL);
    must(plan != NULL);
    struct plan kept = *plan; /* which may be our own, for another run of the same plan */
    memset(self, 0, sizeof *self);
    self->plan = kept;
}

static bool under_load(const struct run *self)
{
    return self->state == RUN_SPAWNING || self->state == RUN_RUNNING;
}

static unsigned become_steady(struct run *self, uint64_t now_us)
{
    self->phase = PHASE_STEADY;
    self->steady_us = now_us;
    return RUN_PHASE;
}

/* Everybody who shall be there is there. */
static unsigned settle(struct run *self, uint64_t now_us)
{
    self->state = RUN_RUNNING;
    if (self->phase != PHASE_RAMP)
        return 0;
    if (self->plan.warm_up_us == 0)
        return become_steady(self, now_us);
    self->phase = PHASE_WARM_UP;
    self->warm_us = now_us;
    return RUN_PHASE;
}

static bool shaped(const struct run *self)
{
    return self->plan.shape.kind != SHAPE_NONE;
}

/* From `line->from_us` on another line holds. */
static void take_line(struct run *self, const struct shape_line *line)
{
    self->asked = run_asked(self, line->from_us);
    self->before = self->line;
    self->line = *line;
}

static void take_flat(struct run *self, double value, uint64_t now_us)
{
    const struct shape_line line = {
        .from_us = now_us, .to_us = SHAPE_FOREVER, .value = value, .value_to = value};
    take_line(self, &line);
}

/* Take the shape's line at `at_us`. False: it has ended there. */
static bool take_shape(struct run *self, uint64_t at_us)
{
    struct shape_line line;
    bool goes_on = shape_at(&self->plan.shape, at_us - self->shape_us, &line);
    line.from_us = at_us;
    if (line.to_us != SHAPE_FOREVER)
        line.to_us += self->shape_us;
    take_line(self, &line);
    return goes_on;
}

/* The rate or number of users that is asked when the load begins or is changed. */
static bool take_wanted(struct run *self, uint64_t now_us)
{
    if (shaped(self))
        return take_shape(self, now_us);
    take_flat(self, self->plan.model == PLAN_RATE ? self->plan.rate : (double)self->plan.users, now_us);
    return true;
}

static unsigned begin_stop(struct run *self, enum run_end why, uint64_t now_us)
{
    self->state = RUN_STOPPING;
    self->phase = PHASE_DRAIN;
    self->ended_by = why;
    self->stop_us = now_us;
    take_flat(self, 0, now_us);
    return RUN_STOP | RUN_PHASE;
}

/* Users of the shape at `now_us`. */
static bool take_users(struct run *self, uint64_t now_us)
{
    uint64_t grain_us = (now_us - self->line.from_us) / RUN_USERS_US * RUN_USERS_US;
    uint64_t wanted = (uint64_t)llround(shape_line_at(&self->line, self->line.from_us + grain_us));
    bool changed = wanted != self->users_wanted;
    self->users_wanted = wanted;
    return changed;
}

/* Follow the shape to `now_us`. */
static unsigned follow(struct run *self, uint64_t now_us)
{
    unsigned orders = 0;
    while (now_us >= self->line.to_us) {
        double value = self->line.value_to;
        if (!take_shape(self, self->line.to_us))
            return begin_stop(self, RUN_END_TIME, now_us);
        if (self->line.value != value || self->line.value_to != value)
            orders = RUN_DISPATCH; /* it is no longer what they do by themselves */
    }
    if (self->plan.model == PLAN_USERS)
        return take_users(self, now_us) ? RUN_DISPATCH : 0;
    return orders;
}

/* Follow the users' ramp to `now_us`. */
static unsigned climb(struct run *self, uint64_t now_us)
{
    if (self->plan.model != PLAN_USERS || self->ramp_done || shaped(self))
        return 0;
    uint64_t wanted =
        ramp_users(self->ramp_from, self->plan.users, self->plan.spawn_rate, now_us - self->ramp_us);
    unsigned orders = wanted == self->users_wanted ? 0 : RUN_DISPATCH;
    self->users_wanted = wanted;
    self->ramp_done = wanted == self->plan.users;
    return self->ramp_done ? orders | settle(self, now_us) : orders;
}

unsigned run_start(struct run *self, uint64_t id, uint64_t now_us, int64_t wall_ms)
{
    must(self->state == RUN_READY);
    must(self->plan.model == PLAN_RATE || self->plan.spawn_rate > 0);
    self->id = id;
    self->state = RUN_SPAWNING;
    self->phase = PHASE_RAMP;
    self->started_us = self->ramp_us = now_us;
    self->started_ms = wall_ms;
    self->shape_us = now_us;
    self->line = (struct shape_line){.from_us = now_us, .to_us = SHAPE_FOREVER};
    if (!take_wanted(self, now_us))
        return begin_stop(self, RUN_END_TIME, now_us);
    if (shaped(self) && self->plan.model == PLAN_USERS)
        (void)take_users(self, now_us);
    return RUN_DISPATCH | climb(self, now_us);
}

static unsigned close_run(struct run *self, uint64_t now_us, int64_t wall_ms)
{
    self->state = RUN_STOPPED;
    self->stopped_us = now_us;
    self->stopped_ms = wall_ms;
    return RUN_CLOSE;
}

/* Nobody is there, and nobody is worth waiting for. */
static bool deserted(struct run *self, const struct run_facts *facts, uint64_t now_us)
{
    if (facts->alive > 0) {
        self->alone_us = 0;
        return false;
    }
    if (self->alone_us == 0)
        self->alone_us = now_us;
    return facts->away == 0 || now_us - self->alone_us >= RUN_ALONE_US;
}

static unsigned tick_load(struct run *self, const struct run_facts *facts, uint64_t now_us)
{
    const struct plan *plan = &self->plan;
    if (deserted(self, facts, now_us))
        return begin_stop(self, RUN_END_ALL_LOST, now_us);
    if (plan->events != PLAN_EVENTS_UNLIMITED && facts->generated >= plan->events && facts->in_flight == 0)
        return begin_stop(self, RUN_END_EVENTS, now_us);
    if (plan->run_time_us > 0 && now_us - self->started_us >= plan->run_time_us)
        return begin_stop(self, RUN_END_TIME, now_us);
    unsigned orders = 0;
    if (self->phase == PHASE_WARM_UP && now_us - self->warm_us >= plan->warm_up_us)
        orders |= become_steady(self, now_us);
    if (shaped(self))
        orders |= follow(self, now_us);
    if (!under_load(self))
        return orders;
    if (plan->model == PLAN_USERS && !shaped(self))
        return orders | climb(self, now_us);
    size_t there =
        shaped(self) ? facts->started : facts->obeying; /* a shape's share may always be a new one */
    if (self->state == RUN_SPAWNING && facts->alive > 0 && there >= facts->alive)
        orders |= settle(self, now_us);
    return orders;
}

unsigned run_tick(struct run *self, const struct run_facts *facts, uint64_t now_us, int64_t wall_ms)
{
    must(self != NULL && facts != NULL);
    must(facts->final <= facts->alive && facts->obeying <= facts->alive && facts->started <= facts->alive);
    if (under_load(self))
        return tick_load(self, facts, now_us);
    if (self->state != RUN_STOPPING)
        return 0;
    bool answered = facts->final == facts->alive;
    bool too_late = now_us - self->stop_us >= self->plan.stop_timeout_us + RUN_STOP_GRACE_US;
    return answered || too_late ? close_run(self, now_us, wall_ms) : 0;
}

unsigned run_signal(struct run *self, int signal, uint64_t now_us, int64_t wall_ms)
{
    must(self != NULL);
    must(signal > 0);
    if (self->state == RUN_STOPPED)
        return 0;
    self->signals++;
    if (under_load(self)) {
        self->signal = signal;
        return begin_stop(self, RUN_END_SIGNAL, now_us);
    }
    /* One that comes while the run ends of its own accord changes nothing: it is ending in order. */
    if (self->state == RUN_STOPPING && self->signals < 2)
        return 0;
    self->signal = signal;
    self->ended_by = RUN_END_SIGNAL;
    return close_run(self, now_us, wall_ms) | RUN_ABORT;
}

unsigned run_stop(struct run *self, enum run_end why, uint64_t now_us)
{
    must(self != NULL);
    must(why != RUN_END_NONE && why != RUN_END_SIGNAL);
    return under_load(self) ? begin_stop(self, why, now_us) : 0;
}

unsigned run_abort(struct run *self, const char *rule, uint64_t now_us)
{
    must(self != NULL && rule != NULL);
    if (!under_load(self))
        return 0;
    snprintf(self->error, sizeof self->error, "aborted: %s", rule);
    return begin_stop(self, RUN_END_ABORTED, now_us);
}

unsigned run_fail(struct run *self, const char *error, uint64_t now_us)
{
    must(self != NULL);
    must(error != NULL);
    unsigned orders = under_load(self) ? begin_stop(self, RUN_END_ERROR, now_us) : 0;
    self->ended_by = RUN_END_ERROR; /* an error tells more than why the stop had begun */
    snprintf(self->error, sizeof self->error, "workload failed: %s", error);
    return orders;
}

/* What the plan asks at most, by its stages. */
static void take_peak(struct run *self)
{
    double peak = shape_peak(&self->plan.shape);
    if (self->plan.model == PLAN_RATE)
        self->plan.rate = peak;
    else
        self->plan.users = (uint64_t)llround(peak);
}

/* From the users that are there, at spawn_rate. */
static unsigned ramp_anew(struct run *self, uint64_t now_us)
{
    self->ramp_from = self->users_wanted;
    self->ramp_us = now_us;
    self->ramp_done = false;
    self->state = RUN_SPAWNING;
    return climb(self, now_us);
}

/* What is asked has changed. */
static unsigned turn_to(struct run *self, uint64_t now_us)
{
    if (!take_wanted(self, now_us))
        return begin_stop(self, RUN_END_TIME, now_us);
    if (self->plan.model == PLAN_RATE)
        return shaped(self) ? RUN_DISPATCH | RUN_ANEW : RUN_DISPATCH;
    if (!shaped(self))
        return ramp_anew(self, now_us);
    return take_users(self, now_us) ? RUN_DISPATCH : 0;
}

unsigned run_set_users(struct run *self, uint64_t users, uint64_t now_us)
{
    must(self != NULL);
    if (!under_load(self) || self->plan.model != PLAN_USERS || users == self->plan.users)
        return 0;
    self->plan.users = users;
    self->plan.shape.base = (double)users;
    return turn_to(self, now_us);
}

unsigned run_set_rate(struct run *self, double rate, uint64_t now_us)
{
    must(self != NULL);
    must(rate >= 0);
    if (!under_load(self) || self->plan.model != PLAN_RATE)
        return 0;
    self->plan.rate = rate;
    self->plan.shape.base = rate;
    return turn_to(self, now_us);
}

unsigned run_scale(struct run *self, double factor, uint64_t now_us)
{
    must(self != NULL);
    must(shape_own_values(&self->plan.shape));
    if (!under_load(self))
        return 0;
    shape_scale(&self->plan.shape, factor);
    take_peak(self);
    return turn_to(self, now_us);
}

unsigned run_set_shape(struct run *self, const struct plan *plan, uint64_t now_us)
{
    must(self != NULL && plan != NULL);
    must(plan->model == self->plan.model);
    if (!under_load(self))
        return 0;
    double present = shape_line_at(&self->line, now_us);
    self->plan.shape = plan->shape;
    self->plan.rate = plan->rate;
    self->plan.users = plan->users;
    self->shape_us = now_us;
    if (plan->shape.kind == SHAPE_STAGES) {
        self->plan.shape.base = plan->model == PLAN_USERS ? (double)self->users_wanted : present;
        take_peak(self);
    }
    uint64_t total_us = shape_total_us(&self->plan.shape);
    self->plan.run_time_us = plan->run_time_us;
    if (plan->run_time_us == 0 && total_us != SHAPE_FOREVER)
        self->plan.run_time_us = now_us - self->started_us + total_us;
    return turn_to(self, now_us);
}

unsigned run_set_spawn_rate(struct run *self, double spawn_rate, uint64_t now_us)
{
    must(self != NULL);
    must(spawn_rate > 0);
    if (!under_load(self) || self->plan.model != PLAN_USERS)
        return 0;
    unsigned orders = climb(self, now_us);
    self->plan.spawn_rate = spawn_rate;
    self->ramp_from = self->users_wanted;
    self->ramp_us = now_us;
    return orders;
}

void run_set_run_time(struct run *self, uint64_t run_time_us)
{
    must(self != NULL);
    self->plan.run_time_us = run_time_us;
}

struct shape_line run_line(const struct run *self)
{
    must(self != NULL);
    if (under_load(self) && self->plan.model == PLAN_RATE)
        return self->line;
    return (struct shape_line){.from_us = self->line.from_us, .to_us = SHAPE_FOREVER};
}

double run_rate(const struct run *self, uint64_t now_us)
{
    struct shape_line line = run_line(self);
    return now_us > line.from_us ? shape_line_at(&line, now_us) : line.value;
}

double run_asked(const struct run *self, uint64_t at_us)
{
    must(self != NULL);
    if (self->plan.model != PLAN_RATE)
        return 0;
    if (at_us >= self->line.from_us)
        return self->asked + shape_line_sum(&self->line, self->line.from_us, at_us);
    uint64_t from_us = at_us > self->before.from_us ? at_us : self->before.from_us;
    return self->asked - shape_line_sum(&self->before, from_us, self->line.from_us);
}

const char *run_state_name(enum run_state state)
{
    static const char *const names[] = {"ready", "spawning", "running", "stopping", "stopped"};
    must(state <= RUN_STOPPED);
    return names[state];
}

const char *run_end_name(const struct run *self)
{
    must(self != NULL);
    switch (self->ended_by) {
    case RUN_END_TIME:
        return "run time over";
    case RUN_END_EVENTS:
        return "all events generated";
    case RUN_END_SIGNAL:
        return self->signal == SIGINT ? "SIGINT" : self->signal == SIGTERM ? "SIGTERM" : "signal";
    case RUN_END_ASKED:
        return "stopped on request";
    case RUN_END_ALL_LOST:
        return "all secondaries lost";
    case RUN_END_ABORTED:
        return self->error;
    case RUN_END_SEARCHED:
        return "search is through";
    case RUN_END_ERROR:
        return self->error;
    case RUN_END_NONE:
        break;
    }
    return "";
}
