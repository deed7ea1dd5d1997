/*
 * load - one secondary's share of a run: makes batches when they are due, sends them, settles the answers.
 *
 * All of a run but its link: pool, pacer or users, window, retries. The engine calls load_turn in a loop and
 * blocks in the sink in between. Everything is allocated by load_new (and when the number of users grows).
 * One thread; time is an argument, in monotonic microseconds, so that tests replay any story with a scripted
 * sink.
 */
#ifndef FRESHET_LOAD_H
#define FRESHET_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/plan.h"
#include "common/workload/workload.h"
#include "secondary/sink.h"
#include "secondary/stock.h"

enum {
    LOAD_BATCH_MAX = 500,     /* events */
    LOAD_EVENT_ROOM = 2048,   /* arena bytes an event, encoded; a batch is cut when they are used up */
    LOAD_GROUPS = 4096,       /* rate model: sensor groups that take turns */
    LOAD_USERS_SPAN = 1000000 /* users model: numbers kept apart for each secondary */
};

struct load_setup { /* everything borrowed, and living longer */
    sink_t *sink;
    workload_t *workload;
    tally_t *tally;
    struct stock *stock;
    bool rate_model;
    uint32_t connections_max;
    uint64_t retries_max;
    uint64_t batch_bytes;
    uint64_t seed, index;
};

/* What is asked of this secondary now; may change during a run. */
struct load_share {
    double rate;      /* rate model: events per second, now */
    double rate_to;   /* and where it goes in a straight line */
    uint64_t over_us; /* within this time; 0: it stays */
    uint64_t from_us; /* counted from this moment, when the order came */
    bool bends;       /* the schedule goes on with what it has left undone; else a new one begins */
    uint64_t epoch;   /* of the order; 0: it has none */
    double phase;     /* rate model: 0..1 */
    uint32_t users;
    uint32_t batch_size;
    struct wait_rule wait;
    uint64_t quota; /* events in the whole run */
};

struct load_state { /* for reports */
    uint64_t in_flight, window;
    uint64_t lag_us, lag_us_max, busy_us;
    uint32_t users;
    bool bound_hit; /* generation was held back by the bound since the last look */
};

typedef struct load load_t;

load_t *load_new(const struct load_setup *setup, uint64_t now_us);
void load_destroy(load_t **self_p);

/* Take a share, also after load_stop: generation goes on. */
void load_share(load_t *self, const struct load_share *share, uint64_t now_us);

/* Generate up to this many events in the whole run; never lowered. UINT64_MAX: no bound. */
void load_bound(load_t *self, uint64_t bound);

/* Generate nothing more; what is on the way goes on. */
void load_stop(load_t *self, uint64_t now_us);

/* The stop timeout has struck: give up all that is on the way. Afterwards load_drained is true. */
void load_abandon(load_t *self, uint64_t now_us, int64_t wall_ms);

/* Why the workload could make no more events, or NULL while it can. Then the load is stopped, for good, and
 * what it had made is sent. Borrowed. */
const char *load_failure(const load_t *self);

/* Is nothing on the way any more? */
bool load_drained(const load_t *self);

/* Settle what was answered, then send what is due. */
void load_turn(load_t *self, uint64_t now_us, int64_t wall_ms);

/* When load_turn has something to do again without an answer; UINT64_MAX: only after one. */
uint64_t load_next_us(const load_t *self, uint64_t now_us);

void load_look(load_t *self, uint64_t now_us, struct load_state *out);

#endif
