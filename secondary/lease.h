/*
 * lease - is this secondary's share still granted?
 *
 * Pure, open data. A freshet primary grants a share for a length of time and renews it with every message; a
 * stock Locust master grants none and is given up after STOCK_SILENCE_US without its heartbeat. Time is an
 * argument, in monotonic microseconds.
 */
#ifndef FRESHET_LEASE_H
#define FRESHET_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#define STOCK_SILENCE_US UINT64_C(60000000)

struct lease {
    uint64_t length_us; /* 0: none granted */
    uint64_t until_us;
};

void lease_grant(struct lease *self, uint64_t length_us, uint64_t now_us);
/* A sign of life of the primary. */
void lease_renew(struct lease *self, uint64_t now_us);
void lease_drop(struct lease *self);
/* False when it was granted and has run out; none granted is never lost. */
bool lease_lost(const struct lease *self, uint64_t now_us);

#endif
