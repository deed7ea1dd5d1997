/*
 * tripwire - conditions that end a run when they have held for so long: "failed>5%:10s".
 *
 * Pure; time is an argument, in monotonic microseconds. The caller judges about once a second, on what
 * happened since the last judging. A rule trips when every judging over its time found its condition true; a
 * stretch in which there was nothing to judge (no event settled) changes nothing. One thread.
 */
#ifndef FRESHET_TRIPWIRE_H
#define FRESHET_TRIPWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "primary/threshold.h"

enum { TRIPWIRE_RULES_MAX = THRESHOLD_LIST_MAX + 1, TRIPWIRE_TEXT_MAX = THRESHOLD_TEXT_MAX + 32 };

struct tripwire_rule {
    char text[TRIPWIRE_TEXT_MAX]; /* as it was asked for */
    struct threshold condition;
    uint64_t hold_us;
    bool after_ramp;   /* not judged while the load is still being built up */
    uint64_t since_us; /* it has held from here on; 0: it did not when last judged */
};

struct tripwire {
    struct tripwire_rule rules[TRIPWIRE_RULES_MAX];
    size_t count;
};

/* Add rules of --abort-on: CONDITION:TIME, commas or newlines between. False: `error`. */
MUST_USE bool tripwire_add(struct tripwire *self, const char *text, char error[THRESHOLD_ERROR_MAX]);

/* Add the rule of --abort-below: PERCENT:TIME. False: `error`. */
MUST_USE bool tripwire_add_below(struct tripwire *self, const char *text, char error[THRESHOLD_ERROR_MAX]);

/* Judge what happened from `from_us` to `now_us`. The rule that tripped (borrowed), or NULL. */
const struct tripwire_rule *tripwire_judge(struct tripwire *self, const struct threshold_facts *facts,
                                           bool ramp, uint64_t from_us, uint64_t now_us);

#endif
