/*
 * descriptors - open files of this process: every secondary and every visitor of the dashboard holds one.
 *
 * The soft limit is raised to the hard one at the start; what that leaves room for is told when it comes to
 * an end, because libzmq says nothing when it can't take a connection. One thread.
 */
#ifndef FRESHET_DESCRIPTORS_H
#define FRESHET_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"

enum { DESCRIPTORS_OWN = 384 }; /* for everything but secondaries: the dashboard takes up to 256 streams */

struct descriptors {
    uint64_t room; /* secondaries that the limit leaves room for */
    bool told;
};

/* Raise the limit. */
void descriptors_init(struct descriptors *self);

/* Secondaries that `limit` open files leave room for. Pure. */
uint64_t descriptors_room(uint64_t limit);

/* Warn, once until there is room again, when `secondaries` (there, or expected) are too many. */
void descriptors_watch(struct descriptors *self, size_t secondaries, log_t *log);

#endif
