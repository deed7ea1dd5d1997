/*
 * control - the primary's turn: gather secondaries, ask the target, run, and notice what goes wrong.
 *
 * Every 20 ms, and at signals and keys, it puts the facts to the pure modules and does what they order.
 * Without a dashboard it makes one run and is over; with one it waits for control_start, run after run, until
 * a signal comes. One thread, the primary's loop.
 */
#ifndef FRESHET_CONTROL_H
#define FRESHET_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/local.h"
#include "common/log.h"
#include "common/must.h"
#include "common/options.h"
#include "common/plan.h"
#include "primary/console.h"
#include "primary/marks.h"
#include "primary/members.h"
#include "primary/shard_times.h"
#include "primary/snapshot.h"

enum { CONTROL_TURN_MS = 20, CONTROL_TEXT_MAX = 512 };

/* All borrowed, and living longer than the control. A scenario that `options` name is known to be good. */
struct control_setup {
    const options_t *options;
    const struct plan *plan;
    members_t *members;
    local_t *local;     /* NULL: no local secondaries */
    console_t *console; /* NULL: none */
    bool dashboard;
    log_t *log;
    size_t expected;      /* secondaries to wait for */
    uint64_t max_wait_us; /* at most so long; 0: for ever */
};

typedef struct control control_t;

/* Starts to gather. The caller owns it. */
control_t *control_new(const struct control_setup *setup, uint64_t now_us);
void control_destroy(control_t **self_p);

/* Time has passed. True: it is over. */
MUST_USE bool control_turn(control_t *self);
/* SIGINT or SIGTERM came; a child ended; a key was pressed. True: it is over. */
MUST_USE bool control_signal(control_t *self, int signal);
void control_children(control_t *self);
void control_key(control_t *self, enum console_key key);

/* ---- for the dashboard ---- */

/* Is a run being prepared, going on or stopping? */
bool control_busy(const control_t *self);

/* Gather, ask the target and run; not while busy. `options` and `plan` are copied. Returns the run's id. */
uint64_t control_start(control_t *self, const options_t *options, const struct plan *plan);

/* Change the run that goes on: rate or users and spawn rate, run time of `plan`. False: none goes on. */
MUST_USE bool control_edit(control_t *self, const options_t *options, const struct plan *plan);

/* Stop it in order; returns at once. False: there is nothing to stop. */
MUST_USE bool control_stop(control_t *self);

/* Statistics and charts begin anew; a run that has ended is forgotten. */
void control_reset(control_t *self);

/* Locust's word for the state; "spawning" while a run is being prepared. */
const char *control_state(const control_t *self);
/* Is it being prepared: gathering secondaries, asking the target? */
bool control_preparing(const control_t *self);
/* Why the last start came to nothing, or NULL. */
const char *control_refusal(const control_t *self);
/* Of the run that goes on or was last. */
const options_t *control_options(const control_t *self);
const struct run *control_run(const control_t *self);
const struct marks *control_marks(const control_t *self);
const shard_times_t *control_shard_times(const control_t *self);
const series_t *control_series(const control_t *self);
/* How often statistics were reset in it. */
unsigned control_resets(const control_t *self);

/* Was there a run to report about? If not, control_exit_code says why it ended, and it was told. */
bool control_ran(const control_t *self);
/* Must what still runs be ended at once (a second signal)? */
bool control_hurry(const control_t *self);
int control_exit_code(const control_t *self);

/* A picture of now with the last `points_max` seconds; the caller owns it. */
struct snapshot *control_snapshot(control_t *self, size_t points_max);

#endif
