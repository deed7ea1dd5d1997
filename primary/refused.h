/*
 * refused - who was turned away at the secondaries' port: counted, told at a bounded rate, shown.
 *
 * Addresses and reasons are copied and cut to fit. Time is an argument. One thread, the primary's loop.
 */
#ifndef FRESHET_REFUSED_H
#define FRESHET_REFUSED_H

#include <stdint.h>

#include "common/log.h"

enum { REFUSED_ADDRESS_MAX = 64, REFUSED_REASON_MAX = 256 };

struct refused {
    uint64_t count;
    int64_t at_ms;                     /* Unix milliseconds of the last; 0: none yet */
    char address[REFUSED_ADDRESS_MAX]; /* of the last */
    char reason[REFUSED_REASON_MAX];
    struct log_limit same, other; /* the same again and again; any */
};

/* One more, from `address`. A line for it unless there were too many of late. */
void refused_note(struct refused *self, log_t *log, const char *address, const char *reason, uint64_t now_us,
                  int64_t wall_ms);

#endif
