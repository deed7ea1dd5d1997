/*
 * delays - things to be done later: one thread that calls back when each is due.
 *
 * Any thread may add. The callback runs in this module's own thread. Due times are clock_us().
 */
#ifndef FRESHET_STANDINS_DELAYS_H
#define FRESHET_STANDINS_DELAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"

typedef struct delays delays_t;
typedef void(delays_fn)(void *item);

/* Start the thread. The caller owns it. */
delays_t *delays_new(delays_fn *due);

/* Call back for `item` (borrowed) at `due_us`. False once it has been stopped: nothing will be called. */
MUST_USE bool delays_add(delays_t *self, uint64_t due_us, void *item);

/* Call back for everything that waits, now, and end the thread. */
void delays_stop(delays_t *self);

void delays_destroy(delays_t **self_p);

#endif
