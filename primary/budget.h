/*
 * budget - how much of the primary's time one peer may take.
 *
 * Pure, time is an argument (monotonic microseconds). Decoding is what messages cost, so what a peer sends
 * past its second's budget is dropped before that. A peer is known by a hash of its identity; two that share
 * a place share a budget. Fixed size. One thread.
 */
#ifndef FRESHET_BUDGET_H
#define FRESHET_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

/* In a second. A secondary that follows a ramp sends about 200, a stock one with thousands of names 2 MiB. */
enum { BUDGET_MESSAGES = 1000, BUDGET_BYTES = 8 * 1024 * 1024 };

typedef struct budget budget_t;

/* `seed` keeps others from guessing who shares a place. The caller owns it; exhausted memory aborts. */
budget_t *budget_new(uint64_t seed);
void budget_destroy(budget_t **self_p);

/* A message of `bytes` came from `identity`: is it within the budget? */
MUST_USE bool budget_take(budget_t *self, const void *identity, size_t length, size_t bytes, uint64_t now_us);

#endif
