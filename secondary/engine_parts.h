/*
 * engine_parts - what engine.c (loop), control.c (messages and phases), joining.c (coming and coming back),
 * reach.c (the way to the primary) and report.c (what is told) share.
 *
 * Private to these four. Time is `now_us` of the turn.
 */
#ifndef FRESHET_ENGINE_PARTS_H
#define FRESHET_ENGINE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"
#include "secondary/bounds.h"
#include "secondary/engine.h"
#include "secondary/lease.h"
#include "secondary/load.h"
#include "secondary/prepare.h"

enum {
    HELLO_US = 3000000,    /* client_ready again when no ack came */
    HELLOS_MAX = 2,        /* unanswered ones before the line is dialled anew */
    HELLOS_KNOWN_MAX = 3,  /* once it was answered: a bad line recovers by itself */
    HELLO_SOON_US = 50000, /* while not even connected */
    HEARTBEAT_US = 1000000,
    STOCK_REPORT_US = 3000000,
    PATIENCE_US = 3000000,   /* a freshet primary's answer to a report comes within, or never */
    FINAL_WAIT_US = 3000000, /* for the acknowledgement of a final report */
    SILENCE_US = 5000000, /* a freshet primary that says nothing for so long has forgotten us, or is gone */
};

enum phase {
    PHASE_READY,   /* no load; books of a run may still be open */
    PHASE_OPENING, /* the sink is being opened */
    PHASE_RUNNING,
    PHASE_STOPPING, /* nothing new; what is on the way gets its answer */
    PHASE_FINAL,    /* all settled; waiting for the primary to have taken in the final report */
};

enum after { /* what follows a stop; a higher one overrules */
             AFTER_LEASE_LOST,
             AFTER_STOP,
             AFTER_QUIT,
             AFTER_ORPHANED, /* the parent is gone: nobody is left to report to */
};

struct engine {
    struct engine_setup setup;
    prepare_t *prepare;
    int epoll_fd, link_fd;
    uint64_t reached_us;
    uint64_t looked_us; /* when the file descriptors were last looked at */

    bool joined;    /* acknowledged since the last client_ready */
    bool freshet;   /* the primary is freshet's own */
    uint64_t place; /* among its secondaries, as it said when we joined */
    uint64_t hello_us, heard_us;
    unsigned hellos;     /* sent since the last ack */
    bool ever_joined;    /* somebody may know us by our name */
    uint64_t unheard_us; /* when to say that nobody answers */
    uint64_t forward_due_us;
    bool forwarding; /* log lines have gone to the primary that we joined */
    double spawn_timestamp;
    struct lease lease;

    enum phase phase;
    enum after after;
    uint64_t run_id;    /* 0: no books open */
    bool closed;        /* the run was stopped: it is not taken up again */
    options_t *options; /* owned: of the latest spawn */
    struct target target;
    struct wire_share share;
    struct load_share wanted;
    struct wire_class classes[WIRE_CLASSES_MAX];
    size_t classes_count;
    uint64_t stop_timeout_us, deadline_us;
    struct prepared *spare; /* owned: opened by a preflight, not used yet */
    struct prepared *used;  /* owned: sink and books of the run */
    workload_t *workload;   /* owned */
    load_t *load;           /* owned */
    struct stock stock;
    bool books_told; /* the run's last numbers are in the log */
    bool failed;     /* the workload of the run can make no more events, and the primary was told */
    uint64_t begin_us, begin_cpu_us;
    uint64_t ended_us, ended_cpu_us; /* when the books were completed; 0: not yet */

    bool ask_waiting;       /* a preflight question waits for the thread */
    uint64_t ask_id;        /* of the question that waits */
    uint64_t asked_id;      /* of the question that the thread works on */
    options_t *ask_options; /* owned */
    struct target ask_target;

    struct bounds bounds;
    uint64_t sequence, final_sequence, acknowledged, final_until_us;
    uint64_t report_due_us, heartbeat_due_us;
    uint64_t reported_us; /* when the last report left, as long as it awaits an answer; 0: none does */
    uint64_t echo_us, echo_at_us; /* of the primary's latest heartbeat: its clock, and ours when it came */
    uint64_t cpu_us, cpu_at_us;   /* at the last heartbeat */
    struct wire_shard *shards;    /* owned: room for reports */
    size_t shards_room;
    struct histogram nothing;
    bool sent; /* something was sent in this turn */

    bool done;
    int exit_code;
};

/* control.c */
void control_message(struct engine *self, struct wire_message *message, uint64_t now_us);
void control_prepared(struct engine *self, uint64_t now_us);
void control_stop(struct engine *self, enum after after, uint64_t now_us);
/* Phases that end by time or by draining; joins. */
void control_turn(struct engine *self, uint64_t now_us);
/* A message that is only its type. */
void control_say(struct engine *self, enum wire_type type);

/* joining.c */
void joining_hello(struct engine *self, uint64_t now_us);
void joining_acknowledged(struct engine *self, const struct wire_message *message, uint64_t now_us);
/* Is the share still granted? Before messages are read: what waits there may be as old as a lease that has
 * run out while this process stood still. */
void joining_lease(struct engine *self, uint64_t now_us);
/* A primary that has gone silent; hellos that are due. */
void joining_turn(struct engine *self, uint64_t now_us);

/* reach.c */
void reach_refused(struct engine *self, const struct wire_message *message, uint64_t now_us);
/* Is the primary there, and does it let us in? */
void reach_turn(struct engine *self, uint64_t now_us);
/* Log lines that are due. */
void reach_forward(struct engine *self, uint64_t now_us);

/* report.c */
void report_heartbeat(struct engine *self, uint64_t now_us);
void report_stats(struct engine *self, bool final, uint64_t now_us);
void report_complete(struct engine *self, uint64_t now_us);
/* Why the workload failed. */
void report_failure(struct engine *self);
/* Heartbeats and reports that are due. */
void report_turn(struct engine *self, uint64_t now_us);
/* When the next of them is. */
uint64_t report_next_us(const struct engine *self);

#endif
