/*
 * credentials - the keys in force, refreshed in a side thread before they expire.
 *
 * The engine never waits: it asks for the number of the present set, and copies the set when that has
 * changed. A set is swapped as a whole; when a refresh fails the old one stays and the refresh is tried
 * again. Opening blocks (the first set is fetched there). Closing gives up a fetch under way, within a second
 * or so. One owner; the side thread is inside.
 */
#ifndef FRESHET_CREDENTIALS_H
#define FRESHET_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "secondary/kinesis/providers.h"
#include "secondary/kinesis/sigv4.h"

typedef struct credentials credentials_t;

/* Fetch the first set; `setup` is copied, what it points to and `log` are borrowed for the life of the
 * result. NULL on failure: `error` names the providers tried. The caller owns it. */
MUST_USE credentials_t *credentials_open(const struct providers_setup *setup, log_t *log,
                                         char error[PROVIDERS_ERROR_MAX]);
void credentials_close(credentials_t **self_p);

/* The number of the present set, from 1; it grows with each new one. */
uint64_t credentials_number(const credentials_t *self);

/* Copy the present set; returns its number. */
uint64_t credentials_copy(credentials_t *self, struct sigv4_keys *out);

/* The service refused set `number`. True when sending again makes sense: a newer set is there or is being
 * fetched. False when a refresh has already brought the same keys back. */
MUST_USE bool credentials_refused(credentials_t *self, uint64_t number);

/* Wait until the refresh that a refusal of set `number` asked for is done or `timeout_us` have passed. True
 * when a newer set is there. */
MUST_USE bool credentials_await(credentials_t *self, uint64_t number, uint64_t timeout_us);

#endif
