/*
 * main_link - how secondaries may join: loopback with throw-away keys, a folder of keys, or plaintext when
 * said out loud. Beside main.c because the default folder is in the web's state directory.
 */
#ifndef FRESHET_MAIN_LINK_H
#define FRESHET_MAIN_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/log.h"
#include "common/must.h"
#include "common/options.h"
#include "primary/fleet.h"
#include "primary/keystore.h"

struct main_link {
    size_t processes;  /* local secondaries */
    bool curve, store; /* encrypted at all; with keys of a folder */
    bool any_port; /* only our own can join: any free port will do, and runs don't get in each other's way */
};

/* What the options ask for. False: `error` says what is wrong with them. */
MUST_USE bool main_link_read(const options_t *options, struct main_link *out, char error[FLEET_ERROR_MAX]);

/* Open the folder of keys, made when there is none; NULL in *store_out when none is needed. What an operator
 * must know is told on the log. False: `error` says why not. */
MUST_USE bool main_link_open(const struct main_link *self, const options_t *options, log_t *log,
                             keystore_t **store_out, char error[FLEET_ERROR_MAX]);

/* Where a process on this machine reaches what was bound as `host`. Static, or `host` itself. */
const char *main_link_from_here(const char *host);

#endif
