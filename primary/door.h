/*
 * door - who fails at the secondaries' port before authentication is even asked for.
 *
 * Peers without keys, with another primary's key, or of another protocol never get as far as ZAP; libzmq
 * tells of them only on a socket's monitor (zmq_socket_monitor(3)). Its events of one connection come in
 * order: accepted, failed, disconnected, the first and last with the file descriptor by which an address is
 * known. One thread, the primary's loop.
 */
#ifndef FRESHET_DOOR_H
#define FRESHET_DOOR_H

#include <czmq.h>
#include <stdbool.h>

#include "common/log.h"
#include "common/must.h"
#include "primary/refused.h"

typedef struct door door_t;

/* Watch `socket`, not bound yet; all but the socket's own events are borrowed and outlive this. */
MUST_USE door_t *door_new(zsock_t *socket, bool curve, zloop_t *loop, struct refused *refused, log_t *log);

/* Before the socket goes. */
void door_destroy(door_t **self_p);

#endif
