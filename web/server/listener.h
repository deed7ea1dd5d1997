/*
 * listener - the listening socket: a host and a port in, a bound socket or words out.
 *
 * Start-up only (it may ask the resolver).
 */
#ifndef FRESHET_LISTENER_H
#define FRESHET_LISTENER_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/must.h"
#include "web/server/web.h"

/* Bind and listen. `host` is a name or an address; "" and "*": every address, IPv6 and IPv4. Port 0: any free
 * one. *port_out is the bound one. Returns the socket, which the caller closes, or -1 with a reason. */
MUST_USE int listener_open(const char *host, unsigned port, unsigned *port_out, char error[WEB_ERROR_MAX]);

/* A peer's address as 16 bytes (IPv4 mapped into IPv6) and as text. */
void listener_peer(const struct sockaddr *peer, unsigned char bytes[16], char text[46]);

#endif
