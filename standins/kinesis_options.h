/* kinesis_options - the options of freshet-kinesis. */
#ifndef FRESHET_STANDINS_KINESIS_OPTIONS_H
#define FRESHET_STANDINS_KINESIS_OPTIONS_H

#include "common/options.h"

enum {
    KOPT_HOST,
    KOPT_PORT,
    KOPT_STREAM,
    KOPT_REGION,
    KOPT_ACCOUNT,
    KOPT_RETENTION,
    KOPT_DISCARD,
    KOPT_ENFORCE_LIMITS,
    KOPT_ACCESS_KEY,
    KOPT_SECRET_KEY,
    KOPT_THREADS,
    KOPT_LATENCY,
    KOPT_SERVICE_RATE,
    KOPT_ERROR_RATE,
    KOPT_REFUSE_RATE,
    KOPT_THROTTLE_RATE,
    KOPT_RESET_RATE,
    KOPT_TRUNCATE_RATE,
    KOPT_GARBAGE_RATE,
    KOPT_STALL_RATE,
    KOPT_SEED,
    KOPT_HELP,
    KOPT_VERSION,
    KOPT_COUNT_
};

extern const struct option kinesis_option_table[KOPT_COUNT_];

#endif
