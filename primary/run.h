/*
 * run - the states of a run: ready, spawning, running, stopping, stopped.
 *
 * Pure (but for a shape's function): events go in, orders for the caller come out as bits. Time is an
 * argument, in monotonic microseconds; wall milliseconds label only. States are Locust's words; phases
 * (phase.h) are data beside them. One thread.
 */
#ifndef FRESHET_RUN_H
#define FRESHET_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/plan.h"
#include "primary/phase.h"

enum {
    RUN_STOP_GRACE_US = 3000000,
    RUN_ALONE_US = 15000000, /* a run without secondaries ends after so long, if one of them may come back */
    RUN_USERS_US = 100000,   /* users follow a shape so often */
    RUN_TEXT_MAX = 512,
};

enum run_state { RUN_READY, RUN_SPAWNING, RUN_RUNNING, RUN_STOPPING, RUN_STOPPED };

enum run_end {
    RUN_END_NONE,
    RUN_END_TIME,     /* run time is over */
    RUN_END_EVENTS,   /* --events were generated and answered for */
    RUN_END_SIGNAL,   /* SIGINT or SIGTERM: `signal` */
    RUN_END_ASKED,    /* somebody pressed stop */
    RUN_END_ALL_LOST, /* no secondary is left */
    RUN_END_ABORTED,  /* a condition of --abort-on or --abort-below held: `error` says which */
    RUN_END_SEARCHED, /* --find-capacity is through */
    RUN_END_ERROR,    /* the workload failed: `error` */
};

/* What the caller shall do; or-ed. */
enum run_order {
    RUN_DISPATCH = 1 << 0, /* compute shares for run.users_wanted / run.rate and send them */
    RUN_PHASE = 1 << 1,    /* tell the ledger: run.phase */
    RUN_STOP = 1 << 2,     /* order all secondaries to stop */
    RUN_CLOSE = 1 << 3,    /* close the ledger; the run is over */
    RUN_ABORT = 1 << 4,    /* second signal: end at once (comes with RUN_CLOSE) */
    RUN_ANEW = 1 << 5,     /* with RUN_DISPATCH: by an edit, what was left undone is not chased */
};

/* What the caller sees at the moment of a tick. */
struct run_facts {
    size_t away;    /* secondaries that took part, are lost, and may return or be replaced */
    size_t alive;   /* secondaries with a share that are not lost (stock ones too) */
    size_t obeying; /* those of them that obey their latest share (spawning_complete, or a report says so) */
    size_t started; /* those of them that obey any share of this run */
    size_t final;   /* those of them that gave their final report, or stopped */
    uint64_t generated; /* of all, the lost ones' remainders included */
    uint64_t in_flight; /* events */
};

/* Open data: read freely, changed by these functions only. */
struct run {
    enum run_state state;
    enum phase phase;
    enum run_end ended_by;
    unsigned signals;         /* how many came */
    int signal;               /* RUN_END_SIGNAL: its number */
    char error[RUN_TEXT_MAX]; /* RUN_END_ERROR, RUN_END_ABORTED */
    uint64_t id;              /* of the run */
    struct plan plan;         /* users, spawn_rate and rate follow changes made while it runs */
    uint64_t users_wanted;    /* now, by the ramp */
    uint64_t ramp_from;       /* users when the present ramp began */
    uint64_t ramp_us;         /* when it began */
    bool ramp_done;
    uint64_t shape_us;        /* when the present shape began */
    struct shape_line line;   /* of rate or users, from its moment on */
    struct shape_line before; /* the one before it */
    double asked;             /* rate model: events asked before the line began */
    uint64_t alone_us;        /* since when nobody is there; 0: somebody is */
    uint64_t started_us, warm_us, steady_us, stop_us, stopped_us; /* 0: not yet */
    int64_t started_ms, stopped_ms;                               /* wall */
};

/* A run of `plan` (copied; may be self's own), not yet started. */
void run_init(struct run *self, const struct plan *plan);

/* Start it. Returns orders. */
MUST_USE unsigned run_start(struct run *self, uint64_t id, uint64_t now_us, int64_t wall_ms);

/* Time has passed or facts have changed; call it each turn or at least every 100 ms. Returns orders. */
MUST_USE unsigned run_tick(struct run *self, const struct run_facts *facts, uint64_t now_us, int64_t wall_ms);

/* SIGINT or SIGTERM. The first stops in order; a second one, or one before the start, ends at once. */
MUST_USE unsigned run_signal(struct run *self, int signal, uint64_t now_us, int64_t wall_ms);

/* Stop because of `why` (RUN_END_ASKED ...). Nothing when it is stopping already. */
MUST_USE unsigned run_stop(struct run *self, enum run_end why, uint64_t now_us);

/* Stop because the condition `rule` has held for too long. */
MUST_USE unsigned run_abort(struct run *self, const char *rule, uint64_t now_us);

/* Stop because the workload can make no more events. */
MUST_USE unsigned run_fail(struct run *self, const char *error, uint64_t now_us);

/* Another number of users (added or removed at spawn_rate), or another rate (at once), while it runs. */
MUST_USE unsigned run_set_users(struct run *self, uint64_t users, uint64_t now_us);
MUST_USE unsigned run_set_rate(struct run *self, double rate, uint64_t now_us);

/* In a run whose shape has values of its own: all of them times `factor`. */
MUST_USE unsigned run_scale(struct run *self, double factor, uint64_t now_us);

/* The shape, rate and users of `plan` from now on; its stages begin at what is asked now. Without a run time
 * of its own the run ends with the shape. */
MUST_USE unsigned run_set_shape(struct run *self, const struct plan *plan, uint64_t now_us);

/* Another pace of adding users, from now on. */
MUST_USE unsigned run_set_spawn_rate(struct run *self, double spawn_rate, uint64_t now_us);
/* Another run time, counted from the start; 0: until stopped. */
void run_set_run_time(struct run *self, uint64_t run_time_us);

/* The rate of `now_us`, events/s: 0 in the users model and outside of spawning and running. */
double run_rate(const struct run *self, uint64_t now_us);
/* The line that it is on, with its beginning not after now; flat at 0 likewise. */
struct shape_line run_line(const struct run *self);

/* Events asked from the start to `at_us`, a moment of the present line or the one before. 0 in the users
 * model. */
double run_asked(const struct run *self, uint64_t at_us);

/* "ready", "spawning", "running", "stopping", "stopped". */
const char *run_state_name(enum run_state state);
/* "run time over", "all events generated", "SIGINT", "aborted: failed>5%:10s", "workload failed: x.lua:7:
 * ..."
 * ...; "" for none. */
const char *run_end_name(const struct run *self);

#endif
