/* listener - a listening TCP socket. Any thread. */
#ifndef FRESHET_STANDINS_LISTENER_H
#define FRESHET_STANDINS_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

/* Bind `host` and `port` (0: any free one) and listen. Returns the socket, which the caller owns, and the
 * port; or -1 and a text. */
MUST_USE int listener_open(const char *host, uint16_t port, uint16_t *port_out, char *error,
                           size_t error_size);

#endif
