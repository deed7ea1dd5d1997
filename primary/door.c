#include "primary/door.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/tcp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

enum { FDS_MAX = 1 << 17, TURN_EVENTS = 1000, EVENT_BYTES = 6 };

/* A peer without keys may see first that we ask for some, and hang up: NO_DETAIL. */
#define EVENTS                                                                                               \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |       \
     ZMQ_EVENT_DISCONNECTED)

enum { HUNG_UP = 1 }; /* no value of a failed protocol */

struct address {
    char text[INET6_ADDRSTRLEN];
};

struct door {
    zsock_t *socket;  /* borrowed: the one that is watched */
    zsock_t *monitor; /* owned */
    zloop_t *loop;    /* borrowed */
    struct refused *refused;
    log_t *log;
    bool curve;
    struct address *addresses; /* owned; by file descriptor */
    size_t room;
    uint32_t failure; /* of the connection that is closed next; 0: none failed */
};

static void learn(door_t *self, uint32_t fd)
{
    if (fd >= FDS_MAX)
        return;
    while (fd >= self->room) {
        size_t room = self->room == 0 ? 256 : 2 * self->room;
        self->addresses = mem_resize(self->addresses, room, sizeof *self->addresses);
        memset(self->addresses + self->room, 0, (room - self->room) * sizeof *self->addresses);
        self->room = room;
    }
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    char *out = self->addresses[fd].text;
    out[0] = '\0';
    if (getpeername((int)fd, (struct sockaddr *)&peer, &length) != 0)
        return; /* gone already */
    if (peer.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, out, INET6_ADDRSTRLEN);
    else if (peer.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, out, INET6_ADDRSTRLEN);
}

static const char *reason_of(const door_t *self, uint32_t failure)
{
    switch (failure) {
    case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
        return self->curve ? "it came without keys" : "it came with keys, and this port is plaintext";
    case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC:
        return "its bundle is of another primary";
    case HUNG_UP:
        return "it hung up before it was let in: without keys, maybe, or no secondary at all";
    default:
        return "it does not speak the protocol";
    }
}

static void take(door_t *self, uint16_t event, uint32_t value)
{
    if (event == ZMQ_EVENT_ACCEPTED) {
        tcp_even_pace((int)value);
        learn(self, value);
    } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
        self->failure = value;
    } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL && self->curve) {
        self->failure = HUNG_UP;
    } else if (event == ZMQ_EVENT_DISCONNECTED && self->failure != 0) {
        const char *address = value < self->room ? self->addresses[value].text : "";
        refused_note(self->refused, self->log, address, reason_of(self, self->failure), clock_us(),
                     clock_wall_ms());
        self->failure = 0;
    }
}

/* One event: two frames, the first of them 16 bits of event and 32 of value in our byte order. */
static bool receive(door_t *self)
{
    void *monitor = zsock_resolve(self->monitor);
    bool more = true;
    for (size_t i = 0; more; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, monitor, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            return false;
        }
        more = zmq_msg_more(&frame) != 0;
        if (i == 0 && zmq_msg_size(&frame) == EVENT_BYTES) {
            uint16_t event;
            uint32_t value;
            memcpy(&event, zmq_msg_data(&frame), sizeof event);
            memcpy(&value, (const char *)zmq_msg_data(&frame) + sizeof event, sizeof value);
            take(self, event, value);
        }
        zmq_msg_close(&frame);
    }
    return true;
}

static int on_event(zloop_t *loop, zsock_t *monitor, void *context)
{
    (void)loop;
    (void)monitor;
    door_t *self = context;
    for (int i = 0; i < TURN_EVENTS && receive(self); i++) {
    }
    return 0;
}

door_t *door_new(zsock_t *socket, bool curve, zloop_t *loop, struct refused *refused, log_t *log)
{
    must(socket != NULL && loop != NULL);
    must(refused != NULL && log != NULL);
    door_t *self = mem_new(1, sizeof *self);
    *self = (struct door){.socket = socket, .loop = loop, .refused = refused, .log = log, .curve = curve};
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "inproc://freshet.door.%p", (void *)self);
    self->monitor = zsock_new(ZMQ_PAIR);
    must(self->monitor != NULL);
    zsock_set_rcvhwm(self->monitor, 0); /* a full pipe would hold up libzmq's own thread */
    must(zmq_socket_monitor(zsock_resolve(socket), endpoint, EVENTS) == 0);
    must(zmq_connect(zsock_resolve(self->monitor), endpoint) == 0);
    must(zloop_reader(loop, self->monitor, on_event, self) == 0);
    zloop_reader_set_tolerant(loop, self->monitor);
    return self;
}

void door_destroy(door_t **self_p)
{
    must(self_p != NULL);
    door_t *self = *self_p;
    if (self == NULL)
        return;
    zloop_reader_end(self->loop, self->monitor);
    (void)zmq_socket_monitor(zsock_resolve(self->socket), NULL, 0);
    zsock_destroy(&self->monitor);
    free(self->addresses);
    free(self);
    *self_p = NULL;
}
