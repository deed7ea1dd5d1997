/*
 * exit_code - what a finished run exits with.
 *
 * Pure. The first that applies, in this order: 1 the workload failed; 130 / 143 interrupted, after an orderly
 * stop; 7 secondaries lost and not replaced; 3 a threshold was not met; 1 events failed or unknown (the
 * number is --exit-code-on-error; 0 makes failures not count); 4 achieved_ratio below 0.95 in the rate model;
 * else 0.
 */
#ifndef FRESHET_EXIT_CODE_H
#define FRESHET_EXIT_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/plan.h"

#define EXIT_CODE_ACHIEVED_MIN 0.95

enum {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILURES = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_THRESHOLD = 3,
    EXIT_CODE_RATE = 4,
    EXIT_CODE_NO_SECONDARIES = 5,
    EXIT_CODE_TARGET = 6,
    EXIT_CODE_LOST = 7,
    EXIT_CODE_INTERNAL = 70,
};

struct exit_code_facts {
    bool workload_failed; /* its script could make no more events */
    int signal;           /* that ended the run: SIGINT, SIGTERM; 0: none */
    bool lost;            /* secondaries lost and not replaced, or without a final report */
    bool threshold_missed;
    uint64_t failed; /* events failed + unknown, and failures of stock peers */
    int on_error;    /* --exit-code-on-error */
    enum plan_model model;
    double achieved_ratio;
};

int exit_code(const struct exit_code_facts *facts);

#endif
