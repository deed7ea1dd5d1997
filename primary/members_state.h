/*
 * members_state - what members.c (what comes in), members_orders.c (what goes out), members_travel.c (what
 * goes with it) and members_watch.c (what is amiss) share. Nobody else includes it.
 */
#ifndef FRESHET_MEMBERS_STATE_H
#define FRESHET_MEMBERS_STATE_H

#include "primary/local_kafka.h"
#include "primary/members.h"
#include "primary/skew.h"

struct member {              /* what is known of an index beyond roster and ledger */
    bool spoke;              /* it said more than that it joins */
    bool stock_share;        /* a stock peer that got users in this run */
    bool stock_started;      /* and has said that they are there, once at least */
    bool stopping;           /* a stock peer that has stopped them: its next report is the last of the run */
    bool stopped;            /* and has given it */
    bool broken;             /* it reported an exception: gets no share in this run */
    bool shared;             /* a freshet peer that got `share` in this run */
    struct wire_share share; /* as it was sent last, to be said again should it not be obeyed, */
    struct shape_line pace;  /* with its rate as of then */
    uint64_t users, told_us; /* with it: users; when share or stop was sent last */
    struct skew skew;
    bool skew_told;             /* that its clock is wrong */
    struct wire_class *classes; /* owned; a stock peer's user classes, as it names them */
    size_t classes_count;
};

struct travelling {
    struct wire_option *options; /* owned */
    size_t options_count;
    struct wire_workload workload; /* its text is owned */
};

struct members {
    roster_t *roster;
    ledger_t *ledger;
    stock_t *stock;
    fleet_t *fleet;         /* borrowed */
    log_t *log;             /* borrowed */
    local_kafka_t *kafka;   /* owned: for targets that are local */
    struct member *members; /* owned: ROSTER_CAPACITY */
    size_t *lost;           /* owned: scratch of the sweep */
    struct travelling travelling;
    double stop_timeout_s;
    char target[TARGET_TEXT_MAX];

    uint64_t run_id; /* 0: no run */
    bool stopping;
    bool parting;        /* everybody was told to quit */
    size_t joined_later; /* since the run began */
    bool changed;
    uint64_t swept_us; /* last sweep; 0: none yet */
    uint64_t epoch;
    double timestamp; /* of the last spawn message */

    bool stay; /* stock peers are not sent away when a run stops */
    members_answer_fn *on_answer;
    void *answer_context;
    uint64_t question; /* id of the preflight asked */
    bool answered;
    struct wire_preflight preflight; /* message owned */

    struct report_exception exceptions[MEMBERS_EXCEPTIONS_MAX]; /* texts owned */
    size_t exceptions_count;
    char *refusal; /* owned */
    char *failure; /* owned */
    struct log_limit report_limit, exception_limit, full_limit, mute_limit;
};

/* Forget exceptions, refusal and answer of the run before, and who could not go on in it. */
void members_forget(members_t *self);

/* What `options` say to secondaries; freed by members_travelling_fini, which makes it all zero. */
void members_pack(members_t *self, const options_t *options, struct travelling *out);
void members_travelling_fini(struct travelling *self);

/* The start of a message to `id`. */
struct wire_message members_message_to(const char *id, enum wire_type type);

void members_send_plain(members_t *self, const char *id, enum wire_type type);

/* Tell `index` to stop the load of this run. */
void members_send_stop(members_t *self, size_t index);

/* A run goes on and was not stopped. */
bool members_loading(const members_t *self);

/* What `index` does is not what it was told: the message was lost, or it comes from a run that we know
 * nothing of. Then it is told again. `loaded`: it generates. */
void members_converge(members_t *self, size_t index, bool loaded, uint64_t now_us);

/* Round trip and clock, by a heartbeat that answers one of ours. */
void members_measure(members_t *self, const struct wire_message *message, size_t index, uint64_t now_us);

/* Send `index` its share once more: it may not have it, or not obey it. */
void members_send_again(members_t *self, size_t index);

/* A sign of life from us: renews the lease; tells how far the reports were taken in. */
void members_send_heartbeat(members_t *self, size_t index, uint64_t echo_us);

#endif
