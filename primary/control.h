/*
 * control - the primary's turn: gather secondaries, ask the target, run, and notice what goes wrong.
 *
 * Every 100 ms, and at signals and keys, it puts the facts to the pure modules and does what they order. One
 * thread, the primary's loop.
 */
#ifndef FRESHET_CONTROL_H
#define FRESHET_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/options.h"
#include "common/plan.h"
#include "primary/console.h"
#include "primary/local.h"
#include "primary/members.h"
#include "primary/snapshot.h"

enum { CONTROL_TURN_MS = 20 };

/* All borrowed, and living longer than the control. */
struct control_setup {
    const options_t *options;
    const struct plan *plan;
    members_t *members;
    local_t *local; /* NULL: no local secondaries */
    console_t *console;
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

/* Was there a run to report about? If not, control_exit_code says why it ended, and it was told. */
bool control_ran(const control_t *self);
/* Must what still runs be ended at once (a second signal)? */
bool control_hurry(const control_t *self);
int control_exit_code(const control_t *self);

/* A picture of now with the last `points_max` seconds; the caller owns it. */
struct snapshot *control_snapshot(control_t *self, size_t points_max);

#endif
