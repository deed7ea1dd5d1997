/*
 * bounds - the promise towards a freshet primary: never generate past what it has acknowledged.
 *
 * Pure, open data. Every report carries a bound; it is in force once the primary says that it took that
 * report in. The allowance past what is generated follows the recent rate and the time that acknowledgements
 * take. Time is an argument.
 */
#ifndef FRESHET_BOUNDS_H
#define FRESHET_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOUNDS_KEPT = 256, BOUNDS_EARLY_US = 20000 };

struct bounds {
    uint64_t first;       /* allowance of the share: the least */
    uint64_t report_us;   /* interval of reports */
    uint64_t in_force;    /* acknowledged: generation stops here */
    uint64_t promised;    /* of the last report */
    uint64_t allowance;   /* of the last report */
    uint64_t delay_us;    /* how long acknowledgements take, the recent worst */
    uint64_t reported_us; /* when the last report was made; 0: none yet */
    uint64_t reported;    /* generated then */
    double rate;          /* events per microsecond, recent */
    struct {
        uint64_t sequence, bound, sent_us;
    } kept[BOUNDS_KEPT]; /* ring by sequence */
};

/* A run begins with this much allowed. */
void bounds_start(struct bounds *self, uint64_t first, uint64_t report_us);

/* From now on the share needs an allowance of at least this. */
void bounds_need(struct bounds *self, uint64_t allowance);

/* A report with `sequence` is being made: the bound to write into it. `hit`: the bound held generation back.
 */
uint64_t bounds_report(struct bounds *self, uint64_t sequence, uint64_t generated, bool hit, uint64_t now_us);

/* The primary has taken in reports up to `sequence`. */
void bounds_acknowledged(struct bounds *self, uint64_t sequence, uint64_t now_us);

/* Should a report go early? Less than half of the allowance is left, and the last is a while ago. */
bool bounds_wants_report(const struct bounds *self, uint64_t generated, uint64_t now_us);

#endif
