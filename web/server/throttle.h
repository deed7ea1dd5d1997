/*
 * throttle - repeated wrong logins are slowed, by address and by account.
 *
 * Pure: time is an argument, in monotonic microseconds. An address may be wrong five times; then each further
 * wrong try doubles the wait, from one second up to five minutes, until a right one or fifteen quiet minutes.
 * An account that is guessed at from many addresses takes one try every two seconds and is never locked: an
 * address that has logged in before doesn't wait for that. Memory is fixed. One thread at a time (the caller
 * locks).
 */
#ifndef FRESHET_THROTTLE_H
#define FRESHET_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"

enum {
    THROTTLE_ADDRESSES_MAX = 1024,
    THROTTLE_ACCOUNTS = 3, /* operator, viewer, names that are neither */
    THROTTLE_FREE_ADDRESS = 5,
    THROTTLE_FREE_ACCOUNT = 20,
    THROTTLE_ADDRESS_BYTES = 16 /* an IPv6 address, or an IPv4 one mapped into it */
};

#define THROTTLE_WAIT_US_MAX (UINT64_C(300) * 1000000)
#define THROTTLE_FORGET_US   (UINT64_C(900) * 1000000)
#define THROTTLE_ACCOUNT_US  (UINT64_C(2) * 1000000)

struct throttle_address {
    uint8_t bytes[THROTTLE_ADDRESS_BYTES];
};

typedef struct throttle throttle_t;

throttle_t *throttle_new(void);
void throttle_destroy(throttle_t **self_p);

/* How long this try must wait: 0, it may be made now (and must then be reported as passed or failed). */
MUST_USE uint64_t throttle_wait_us(const throttle_t *self, const struct throttle_address *address,
                                   unsigned account, uint64_t now_us);

void throttle_failed(throttle_t *self, const struct throttle_address *address, unsigned account,
                     uint64_t now_us);
void throttle_passed(throttle_t *self, const struct throttle_address *address, unsigned account,
                     uint64_t now_us);

#endif
