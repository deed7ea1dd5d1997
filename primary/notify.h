/*
 * notify - tell the service manager that we are ready, alive and leaving.
 *
 * The protocol of sd_notify(3) and sd_watchdog_enabled(3): datagrams of VARIABLE=value lines to the socket
 * that NOTIFY_SOCKET names; WATCHDOG_USEC is how long we may be silent. Without a service manager everything
 * here does nothing. A message that can't be sent is not sent again, but for the signs of life. Time is an
 * argument, in monotonic microseconds. One thread, the primary's loop.
 */
#ifndef FRESHET_NOTIFY_H
#define FRESHET_NOTIFY_H

#include <stdint.h>

typedef struct notify notify_t;

/* Takes the variables out of our environment, so that no child speaks for us. Never NULL. The caller owns it.
 */
notify_t *notify_new(void);
void notify_destroy(notify_t **self_p);

/* From now on others may rely on us. */
void notify_ready(notify_t *self);

/* Time has passed and we are well. */
void notify_turn(notify_t *self, uint64_t now_us);

/* We leave, and that may take `bound_us`. Only the first call tells it. */
void notify_stopping(notify_t *self, uint64_t bound_us);

#endif
