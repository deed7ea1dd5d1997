/*
 * ledger - what became of every event of a run: merges the reports of all secondaries.
 *
 * Pure; time is an argument (monotonic us `now_us`; wall ms where a label is needed). Reports are cumulative
 * and numbered; the ledger takes differences, so a lost, late or repeated report changes no total, and one
 * that goes back or breaks generated >= delivered + failed + unknown is refused. Secondaries are known by
 * their index in the roster. One thread.
 *
 * Bounds: a secondary never generates past its bound. The bound rises by the share sent to it (ledger_share)
 * and by acknowledging a report that promised a higher one (ledger_acknowledge), and never passes its quota.
 * When a secondary is lost, what it may have sent beyond its last report counts as unknown, so that generated
 * = delivered + failed + unknown + in flight holds at every step. When it returns, its next report resolves
 * them.
 *
 * Phases: a report that spans ramp, warm-up and steady is split by time (its latencies go to the phase that
 * has most of it); one that spans steady and drain counts as steady, because what it holds was generated
 * before the stop.
 */
#ifndef FRESHET_LEDGER_H
#define FRESHET_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/histogram.h"
#include "common/must.h"
#include "common/shape.h"
#include "common/wire.h"
#include "primary/phase.h"

enum {
    LEDGER_ERRORS_MAX = 4096, /* kinds of errors kept; further ones count under "other" */
};

enum ledger_take {
    LEDGER_TAKEN,        /* merged */
    LEDGER_STALE,        /* not newer than what is known: nothing changed */
    LEDGER_OTHER_RUN,    /* of another run: nothing changed */
    LEDGER_INCONSISTENT, /* refused: nothing changed; *reason_out says why */
};

struct ledger_totals {
    struct counters counters;
    struct histogram due;
    struct histogram service;
};

/* What the ledger knows of one secondary in this run. Open data, borrowed. */
struct ledger_member {
    bool known;               /* it got a share or reported in this run */
    bool lost;                /* given up for now; its remainder is in `lost_unknown` */
    bool final;               /* gave its final report */
    bool left;                /* said goodbye after it */
    uint64_t epoch_sent;      /* of the last share sent to it */
    uint64_t epoch;           /* it obeys, by its last report */
    uint64_t sequence;        /* of the last report taken; 0: none */
    uint64_t quota, allowed;  /* its bound is the lesser of the two */
    uint64_t lost_generated;  /* events that it may have generated beyond its last report */
    uint64_t lost_unknown;    /* those, and what was in flight by its last report */
    struct counters counters; /* of its last report */
    uint64_t batches_in_flight, window;
    uint64_t lag_us, lag_us_max, busy_us, cpu_us, elapsed_us;
    uint64_t reported_us;         /* when that report was taken in; 0: none */
    double rates[COUNTERS_COUNT]; /* per second, from its own clock between its last reports */
    double cpu_percent;           /* of one core, likewise */
    double busy_share;            /* of that time with due work held back by the window, 0..1 */
    bool stopped_short;           /* the run was closed without its final report */
};

struct ledger_shard {
    const char *id; /* borrowed */
    uint64_t events;
};

struct ledger_error {
    const char *code, *message; /* borrowed */
    uint64_t events;
    int64_t first_seen_ms, last_seen_ms; /* wall */
};

typedef struct ledger ledger_t;

/* A ledger for indexes below `capacity`, with nothing in it. The caller owns it; exhausted memory aborts. */
ledger_t *ledger_new(size_t capacity);
void ledger_destroy(ledger_t **self_p);

/* Start the books of a new run, in phase ramp. `events`: plan.events. */
void ledger_begin(ledger_t *self, uint64_t run_id, uint64_t events, uint64_t now_us);

/* The run enters `phase` (never an earlier one). */
void ledger_phase(ledger_t *self, enum phase phase, uint64_t now_us);

/* From now on `rate` events/s are asked of all together (rate model); for ledger_asked(). */
void ledger_rate(ledger_t *self, double rate, uint64_t now_us);
/* The same for a rate that goes in a straight line, which began by now. */
void ledger_curve(ledger_t *self, const struct shape_line *line, uint64_t now_us);

/* A spawn message with these values is sent to `index` (freshet peers only). Call it in the same turn as
 * dispatch(). A lost one that gets a share counts as alive again. */
void ledger_share(ledger_t *self, size_t index, uint64_t epoch, uint64_t quota, uint64_t bound);

/* Merge a report. `reason_out` (may be NULL) gets static text when it is refused. */
MUST_USE enum ledger_take ledger_report(ledger_t *self, size_t index, const struct wire_report *report,
                                        uint64_t now_us, int64_t wall_ms, const char **reason_out);

/* The sequence for the next heartbeat answer to `index` (0: none). By this call the bound which that report
 * promised becomes allowed; so call it only when the answer is really sent. */
uint64_t ledger_acknowledge(ledger_t *self, size_t index);

/* It is missing or gone: its remainder becomes unknown. Repeatable. */
void ledger_lost(ledger_t *self, size_t index);

/* It said goodbye: as lost, unless it gave its final report; then nothing of it is open. */
void ledger_left(ledger_t *self, size_t index);

/* It is back: alive again; what was counted as unknown stays so until its next report resolves it. */
void ledger_returned(ledger_t *self, size_t index);

/* The run is over: whoever gave no final report counts as lost (`stopped_short`). Then nothing is in flight.
 */
void ledger_close(ledger_t *self, uint64_t now_us);

/* The bound of `index`: events it may have generated in this run. 0 when unknown here. */
uint64_t ledger_bound(const ledger_t *self, size_t index);

/* Totals with the remainders of the lost in them: of the run, and of one phase. */
void ledger_totals(const ledger_t *self, struct ledger_totals *out);
void ledger_phase_totals(const ledger_t *self, enum phase phase, struct ledger_totals *out);
/* The counters only (cheap). */
struct counters ledger_counters(const ledger_t *self);
/* As reported, without the remainders of the lost: these never go back. Borrowed. */
const struct ledger_totals *ledger_reported(const ledger_t *self);

/* Events counted as unknown (and as generated) for the lost, now. */
uint64_t ledger_lost_unknown(const ledger_t *self);

/* Time spent in a phase up to now. */
uint64_t ledger_phase_us(const ledger_t *self, enum phase phase, uint64_t now_us);

/* Events asked for in the steady phase up to `now_us`, as long as events remained. 0 in the users model. */
double ledger_asked(const ledger_t *self, uint64_t now_us);

/* delivered / asked of the steady phase, at most 1; 1 when nothing was asked. Of what the drain delivered, as
 * much counts as was in requests under way when it began: that was sent in time. A backlog of retries was
 * not. */
double ledger_achieved(const ledger_t *self, uint64_t now_us);

/* Sum of the members' latest rates per second (those heard of within the last 3 s), by counter. */
void ledger_rates(const ledger_t *self, uint64_t now_us, double rates[COUNTERS_COUNT]);

/* What was counted by `at_us`, a moment to come, shall be known: see ledger_marked. */
void ledger_mark(ledger_t *self, uint64_t at_us);

/* The counters of all by that moment, each member's in a straight line between its reports before and after.
 * False: somebody has not reported since, and counts as of its last report. */
bool ledger_marked(const ledger_t *self, struct counters *out);

/* Member `index` below the capacity. Borrowed. */
const struct ledger_member *ledger_member(const ledger_t *self, size_t index);
/* Members are below this index. */
size_t ledger_count(const ledger_t *self);
/* Alive members: all, those whose last report was final, those that obey the last share sent to them, those
 * that obey any. */
size_t ledger_alive_count(const ledger_t *self);
size_t ledger_final_count(const ledger_t *self);
size_t ledger_obeying_count(const ledger_t *self);
size_t ledger_started_count(const ledger_t *self);
/* Lost, or stopped short. */
size_t ledger_lost_count(const ledger_t *self);

size_t ledger_shards_count(const ledger_t *self);
struct ledger_shard ledger_shard(const ledger_t *self, size_t index);
size_t ledger_errors_count(const ledger_t *self);
struct ledger_error ledger_error(const ledger_t *self, size_t index);

#endif
