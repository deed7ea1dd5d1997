#include "primary/run.h"

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

/* Everybody who shall be there is there. */
static unsigned settle(struct run *self, uint64_t now_us)
{
    self->state = RUN_RUNNING;
    if (self->phase != PHASE_RAMP)
        return 0;
    self->phase = PHASE_STEADY;
    self->steady_us = now_us;
    return RUN_PHASE;
}

/* Follow the users' ramp to `now_us`. */
static unsigned climb(struct run *self, uint64_t now_us)
{
    if (self->plan.model != PLAN_USERS || self->ramp_done)
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
    return RUN_DISPATCH | climb(self, now_us);
}

static unsigned begin_stop(struct run *self, enum run_end why, uint64_t now_us)
{
    self->state = RUN_STOPPING;
    self->phase = PHASE_DRAIN;
    self->ended_by = why;
    self->stop_us = now_us;
    return RUN_STOP | RUN_PHASE;
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
    if (plan->model == PLAN_USERS)
        return climb(self, now_us);
    if (self->state == RUN_SPAWNING && facts->alive > 0 && facts->obeying >= facts->alive)
        return settle(self, now_us);
    return 0;
}

unsigned run_tick(struct run *self, const struct run_facts *facts, uint64_t now_us, int64_t wall_ms)
{
    must(self != NULL && facts != NULL);
    must(facts->final <= facts->alive && facts->obeying <= facts->alive);
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

unsigned run_fail(struct run *self, const char *error, uint64_t now_us)
{
    must(self != NULL);
    must(error != NULL);
    unsigned orders = under_load(self) ? begin_stop(self, RUN_END_ERROR, now_us) : 0;
    self->ended_by = RUN_END_ERROR; /* an error tells more than why the stop had begun */
    snprintf(self->error, sizeof self->error, "workload failed: %s", error);
    return orders;
}

unsigned run_set_users(struct run *self, uint64_t users, uint64_t now_us)
{
    must(self != NULL);
    if (!under_load(self) || self->plan.model != PLAN_USERS || users == self->plan.users)
        return 0;
    self->plan.users = users;
    self->ramp_from = self->users_wanted;
    self->ramp_us = now_us;
    self->ramp_done = false;
    self->state = RUN_SPAWNING;
    return climb(self, now_us);
}

unsigned run_set_rate(struct run *self, double rate)
{
    must(self != NULL);
    must(rate >= 0);
    if (!under_load(self) || self->plan.model != PLAN_RATE)
        return 0;
    self->plan.rate = rate;
    return RUN_DISPATCH;
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

double run_rate(const struct run *self)
{
    must(self != NULL);
    return under_load(self) && self->plan.model == PLAN_RATE ? self->plan.rate : 0;
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
    case RUN_END_ERROR:
        return self->error;
    case RUN_END_NONE:
        break;
    }
    return "";
}
