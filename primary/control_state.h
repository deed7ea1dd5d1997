/*
 * control_state - what control.c (the turn) and control_dashboard.c (commands between turns) share. Nobody
 * else includes it.
 */
#ifndef FRESHET_CONTROL_STATE_H
#define FRESHET_CONTROL_STATE_H

#include "primary/baseline.h"
#include "primary/control.h"
#include "primary/passing.h"
#include "primary/scene.h"
#include "primary/stretch.h"

/* IDLE: only with a dashboard */
enum stage { IDLE, GATHERING, ASKING, RUNNING, OVER };

/* The point of the series that is being gathered. */
struct control_point {
    uint64_t from_us, to_us; /* the time that it covers */
    struct counters counted; /* by from_us */
    double asked_before;     /* events asked by then */
    bool seen;               /* to_us is over, and these are as of then: */
    enum phase phase;
    int64_t wall_ms;
    uint64_t users;
    double asked;
};

/* Of a search: what is being done for the next measurement. */
enum activity { ACTIVITY_SETTLING, ACTIVITY_HOLDING, ACTIVITY_OVER, ACTIVITY_RESTING };

/* What the run must meet, and what is kept to judge it (control_passing.c, control_search.c). */
struct watch {
    struct passing passing;
    struct baseline *steady; /* owned: the books when steady began; NULL: not yet */
    stretch_t *second;       /* owned: since the tripwires were judged last; NULL: none */
    double asked;            /* events asked by its beginning */
    struct search search;
    enum activity activity;
    uint64_t since_us; /* of the activity; 0: the search has not begun */
    stretch_t *hold;   /* owned: what is being measured */
    uint64_t lag_us;   /* at its beginning */
};

struct control {
    struct control_setup is; /* what we work with */
    enum stage stage;
    uint64_t since_us; /* of the stage */
    int exit_code;     /* once over without a run */
    bool ran;          /* there was a run */
    bool hurry;
    struct run run;
    scene_t *scene;   /* owned: the shape that a scenario gives it */
    series_t *series; /* owned */
    struct control_point point;

    options_t *options;         /* owned: of the run */
    struct marks marks;         /* what happened in it */
    shard_times_t *shard_times; /* owned */
    struct baseline *baseline;  /* owned: the statistics were reset there; NULL: not */
    unsigned resets;
    uint64_t next_id;      /* of the run being prepared */
    size_t lost;           /* secondaries, as of the last turn */
    uint64_t place_us;     /* when local secondaries are looked for again */
    uint64_t throttled_us; /* throttling was seen last; 0: never */
    bool quitting;         /* over when the run is */
    bool share_waits;      /* the load has to be shared out anew */
    uint64_t share_us;     /* but not before this */
    char refusal[CONTROL_TEXT_MAX];
    struct watch watch;
};

/* A number for a run, never 0. */
uint64_t control_draw_id(void);

/* Seconds since the start of the run. */
double control_elapsed_s(const control_t *self, uint64_t now_us);

/* The series begins with the run; goes on, each turn; and ends with it. */
void control_first_point(control_t *self, uint64_t now_us);
void control_points(control_t *self, uint64_t now_us);
void control_last_point(control_t *self, uint64_t now_us);

void control_enter(control_t *self, enum stage stage, uint64_t now_us);

/* It ends without a run: nothing was sent. `why` was told on the log; the dashboard shows it too. */
void control_give_up(control_t *self, int code, const char *why);

/* Do what the run's state machine ordered. */
void control_obey(control_t *self, unsigned orders, uint64_t now_us);

/* ---- passing (control_passing.c) ---- */

/* Take in what the options say for the run to come. They were checked. */
void control_passing_read(control_t *self);
/* The run begins; time has passed in it; it is being stopped. */
void control_passing_begin(control_t *self);
void control_passing_turn(control_t *self, uint64_t now_us);
void control_passing_stop(control_t *self);
void control_passing_fini(control_t *self);

/* The search's part of them (control_search.c). */
void control_search_begin(control_t *self);
void control_search_turn(control_t *self, uint64_t now_us);
/* "settling", "holding" or "over". */
const char *control_search_activity(const control_t *self);
uint64_t control_search_remaining_us(const control_t *self, uint64_t now_us);

#endif
