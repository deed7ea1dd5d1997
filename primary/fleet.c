#include "primary/fleet.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/version.h"
#include "primary/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <zmq.h>

enum {
    QUEUE_MESSAGES = 1000,      /* of one peer, each way */
    TURN_MESSAGES = 1000,       /* taken in before the loop sees to its timers again */
    LOG_INTERVAL_US = 10000000, /* bad messages are told of once in this time */
    LINGER_MS = 500,            /* for the last words at exit */
};

struct fleet {
    zsock_t *router;       /* owned */
    zloop_t *loop;         /* borrowed */
    log_t *log;            /* borrowed */
    struct fleet_setup is; /* of it: keyring, on_message, on_logs and their contexts */
    door_t *door;          /* owned */
    struct refused refused;
    uint16_t port;
    struct buffer out; /* the message being sent */
    uint64_t bad;
    struct log_limit bad_limit;
};

bool fleet_is_loopback(const char *host)
{
    must(host != NULL);
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    char bare[INET6_ADDRSTRLEN + 2];
    size_t length = strlen(host);
    if (length > 2 && length < sizeof bare && host[0] == '[' && host[length - 1] == ']') {
        memcpy(bare, host + 1, length - 2);
        bare[length - 2] = '\0';
        host = bare;
    }
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(host, "localhost") == 0;
}

static void drop(fleet_t *self, const char *reason)
{
    self->bad++;
    uint64_t suppressed;
    if (log_allowed(&self->bad_limit, clock_us(), LOG_INTERVAL_US, &suppressed))
        log_warning(self->log, "bad message dropped: %s; total=%" PRIu64 ", not shown=%" PRIu64, reason,
                    self->bad, suppressed);
}

static bool from_whom_it_says(const struct wire_message *message, const void *identity, size_t length)
{
    return strlen(message->id) == length && memcmp(message->id, identity, length) == 0;
}

static const char *property(zmq_msg_t *frame, const char *name)
{
    const char *value = zmq_msg_gets(frame, name);
    return value != NULL ? value : "";
}

/* Tell it why, and put it on the list. Only what a peer says first and then each second is answered. */
static void turn_away(fleet_t *self, const struct wire_message *message, const char *address, const char *why)
{
    if (message->type != WIRE_CLIENT_READY && message->type != WIRE_HEARTBEAT)
        return;
    refused_note(&self->refused, self->log, address, why, clock_us(), clock_wall_ms());
    struct wire_message answer = {.type = WIRE_REFUSED, .text = (char *)why};
    memcpy(answer.id, message->id, sizeof answer.id);
    fleet_send(self, &answer); /* the text stays ours */
    struct wire_message left = {.type = WIRE_QUIT};
    memcpy(left.id, message->id, sizeof left.id);
    self->is.on_message(self->is.context, &left); /* what it held is others' from now on */
}

/* A peer of another version would be misunderstood; Locust's own say theirs and are taken as they are. */
static bool right_version(const struct wire_message *message, char why[REFUSED_REASON_MAX])
{
    static const char ours[] = "freshet/";
    if (message->type != WIRE_CLIENT_READY || strncmp(message->version, ours, sizeof ours - 1) != 0 ||
        strcmp(message->version + sizeof ours - 1, FRESHET_VERSION) == 0)
        return true;
    snprintf(why, REFUSED_REASON_MAX,
             "versions differ: the secondary is freshet %.60s, the primary freshet %s",
             message->version + sizeof ours - 1, FRESHET_VERSION);
    return false;
}

static void hear(fleet_t *self, const struct wire_message *message, zmq_msg_t *frame)
{
    char why[REFUSED_REASON_MAX];
    const keyring_t *keyring = self->is.keyring;
    const char *key = keyring != NULL ? property(frame, "User-Id") : "";
    if ((keyring != NULL && !keyring_still(keyring, key, why)) || !right_version(message, why))
        turn_away(self, message, property(frame, "Peer-Address"), why);
    else if (message->type != WIRE_LOGS)
        self->is.on_message(self->is.context, message);
    else if (self->is.on_logs != NULL)
        self->is.on_logs(self->is.logs_context, message, keyring != NULL && keyring_is_local(keyring, key));
}

/* Take one message in; false when there is none. */
static bool receive(fleet_t *self)
{
    void *socket = zsock_resolve(self->router);
    zmq_msg_t frames[2];
    size_t count = 0;
    bool more = true;
    while (more) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            must(count == 0); /* libzmq gives a message whole or not at all */
            return false;
        }
        more = zmq_msg_more(&frame) != 0;
        if (count < 2)
            frames[count] = frame;
        else
            zmq_msg_close(&frame);
        count++;
    }
    if (count == 2) {
        struct wire_message message;
        wire_decode(&message, zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]));
        if (message.type == WIRE_BAD)
            drop(self, message.reason);
        else if (!from_whom_it_says(&message, zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0])))
            drop(self, "the node id is not the sender's");
        else
            hear(self, &message, &frames[1]);
        wire_fini(&message);
    } else {
        drop(self, "not one frame");
    }
    for (size_t i = 0; i < count && i < 2; i++)
        zmq_msg_close(&frames[i]);
    return true;
}

static int on_readable(zloop_t *loop, zsock_t *router, void *context)
{
    (void)loop;
    (void)router;
    fleet_t *self = context;
    for (int i = 0; i < TURN_MESSAGES && receive(self); i++) {
    }
    return 0;
}

static void set_options(zsock_t *router, const char *host)
{
    void *socket = zsock_resolve(router);
    int64_t message_max = WIRE_MESSAGE_MAX;
    must(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &message_max, sizeof message_max) == 0);
    zsock_set_router_handover(router, 0); /* nobody takes over a connected secondary's name */
    zsock_set_sndhwm(router, QUEUE_MESSAGES);
    zsock_set_rcvhwm(router, QUEUE_MESSAGES);
    zsock_set_linger(router, LINGER_MS);
    zsock_set_tcp_keepalive(router, 1);
    zsock_set_tcp_keepalive_idle(router, WIRE_KEEPALIVE_IDLE_S);
    zsock_set_tcp_keepalive_intvl(router, WIRE_KEEPALIVE_INTERVAL_S);
    zsock_set_tcp_keepalive_cnt(router, WIRE_KEEPALIVE_COUNT);
    zsock_set_tcp_maxrt(router, WIRE_UNANSWERED_MS);
    zsock_set_handshake_ivl(router, WIRE_UNANSWERED_MS);
    if (strchr(host, ':') != NULL)
        zsock_set_ipv6(router, 1);
}

/* zsock_bind would abort on a host that is no address, so bind with libzmq and ask it what became of it. */
static bool bind_to(fleet_t *self, const struct fleet_setup *setup, char error[FLEET_ERROR_MAX])
{
    void *socket = zsock_resolve(self->router);
    char endpoint[512], port[8];
    /* libzmq binds addresses and interfaces, not names */
    const char *host = strcasecmp(setup->host, "localhost") == 0 ? "127.0.0.1" : setup->host;
    bool six = strchr(host, ':') != NULL && host[0] != '[';
    snprintf(port, sizeof port, setup->port == 0 ? "*" : "%u", (unsigned)setup->port);
    snprintf(endpoint, sizeof endpoint, six ? "tcp://[%.400s]:%s" : "tcp://%.400s:%s", host, port);
    if (zmq_bind(socket, endpoint) != 0) {
        snprintf(error, FLEET_ERROR_MAX, "can't listen on %.300s port %u: %s%s", setup->host,
                 (unsigned)setup->port, zmq_strerror(errno),
                 errno == EADDRINUSE ? "; choose another --bind-port (0: any free one)" : "");
        return false;
    }
    size_t length = sizeof endpoint;
    must(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length) == 0);
    const char *colon = strrchr(endpoint, ':');
    must(colon != NULL);
    self->port = (uint16_t)strtoul(colon + 1, NULL, 10);
    return true;
}

fleet_t *fleet_new(const struct fleet_setup *setup, char error[FLEET_ERROR_MAX])
{
    must(setup != NULL && error != NULL);
    must(setup->host != NULL && setup->loop != NULL && setup->on_message != NULL);
    fleet_t *self = mem_new(1, sizeof *self);
    *self =
        (struct fleet){.router = zsock_new(ZMQ_ROUTER), .loop = setup->loop, .log = setup->log, .is = *setup};
    must(self->router != NULL);
    buffer_init(&self->out, WIRE_MESSAGE_MAX);
    set_options(self->router, setup->host);
    bool good = true;
    self->door = door_new(self->router, setup->keyring != NULL, setup->loop, &self->refused, setup->log);
    if (setup->keyring != NULL &&
        !keyring_protect(setup->keyring, self->router, setup->loop, &self->refused, setup->log)) {
        snprintf(error, FLEET_ERROR_MAX, "can't guard the secondaries' port: %s", zmq_strerror(errno));
        good = false;
    }
    if (good && bind_to(self, setup, error)) {
        must(zloop_reader(setup->loop, self->router, on_readable, self) == 0);
        zloop_reader_set_tolerant(setup->loop, self->router);
        return self;
    }
    fleet_destroy(&self);
    return NULL;
}

void fleet_destroy(fleet_t **self_p)
{
    must(self_p != NULL);
    fleet_t *self = *self_p;
    if (self == NULL)
        return;
    zloop_reader_end(self->loop, self->router);
    door_destroy(&self->door);
    zsock_destroy(&self->router);
    buffer_fini(&self->out);
    free(self);
    *self_p = NULL;
}

uint16_t fleet_port(const fleet_t *self)
{
    must(self != NULL);
    return self->port;
}

void fleet_send(fleet_t *self, const struct wire_message *message)
{
    must(self != NULL && message != NULL);
    must(message->id[0] != '\0');
    buffer_clear(&self->out);
    wire_encode(message, &self->out);
    must(!self->out.full);
    void *socket = zsock_resolve(self->router);
    if (zmq_send(socket, message->id, strlen(message->id), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_send(socket, self->out.bytes, self->out.length, ZMQ_DONTWAIT) < 0)
        log_debug(self->log, "message not sent: secondary=%s, %s", message->id, zmq_strerror(errno));
}

uint64_t fleet_bad_messages(const fleet_t *self)
{
    must(self != NULL);
    return self->bad;
}

const struct refused *fleet_refused(const fleet_t *self)
{
    must(self != NULL);
    return &self->refused;
}
