/*
 * verdict - one line that says what limited a run, with its evidence.
 *
 * Pure. Rules in order, the first that fits: result incomplete (the workload failed, secondaries lost) /
 * limited by the stream (throttled) / limited by the generator (CPU) / limited by the network or the
 * service's answer time (in-flight limit reached) / on target (rate) or held (users).
 */
#ifndef FRESHET_VERDICT_H
#define FRESHET_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/plan.h"

enum { VERDICT_TEXT_MAX = 512, VERDICT_HOT_MAX = 3 };

enum verdict_kind {
    VERDICT_NONE, /* nothing to judge yet */
    VERDICT_ON_TARGET,
    VERDICT_STREAM,
    VERDICT_GENERATOR,
    VERDICT_ANSWER_TIME,
    VERDICT_FAILING, /* nothing else limited it, but events failed */
    VERDICT_BEHIND,  /* the rate was missed and nothing above explains it */
    VERDICT_INCOMPLETE,
};

struct verdict_shard {
    const char *id; /* borrowed */
    uint64_t events;
};

struct verdict_facts {
    enum plan_model model;
    bool broker;        /* the target is Kafka: its broker and partitions, else the stream and its shards */
    bool ended;         /* false: live */
    uint64_t users;     /* users model */
    double asked_per_s; /* rate model */
    double delivered_per_s;   /* mean of the steady phase, or of all when steady has nothing */
    double achieved_ratio;    /* 1 in the users model */
    struct counters counters; /* of the same phase */
    struct counters all;      /* of the whole run */
    uint64_t service_p50_us, service_p99_us;
    uint64_t due_p50_us, due_p99_us;
    uint64_t lag_us_max;
    double busy_share; /* time with due work held back by the window, worst secondary, 0..1 */
    size_t members;    /* secondaries that took part */
    size_t hot;        /* of them, those above 90 % CPU */
    double cpu_percent_max;
    bool touched;          /* any throttling is a limit: a condition on it is not met */
    const char *failure;   /* "workload failed: ...", or NULL; borrowed */
    size_t lost;           /* secondaries lost, or without a final report */
    uint64_t lost_unknown; /* events */
    const char *lost_name; /* one of them, or NULL; borrowed */
    struct verdict_shard hottest[VERDICT_HOT_MAX]; /* most events first */
    size_t hottest_count, shards_count;
    double capacity_events_per_s; /* of pre-flight; 0: no limit known */
};

struct verdict {
    enum verdict_kind kind;
    char text[VERDICT_TEXT_MAX];
};

void verdict_make(const struct verdict_facts *facts, struct verdict *out);

/* "none", "on target", "stream", "generator", "answer time", "failing", "behind", "incomplete". */
const char *verdict_name(enum verdict_kind kind);

#endif
